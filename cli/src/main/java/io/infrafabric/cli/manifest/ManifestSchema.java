package io.infrafabric.cli.manifest;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import io.infrafabric.governor.v1.Manifest;
import io.infrafabric.manifest.ManifestRules;
import io.infrafabric.names.Limits;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * The JSON Schema (draft 2020-12) of a manifest as people write it: made of the message's descriptor, so that it has every field, and of the
 * limits that the registry keeps. Money may be given in dollars under the name without {@code _micros}.
 */
public final class ManifestSchema {
  private static final String ID = "^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$";
  private static final String CAPABILITY = "^[a-z0-9-]{1,40}(?::[a-z0-9-]{1,40}){1,2}$";
  private static final String SIGNATURE = "^[A-Za-z0-9+/_-]{86}(?:==)?$";
  private static final String MICROS = "_micros";

  /** A field without a line here fails the build. */
  private static final Map<String, Supplier<JsonObject>> VALUES =
      Map.ofEntries(
          line("swarm_id", () -> text("Names the swarm: lower-case letters, digits and inner hyphens.", ID)),
          line("capabilities", ManifestSchema::capabilities),
          line("model", () -> text("A model of the governor's price list, such as haiku, sonnet or opus.", "^" + ManifestRules.MODEL + "$")),
          line("max_concurrent", () -> number("Claims it may hold at once; " + Limits.CONCURRENT_CLAIMS_DEFAULT + " when 0.", Limits.CONCURRENT_CLAIMS)),
          line("description", () -> limited("For people.", Limits.TEXT_CHARACTERS)),
          line("labels", ManifestSchema::labels),
          line("reputation", () -> described("Ignored: reputation is measured.", "string", "number")),
          line("token_price", () -> described("Of a million tokens, if it is billed by them.", "object")),
          line("account_id", () -> text("Under which account its spend is reported; its own id when absent.", ID)),
          line("bloom_pattern", () -> text("In which kind of work it does best over time: early, steady, late.", "^" + ManifestRules.BLOOM_PATTERN + "$")),
          line("manifest_version", () -> number("Counted by the author; a smaller one never replaces a larger.", Limits.MANIFEST_VERSION)),
          line("signature", ManifestSchema::signature),
          line("signature.key_id", () -> text("Names the key in the governor's file of keys.", ID)),
          line("signature.signature", () -> text("Ed25519 over the signed text, 64 bytes in base64.", SIGNATURE)));

  private ManifestSchema() {}

  private static Map.Entry<String, Supplier<JsonObject>> line(String path, Supplier<JsonObject> value) {
    return Map.entry(path, value);
  }

  /** The schema as text. */
  public static String text() {
    JsonObject schema = new JsonObject();
    schema.addProperty("$schema", "https://json-schema.org/draft/2020-12/schema");
    schema.addProperty("$id", "urn:infrafabric:manifest:v1");
    schema.addProperty("title", "Manifest of a swarm");
    object(schema, Manifest.getDescriptor(), "");
    schema.add("required", array("swarm_id", "capabilities"));
    schema.add("oneOf", alternatives("cost_per_hour", "cost_per_hour_micros"));
    JsonObject needs = new JsonObject();
    needs.add("signature", array("manifest_version"));
    schema.add("dependentRequired", needs);
    return new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create().toJson(schema) + "\n";
  }

  private static void object(JsonObject into, Descriptor type, String path) {
    into.addProperty("type", "object");
    JsonObject properties = new JsonObject();
    for (FieldDescriptor field : type.getFields()) {
      if (field.getName().endsWith(MICROS)) {
        String dollars = field.getName().substring(0, field.getName().length() - MICROS.length());
        properties.add(dollars, dollars());
        properties.add(field.getName(), micros());
      } else {
        properties.add(field.getName(), value(field, path + field.getName()));
      }
    }
    into.add("properties", properties);
    into.addProperty("additionalProperties", false);
  }

