package io.infrafabric.cli.fabric;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import io.infrafabric.cli.output.Money;
import io.infrafabric.cli.words.Spellings;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.RefusedException;
import io.infrafabric.error.Violations;
import io.infrafabric.kit.config.Nearest;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The keys and values of a document as fields of a message, each by itself, so that one that is wrong hides no other.
 *
 * @param wrong where problems are noted
 */
record DocumentFields(Violations wrong) {
  private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

  void read(Map<?, ?> document, Message.Builder into, String at) {
    Set<FieldDescriptor> given = new HashSet<>();
    document.forEach(
        (name, value) -> {
          String key = String.valueOf(name);
          Meaning meaning = Meaning.of(into.getDescriptorForType(), key);
          if (meaning == null) {
            wrong.add(ErrorCode.ERROR_CODE_UNKNOWN_FIELD, at + key, "no such key" + nearest(into.getDescriptorForType(), key));
          } else if (!given.add(meaning.field())) {
            argument(at + key, meaning.field().getName() + " is given twice");
          } else if (value != null) {
            read(meaning, value, into, at + key);
          }
        });
  }

  /** How the value of a key is written. */
  private enum Form {
    PLAIN,
    TEXT_OF_BYTES,
    DOLLARS
  }

  /** What a key stands for. */
  private record Meaning(FieldDescriptor field, Form form) {
    /** Null for a key that stands for nothing. */
    static Meaning of(Descriptor type, String key) {
      FieldDescriptor field = field(type, key);
      if (field != null) {
        return new Meaning(field, Form.PLAIN);
      }
      FieldDescriptor bytes = key.endsWith(Document.TEXT) ? field(type, key.substring(0, key.length() - Document.TEXT.length())) : null;
      if (bytes != null && bytes.getJavaType() == FieldDescriptor.JavaType.BYTE_STRING && !bytes.isRepeated()) {
        return new Meaning(bytes, Form.TEXT_OF_BYTES);
      }
      FieldDescriptor snake = field(type, key + "_micros");
      FieldDescriptor micros = snake == null ? field(type, key + "Micros") : snake;
      return micros != null && !micros.isRepeated() ? new Meaning(micros, Form.DOLLARS) : null;
    }

    private static FieldDescriptor field(Descriptor type, String key) {
      return type.getFields().stream()
          .filter(field -> field.getName().equals(key) || field.getJsonName().equals(key))
          .findFirst()
          .orElse(null);
    }
  }

  private void read(Meaning meaning, Object value, Message.Builder into, String path) {
    FieldDescriptor field = meaning.field();
    switch (meaning.form()) {
      case TEXT_OF_BYTES -> leaf(into, field, Base64.getEncoder().encodeToString(String.valueOf(value).getBytes(StandardCharsets.UTF_8)), path);
      case DOLLARS -> dollars(into, field, value, path);
      case PLAIN -> {
        if (field.isMapField()) {
          map(into, field, value, path);
        } else if (field.isRepeated()) {
          list(into, field, value, path);
        } else if (isOwnMessage(field)) {
          message(into.getFieldBuilder(field), value, path);
        } else {
          leaf(into, field, value, path);
        }
      }
    }
  }

  private void map(Message.Builder into, FieldDescriptor field, Object given, String path) {
    if (!(given instanceof Map<?, ?> entries)) {
      argument(path, "keys and values are expected");
      return;
    }
    FieldDescriptor of = field.getMessageType().findFieldByName("value");
    entries.forEach(
        (name, each) -> {
          String key = String.valueOf(name);
          one(of, each == null ? "" : each, path + "[" + key + "]", value -> merge(into, field, Map.of(key, value)));
        });
  }

