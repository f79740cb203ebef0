package io.infrafabric.kit.nats;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.config.Nearest;
import io.infrafabric.kit.telemetry.JsonText;
import io.infrafabric.names.Headers;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Requests, answers and errors as bytes: proto3 JSON (64-bit integers are strings in it) or protobuf. */
enum MirrorCodec {
  JSON(Headers.JSON) {
    @Override
    Message read(Message prototype, byte[] body) {
      String text = new String(body, StandardCharsets.UTF_8);
      Message.Builder builder = prototype.newBuilderForType();
      try {
        JsonFormat.parser().merge(text.isBlank() ? "{}" : text, builder);
        return builder.build();
      } catch (InvalidProtocolBufferException malformed) {
        throw refused(prototype, malformed.getMessage()).asException();
      }
    }

    @Override
    byte[] write(Message message) {
      try {
        return JsonFormat.printer().omittingInsignificantWhitespace().print(message).getBytes(StandardCharsets.UTF_8);
      } catch (InvalidProtocolBufferException unknownAny) {
        throw new IllegalStateException(unknownAny);
      }
    }
  },

  PROTOBUF(Headers.PROTOBUF) {
    @Override
    Message read(Message prototype, byte[] body) {
      try {
        return prototype.getParserForType().parseFrom(body);
      } catch (InvalidProtocolBufferException malformed) {
        throw Refusal.of(
                ErrorCode.ERROR_CODE_INVALID_ARGUMENT,
                "the body is not a protobuf " + prototype.getDescriptorForType().getFullName())
            .asException();
      }
    }

    @Override
    byte[] write(Message message) {
      return message.toByteArray();
    }
  };

  private static final Pattern UNKNOWN = Pattern.compile("(?s)Cannot find field: (\\S{1,100}) in message (\\S+).*");

  private final String contentType;

  MirrorCodec(String contentType) {
    this.contentType = contentType;
  }

  /** The codec of a content type; JSON when there is none. */
  static MirrorCodec of(String contentType) {
    String type = contentType == null ? Headers.JSON : contentType.strip().toLowerCase(Locale.ROOT);
    if (type.startsWith(Headers.PROTOBUF)) {
      return PROTOBUF;
    }
    if (type.isEmpty() || type.startsWith(Headers.JSON)) {
      return JSON;
    }
    throw Refusal.of(
            ErrorCode.ERROR_CODE_INVALID_ARGUMENT,
            "Content-Type must be %s or %s".formatted(Headers.JSON, Headers.PROTOBUF))
        .asException();
  }

  String contentType() {
    return contentType;
  }

  /** Reads a request; a body that is none is a RefusedException. */
  abstract Message read(Message prototype, byte[] body);

  abstract byte[] write(Message message);

  /** The body of an error; JSON whatever the request was. */
  static byte[] error(Refusal refusal) {
    Map<String, Object> error = new LinkedHashMap<>();
    error.put("code", refusal.reason());
    error.put("message", refusal.message());
    error.put("advice", refusal.traits().getAdvice());
    error.put("metadata", refusal.metadata());
    if (!refusal.fields().isEmpty()) {
      List<Map<String, String>> fields =
          refusal.fields().stream().map(f -> Map.of("field", f.path(), "description", f.description())).toList();
      error.put("fields", fields);
    }
    refusal.retryAfter().ifPresent(delay -> error.put("retryAfterMillis", delay.toMillis()));
    return JsonText.of(Map.of("error", error)).getBytes(StandardCharsets.UTF_8);
  }

  private static Refusal refused(Message prototype, String reason) {
    Matcher unknown = UNKNOWN.matcher(String.valueOf(reason));
    if (!unknown.matches()) {
      return Refusal.of(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "the body is not the JSON of the request: " + reason);
    }
    String field = unknown.group(1);
    boolean atTop = unknown.group(2).equals(prototype.getDescriptorForType().getFullName());
    String hint = atTop ? nearest(prototype, field) : "";
    return Refusal.of(ErrorCode.ERROR_CODE_UNKNOWN_FIELD, "%s has no field %s%s".formatted(unknown.group(2), field, hint))
        .withField(field, "is not known" + hint);
  }

  private static String nearest(Message prototype, String field) {
    TreeSet<String> known = new TreeSet<>();
    prototype.getDescriptorForType().getFields().stream().map(FieldDescriptor::getJsonName).forEach(known::add);
    return Nearest.to(field, known).map("; did you mean %s?"::formatted).orElse("");
  }
}
