package io.infrafabric.kit.store;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import io.infrafabric.names.Ids;
import io.infrafabric.names.Keys;
import java.util.Optional;
import java.util.function.Function;

/**
 * What every record must look like: bytes that parse as its message, with none of the message's own fields in another form, and the id
 * that its key ends with. A field with a number that this version does not know comes from a newer one and is no fault. Pure.
 */
public final class RecordShape {
  private RecordShape() {}

  /** The record in a value; empty when the bytes are not of this message. */
  public static <T extends Message> Optional<T> read(Entry entry, Parser<T> parser) {
    try {
      return Optional.of(parser.parseFrom(entry.value()));
    } catch (InvalidProtocolBufferException foreign) {
      return Optional.empty();
    }
  }

  /**
   * Why a value is no record, if so.
   *
   * @param id of the record, which its key has to end with
   * @param more what else may be wrong with it
   */
  public static <T extends Message> Optional<String> fault(
      Entry entry, Parser<T> parser, Function<T, String> id, Function<T, Optional<String>> more) {
    String expected = Keys.idOf(entry.key());
    if (!Ids.isId(expected)) {
      return Optional.of("its key does not end with an id");
    }
    if (entry.value().isEmpty()) {
      return Optional.of("it is empty");
    }
    T record;
    try {
      record = parser.parseFrom(entry.value());
    } catch (InvalidProtocolBufferException foreign) {
      return Optional.of("its bytes do not parse: " + foreign.getMessage());
    }
    Optional<String> misshapen = misshapen(record);
    if (misshapen.isPresent()) {
      return misshapen;
    }
    return id.apply(record).equals(expected) ? more.apply(record) : Optional.of("it is not about " + expected);
  }

  /** A known field in a foreign form is kept beside the message as if it were unknown: the record would look as if it lacked it. */
  private static Optional<String> misshapen(Message record) {
    for (int number : record.getUnknownFields().asMap().keySet()) {
      FieldDescriptor field = record.getDescriptorForType().findFieldByNumber(number);
      if (field != null) {
        return Optional.of("its field " + field.getName() + " has the form of another record's");
      }
    }
    return Optional.empty();
  }
}