  private void list(Message.Builder into, FieldDescriptor field, Object value, String path) {
    if (!(value instanceof List<?> items)) {
      argument(path, "a list is expected");
      return;
    }
    for (int i = 0; i < items.size(); i++) {
      String at = path + "[" + i + "]";
      Object item = items.get(i);
      if (item == null) {
        argument(at, "nothing stands here");
      } else if (isOwnMessage(field)) {
        Message.Builder one = into.newBuilderForField(field);
        message(one, item, at);
        into.addRepeatedField(field, one.buildPartial());
      } else {
        one(field, item, at, each -> merge(into, field, List.of(each)));
      }
    }
  }

  private void message(Message.Builder into, Object value, String path) {
    if (value instanceof Map<?, ?> document) {
      read(document, into, path + ".");
    } else {
      argument(path, "keys and values are expected");
    }
  }

  private void dollars(Message.Builder into, FieldDescriptor field, Object value, String path) {
    try {
      into.setField(field, Money.parse(digits(value)).micros());
    } catch (RefusedException malformed) {
      wrong.add(malformed.refusal().code(), path, malformed.refusal().message());
    }
  }

  /** The digits of a number that may be written with an exponent. */
  private static String digits(Object value) {
    String text = String.valueOf(value);
    boolean exponent = value instanceof Number number && Double.isFinite(number.doubleValue()) && text.toUpperCase(Locale.ROOT).contains("E");
    return exponent ? BigDecimal.valueOf(((Number) value).doubleValue()).stripTrailingZeros().toPlainString() : text;
  }

  private void leaf(Message.Builder into, FieldDescriptor field, Object value, String path) {
    one(field, value, path, each -> merge(into, field, each));
  }

  /** Takes one value in. */
  private interface Taken {
    void take(Object value) throws InvalidProtocolBufferException;
  }

  /** Takes one value in, or notes what is wrong with it. */
  private void one(FieldDescriptor type, Object value, String path, Taken taken) {
    boolean message = type.getJavaType() == FieldDescriptor.JavaType.MESSAGE;
    if (!message && (value instanceof Map || value instanceof List)) {
      argument(path, expected(type));
      return;
    }
    Optional<Object> known = Spellings.takes(type) ? Spellings.canonical(type, value) : Optional.of(value);
    if (known.isEmpty()) {
      argument(path, Spellings.no(type, value));
      return;
    }
    try {
      taken.take(known.get());
    } catch (InvalidProtocolBufferException | IllegalArgumentException malformed) {
      argument(path, message ? String.valueOf(malformed.getMessage()) : expected(type));
    }
  }

  /** As proto3 JSON says. */
  private static void merge(Message.Builder into, FieldDescriptor field, Object value) throws InvalidProtocolBufferException {
    Message.Builder fresh = into.getDefaultInstanceForType().newBuilderForType();
    JsonFormat.parser().merge(GSON.toJson(Map.of(field.getJsonName(), value)), fresh);
    into.mergeFrom(fresh.buildPartial());
  }

  private static String expected(FieldDescriptor field) {
    return switch (field.getJavaType()) {
      case INT, LONG -> "a whole number is expected";
      case FLOAT, DOUBLE -> "a number is expected";
      case BOOLEAN -> "true or false is expected";
      case STRING -> "a text is expected";
      case BYTE_STRING -> "base64 is expected";
      case ENUM -> Spellings.of(field.getEnumType()).known();
      case MESSAGE -> "keys and values are expected";
    };
  }

  private static boolean isOwnMessage(FieldDescriptor field) {
    return field.getJavaType() == FieldDescriptor.JavaType.MESSAGE
        && !field.isMapField()
        && !field.getMessageType().getFullName().startsWith("google.protobuf.");
  }

  private void argument(String path, String description) {
    wrong.add(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, path, description);
  }

  private static String nearest(Descriptor type, String key) {
    List<String> known = new ArrayList<>(type.getFields().stream().map(FieldDescriptor::getName).toList());
    return Nearest.to(key, known)
        .map(name -> ", did you mean " + name + "?")
        .orElse("; known are " + String.join(", ", known));
  }
}