  private static JsonObject value(FieldDescriptor field, String path) {
    if (field.isMapField() && field.getMessageType().findFieldByName("value").getJavaType() == FieldDescriptor.JavaType.ENUM) {
      return levels(field);
    }
    Supplier<JsonObject> known = VALUES.get(path);
    if (known == null) {
      throw new IllegalStateException("the schema does not say what " + path + " is");
    }
    JsonObject value = known.get();
    if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE && !field.isMapField()) {
      object(value, field.getMessageType(), path + ".");
    }
    return value;
  }

  private static JsonObject capabilities() {
    JsonObject list = described("What it can do: category:skill or domain:category:skill.", "array");
    list.add("items", text("A capability.", CAPABILITY));
    list.addProperty("minItems", 1);
    list.addProperty("maxItems", Limits.CAPABILITIES);
    return list;
  }

  private static JsonObject levels(FieldDescriptor field) {
    JsonObject map = described("How good it says it is, by capability of the list above.", "object");
    map.add("propertyNames", text("A capability.", CAPABILITY));
    List<EnumValueDescriptor> values = field.getMessageType().findFieldByName("value").getEnumType().getValues();
    String prefix = values.getFirst().getName().replace("UNSPECIFIED", "");
    JsonObject level = new JsonObject();
    level.add(
        "enum",
        array(
            values.stream()
                .skip(1)
                .map(EnumValueDescriptor::getName)
                .flatMap(name -> Stream.of(name.substring(prefix.length()).toLowerCase(Locale.ROOT), name.substring(prefix.length()), name))
                .toArray(String[]::new)));
    map.add("additionalProperties", level);
    map.addProperty("maxProperties", Limits.CAPABILITIES);
    return map;
  }

  private static JsonObject labels() {
    JsonObject map = described("For people and filters.", "object");
    JsonObject names = limited("A label.", Limits.LABEL_KEY_CHARACTERS);
    names.addProperty("minLength", 1);
    map.add("propertyNames", names);
    map.add("additionalProperties", limited("Its value.", Limits.LABEL_VALUE_CHARACTERS));
    map.addProperty("maxProperties", Limits.LABELS);
    return map;
  }

  private static JsonObject signature() {
    JsonObject both = described("Of whoever vouches for the manifest: ifctl swarm sign.", "object");
    both.add("required", array("key_id", "signature"));
    return both;
  }

  private static JsonObject micros() {
    JsonObject number = number("", Limits.MONEY_MICROS);
    number.remove("description");
    return eitherOr("In micro-dollars.", number, pattern("^(?:[0-9]{1,15}|10{15})$"));
  }

  private static JsonObject dollars() {
    JsonObject number = new JsonObject();
    number.addProperty("type", "number");
    number.addProperty("minimum", 0);
    number.addProperty("maximum", Limits.MONEY_MICROS / 1_000_000);
    return eitherOr("In US dollars, with at most six decimals.", number, pattern("^[0-9]{1,10}(?:\\.[0-9]{1,6})?$"));
  }

  private static JsonObject eitherOr(String description, JsonObject one, JsonObject other) {
    JsonObject either = new JsonObject();
    either.addProperty("description", description);
    JsonArray forms = new JsonArray();
    forms.add(one);
    forms.add(other);
    either.add("anyOf", forms);
    return either;
  }

  private static JsonObject number(String description, long most) {
    JsonObject number = described(description, "integer");
    number.addProperty("minimum", 0);
    number.addProperty("maximum", most);
    return number;
  }

  private static JsonObject text(String description, String pattern) {
    JsonObject text = described(description, "string");
    text.addProperty("pattern", pattern);
    return text;
  }

  private static JsonObject pattern(String pattern) {
    JsonObject text = new JsonObject();
    text.addProperty("type", "string");
    text.addProperty("pattern", pattern);
    return text;
  }

  private static JsonObject limited(String description, int characters) {
    JsonObject text = described(description, "string");
    text.addProperty("maxLength", characters);
    return text;
  }

  private static JsonObject described(String description, String... types) {
    JsonObject value = new JsonObject();
    value.addProperty("description", description);
    if (types.length == 1) {
      value.addProperty("type", types[0]);
    } else {
      value.add("type", array(types));
    }
    return value;
  }

  /** Exactly one of the keys is there. */
  private static JsonArray alternatives(String... keys) {
    JsonArray all = new JsonArray();
    for (String key : keys) {
      JsonObject one = new JsonObject();
      one.add("required", array(key));
      all.add(one);
    }
    return all;
  }

  private static JsonArray array(String... items) {
    JsonArray array = new JsonArray();
    Arrays.stream(items).forEach(array::add);
    return array;
  }
}
