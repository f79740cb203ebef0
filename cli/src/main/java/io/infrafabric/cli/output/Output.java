package io.infrafabric.cli.output;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.util.JsonFormat;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import java.io.PrintStream;
import java.util.List;
import java.util.function.Supplier;

/**
 * Prints data in the format that was asked for. JSON is proto3 JSON with the fields that are 0, false or empty too, so that a script finds what it
 * asks for; on NATS those are left out. What may be absent (a message, one of several) is left out here too.
 *
 * @param format how
 * @param out where, stdout in the program
 */
public record Output(Format format, PrintStream out) {
  private static final JsonFormat.Printer PRETTY = JsonFormat.printer().alwaysPrintFieldsWithNoPresence();
  private static final JsonFormat.Printer LINE = PRETTY.omittingInsignificantWhitespace();

  /** Prints one thing. */
  public void show(MessageOrBuilder message, Supplier<Table> table) {
    switch (format) {
      case TABLE -> table.get().lines().forEach(out::println);
      case JSON -> out.println(json(PRETTY, message));
      case JSONL -> out.println(json(LINE, message));
      case CSV -> out.print(table.get().csv());
    }
  }

  /** Prints many things: as one JSON array, or a line each. */
  public void showAll(List<? extends MessageOrBuilder> messages, Supplier<Table> table) {
    switch (format) {
      case TABLE -> table.get().lines().forEach(out::println);
      case JSON -> out.println(messages.stream().map(message -> json(PRETTY, message)).toList());
      case JSONL -> messages.forEach(message -> out.println(json(LINE, message)));
      case CSV -> out.print(table.get().csv());
    }
  }

  /** Prints names that no message describes: a column, a JSON array, or a line each. */
  public void showNames(List<String> names, String heading) {
    switch (format) {
      case TABLE -> named(names, heading).lines().forEach(out::println);
      case CSV -> out.print(named(names, heading).csv());
      case JSON -> {
        JsonArray array = new JsonArray();
        names.forEach(array::add);
        out.println(array);
      }
      case JSONL -> names.forEach(name -> out.println(new JsonPrimitive(name)));
    }
  }

  private static Table named(List<String> names, String heading) {
    Table table = Table.of(heading);
    names.forEach(table::row);
    return table;
  }

  /** Prints the next thing of a stream: a line. */
  public void next(MessageOrBuilder message, Supplier<String> line) {
    out.println(isText() ? line.get() : json(LINE, message));
    out.flush();
  }

  /** Prints the next thing of a stream that no message describes: a line. */
  public void next(JsonObject object, Supplier<String> line) {
    out.println(isText() ? line.get() : object);
    out.flush();
  }

  /** A stream has no columns: it is told in lines for people, or in JSON. */
  private boolean isText() {
    if (format == Format.CSV) {
      throw Refusal.of(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "what is watched cannot be told as csv: use -o jsonl").asException();
    }
    return format == Format.TABLE;
  }

  private static String json(JsonFormat.Printer printer, MessageOrBuilder message) {
    try {
      return printer.print(message);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("not printable as JSON: " + message.getDescriptorForType().getFullName(), e);
    }
  }
}
