package io.infrafabric.cli.fabric;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import io.infrafabric.cli.words.Spellings;
import io.infrafabric.cli.words.Vocabulary;
import io.infrafabric.coordinator.v1.Priority;
import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

/**
 * JSON Schemas (draft 2020-12) of messages as {@link Document} reads them: field names of the .proto file or of proto3 JSON, nothing unknown.
 * What a schema allows is read; a few more spellings of the same are read too, such as words in capitals.
 */
final class MessageSchema {
  private static final BigInteger UNSIGNED_LONG = BigInteger.TWO.pow(Long.SIZE).subtract(BigInteger.ONE);
  private static final long UNSIGNED_INT = 0xffff_ffffL;

  private final Map<String, JsonObject> definitions = new LinkedHashMap<>();

  /** Names the schema of a message, and sees to it that it is among the definitions. */
  JsonObject reference(Descriptor type) {
    if (!definitions.containsKey(type.getName())) {
      definitions.put(type.getName(), new JsonObject()); // first, for messages that contain themselves
      definitions.put(type.getName(), message(type));
    }
    return of("$ref", "#/$defs/" + type.getName());
  }

  /** The schemas of all messages that were named. */
  JsonObject definitions() {
    JsonObject all = new JsonObject();
    definitions.forEach(all::add);
    return all;
  }

  private JsonObject message(Descriptor type) {
    JsonObject properties = new JsonObject();
    for (FieldDescriptor field : type.getFields()) {
      JsonObject schema = field(field);
      properties.add(field.getName(), schema);
      properties.add(field.getJsonName(), schema);
      if (field.getType() == FieldDescriptor.Type.BYTES && !field.isRepeated()) {
        properties.add(field.getName() + Document.TEXT, of("type", "string"));
      }
    }
    JsonObject object = of("type", "object");
    object.add("properties", properties);
    object.addProperty("additionalProperties", false);
    return object;
  }

  private JsonObject field(FieldDescriptor field) {
    if (field.isMapField()) {
      JsonObject map = of("type", "object");
      map.add("additionalProperties", single(field.getMessageType().findFieldByName("value")));
      return map;
    }
    if (field.isRepeated()) {
      JsonObject array = of("type", "array");
      array.add("items", single(field));
      return array;
    }
    return single(field);
  }

  private JsonObject single(FieldDescriptor field) {
    return switch (field.getType()) {
      case BOOL -> of("type", "boolean");
      case STRING -> of("type", "string");
      case BYTES -> pattern("^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$");
      case ENUM -> word(field);
      case INT32, SINT32, SFIXED32 -> integer(Integer.MIN_VALUE, Integer.MAX_VALUE);
      case UINT32, FIXED32 -> integer(0, UNSIGNED_INT);
      case INT64, SINT64, SFIXED64 -> either(integer(Long.MIN_VALUE, Long.MAX_VALUE), pattern("^-?[0-9]{1,19}$"));
      case UINT64, FIXED64 -> either(integer(0, UNSIGNED_LONG), pattern("^[0-9]{1,20}$"));
      case DOUBLE, FLOAT -> of("type", "number");
      case MESSAGE, GROUP -> nested(field.getMessageType());
    };
  }

  private JsonObject nested(Descriptor type) {
    return switch (type.getFullName()) {
      case "google.protobuf.Duration" -> pattern("^-?[0-9]{1,12}(\\.[0-9]{1,9})?s$");
      case "google.protobuf.Timestamp" -> pattern("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})$");
      default -> reference(type);
    };
  }

  private static JsonObject word(FieldDescriptor field) {
    Vocabulary<String> words = Spellings.of(field.getEnumType());
    JsonArray all = new JsonArray();
    Stream.concat(words.told().keySet().stream(), field.getEnumType().getValues().stream().map(value -> value.getName())).forEach(all::add);
    JsonObject word = new JsonObject();
    word.add("enum", all);
    return field.getEnumType().equals(Priority.getDescriptor()) ? either(word, integer(Spellings.BOARD_HIGHEST, Spellings.BOARD_LOWEST)) : word;
  }

  private static JsonObject integer(Number least, Number most) {
    JsonObject integer = of("type", "integer");
    integer.addProperty("minimum", least);
    integer.addProperty("maximum", most);
    return integer;
  }

  private static JsonObject pattern(String pattern) {
    JsonObject text = of("type", "string");
    text.addProperty("pattern", pattern);
    return text;
  }

  private static JsonObject either(JsonObject one, JsonObject other) {
    JsonArray both = new JsonArray();
    both.add(one);
    both.add(other);
    JsonObject either = new JsonObject();
    either.add("anyOf", both);
    return either;
  }

  private static JsonObject of(String key, String value) {
    JsonObject object = new JsonObject();
    object.addProperty(key, value);
    return object;
  }
}
