package io.infrafabric.cli.manifest;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.math.BigDecimal;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** As much of JSON Schema (draft 2020-12) as the schema of manifests uses; fails at a keyword that it does not know. */
final class SchemaCheck {
  private static final Set<String> WORDS = Set.of("$schema", "$id", "title", "description");

  private SchemaCheck() {}

  static boolean accepts(JsonObject schema, JsonElement value) {
    return schema.entrySet().stream().allMatch(rule -> holds(schema, rule.getKey(), rule.getValue(), value));
  }

  private static boolean holds(JsonObject schema, String keyword, JsonElement rule, JsonElement value) {
    if (WORDS.contains(keyword)) {
      return true;
    }
    return switch (keyword) {
      case "type" -> types(rule).stream().anyMatch(type -> is(type, value));
      case "enum" -> StreamSupport.stream(rule.getAsJsonArray().spliterator(), false).anyMatch(value::equals);
      case "pattern" -> !isText(value) || Pattern.compile(rule.getAsString()).matcher(value.getAsString()).find();
      case "minLength" -> !isText(value) || value.getAsString().length() >= rule.getAsInt();
      case "maxLength" -> !isText(value) || value.getAsString().length() <= rule.getAsInt();
      case "minimum" -> !isNumber(value) || value.getAsBigDecimal().compareTo(rule.getAsBigDecimal()) >= 0;
      case "maximum" -> !isNumber(value) || value.getAsBigDecimal().compareTo(rule.getAsBigDecimal()) <= 0;
      case "minItems" -> !value.isJsonArray() || value.getAsJsonArray().size() >= rule.getAsInt();
      case "maxItems" -> !value.isJsonArray() || value.getAsJsonArray().size() <= rule.getAsInt();
      case "items" -> !value.isJsonArray() || all(value.getAsJsonArray(), rule.getAsJsonObject());
      case "anyOf" -> matching(rule.getAsJsonArray(), value) >= 1;
      case "oneOf" -> matching(rule.getAsJsonArray(), value) == 1;
      default -> !value.isJsonObject() || ofObject(schema, keyword, rule, value.getAsJsonObject());
    };
  }

  private static boolean ofObject(JsonObject schema, String keyword, JsonElement rule, JsonObject value) {
    return switch (keyword) {
      case "properties" ->
          value.keySet().stream()
              .filter(rule.getAsJsonObject()::has)
              .allMatch(key -> accepts(rule.getAsJsonObject().getAsJsonObject(key), value.get(key)));
      case "additionalProperties" ->
          value.keySet().stream()
              .filter(key -> !schema.has("properties") || !schema.getAsJsonObject("properties").has(key))
              .allMatch(key -> rule.isJsonObject() ? accepts(rule.getAsJsonObject(), value.get(key)) : rule.getAsBoolean());
      case "propertyNames" -> value.keySet().stream().allMatch(key -> accepts(rule.getAsJsonObject(), new JsonPrimitive(key)));
      case "maxProperties" -> value.size() <= rule.getAsInt();
      case "required" -> StreamSupport.stream(rule.getAsJsonArray().spliterator(), false).allMatch(key -> value.has(key.getAsString()));
      case "dependentRequired" ->
          rule.getAsJsonObject().entrySet().stream()
              .filter(need -> value.has(need.getKey()))
              .allMatch(need -> StreamSupport.stream(need.getValue().getAsJsonArray().spliterator(), false).allMatch(key -> value.has(key.getAsString())));
      default -> throw new AssertionError("a keyword that this check does not know: " + keyword);
    };
  }

  private static long matching(JsonArray schemas, JsonElement value) {
    return StreamSupport.stream(schemas.spliterator(), false).filter(schema -> accepts(schema.getAsJsonObject(), value)).count();
  }

  private static boolean all(JsonArray items, JsonObject schema) {
    return StreamSupport.stream(items.spliterator(), false).allMatch(item -> accepts(schema, item));
  }

  private static Set<String> types(JsonElement rule) {
    return rule.isJsonArray()
        ? StreamSupport.stream(rule.getAsJsonArray().spliterator(), false).map(JsonElement::getAsString).collect(Collectors.toSet())
        : Set.of(rule.getAsString());
  }

  private static boolean is(String type, JsonElement value) {
    return switch (type) {
      case "object" -> value.isJsonObject();
      case "array" -> value.isJsonArray();
      case "string" -> isText(value);
      case "number" -> isNumber(value);
      case "integer" -> isNumber(value) && value.getAsBigDecimal().remainder(BigDecimal.ONE).signum() == 0;
      default -> throw new AssertionError("a type that this check does not know: " + type);
    };
  }

  private static boolean isText(JsonElement value) {
    return value.isJsonPrimitive() && value.getAsJsonPrimitive().isString();
  }

  private static boolean isNumber(JsonElement value) {
    return value.isJsonPrimitive() && value.getAsJsonPrimitive().isNumber();
  }
}
