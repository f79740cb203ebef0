package io.infrafabric.cli.fabric;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The part of JSON Schema that the task file's schema is written in, checked strictly: a keyword that it does not know fails. */
record SchemaCheck(JsonObject root) {
  private static final Set<String> KNOWN =
      Set.of("$schema", "title", "$defs", "$ref", "anyOf", "type", "properties", "required", "additionalProperties", "items", "enum", "pattern", "minimum", "maximum");

  /** Where the value is not as the schema says; empty when it is. */
  List<String> wrong(JsonElement value) {
    return wrong(root, value, "$");
  }

  private List<String> wrong(JsonObject schema, JsonElement value, String path) {
    if (!KNOWN.containsAll(schema.keySet())) {
      throw new AssertionError("unknown keywords among " + schema.keySet());
    }
    if (schema.has("$ref")) {
      String name = schema.get("$ref").getAsString().substring("#/$defs/".length());
      return wrong(root.getAsJsonObject("$defs").getAsJsonObject(name), value, path);
    }
    List<String> wrong = new ArrayList<>();
    if (schema.has("anyOf") && schema.getAsJsonArray("anyOf").asList().stream().noneMatch(each -> wrong(each.getAsJsonObject(), value, path).isEmpty())) {
      wrong.add(path + " is none of the alternatives");
    }
    if (schema.has("enum") && !schema.getAsJsonArray("enum").contains(value)) {
      wrong.add(path + " is not in the enum");
    }
    if (schema.has("type") && !isOf(schema.get("type").getAsString(), value)) {
      wrong.add(path + " is no " + schema.get("type").getAsString());
      return wrong;
    }
    if (schema.has("pattern") && !value.getAsString().matches(schema.get("pattern").getAsString())) {
      wrong.add(path + " has not the pattern");
    }
    if (schema.has("minimum") && (number(value).compareTo(number(schema.get("minimum"))) < 0 || number(value).compareTo(number(schema.get("maximum"))) > 0)) {
      wrong.add(path + " is out of range");
    }
    if (value.isJsonObject()) {
      members(schema, value.getAsJsonObject(), path, wrong);
    } else if (value.isJsonArray() && schema.has("items")) {
      value.getAsJsonArray().forEach(item -> wrong.addAll(wrong(schema.getAsJsonObject("items"), item, path + "[]")));
    }
    return wrong;
  }

  private void members(JsonObject schema, JsonObject value, String path, List<String> wrong) {
    if (schema.has("required")) {
      schema.getAsJsonArray("required").asList().stream().filter(key -> !value.has(key.getAsString())).forEach(key -> wrong.add(path + "." + key + " is missing"));
    }
    JsonObject properties = schema.has("properties") ? schema.getAsJsonObject("properties") : new JsonObject();
    JsonElement others = schema.get("additionalProperties");
    for (Map.Entry<String, JsonElement> member : value.entrySet()) {
      String at = path + "." + member.getKey();
      if (properties.has(member.getKey())) {
        wrong.addAll(wrong(properties.getAsJsonObject(member.getKey()), member.getValue(), at));
      } else if (others instanceof JsonObject each) {
        wrong.addAll(wrong(each, member.getValue(), at));
      } else if (others instanceof JsonPrimitive may && !may.getAsBoolean()) {
        wrong.add(at + " is unknown");
      }
    }
  }

  private static boolean isOf(String type, JsonElement value) {
    return switch (type) {
      case "object" -> value.isJsonObject();
      case "array" -> value.isJsonArray();
      case "string" -> value instanceof JsonPrimitive text && text.isString();
      case "boolean" -> value instanceof JsonPrimitive flag && flag.isBoolean();
      case "number" -> value instanceof JsonPrimitive number && number.isNumber();
      case "integer" -> value instanceof JsonPrimitive number && number.isNumber() && number.getAsBigDecimal().stripTrailingZeros().scale() <= 0;
      default -> throw new AssertionError("unknown type " + type);
    };
  }

  private static BigDecimal number(JsonElement value) {
    return value.getAsBigDecimal();
  }
}
