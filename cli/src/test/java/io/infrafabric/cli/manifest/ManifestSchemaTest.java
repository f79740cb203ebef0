package io.infrafabric.cli.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import io.infrafabric.cli.fabric.Document;
import io.infrafabric.governor.v1.Manifest;
import io.infrafabric.testkit.GeneratedPage;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ManifestSchemaTest {
  private static final JsonObject SCHEMA = JsonParser.parseString(ManifestSchema.text()).getAsJsonObject();
  private static final String SIGNATURE = "A".repeat(86) + "==";

  @Test
  void publishedSchema_isWhatTheCodeSays() {
    GeneratedPage.check("manifest.schema.json", ManifestSchema.text(), ManifestSchemaTest.class);
  }

  @Test
  void schema_hasEveryFieldOfTheMessage_andNoOther() {
    sameFields(Manifest.getDescriptor(), SCHEMA);
  }

  /** Money twice: in micro-dollars and in dollars. */
  private static void sameFields(Descriptor type, JsonObject schema) {
    Set<String> expected = new TreeSet<>();
    for (FieldDescriptor field : type.getFields()) {
      expected.add(field.getName());
      if (field.getName().endsWith("_micros")) {
        expected.add(field.getName().replaceFirst("_micros$", ""));
      }
    }
    JsonObject properties = schema.getAsJsonObject("properties");
    assertThat(properties.keySet()).as(type.getFullName()).isEqualTo(expected);
    for (FieldDescriptor field : type.getFields()) {
      JsonObject value = properties.getAsJsonObject(field.getName());
      if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE && !field.isMapField()) {
        sameFields(field.getMessageType(), value);
      } else if (!value.has("anyOf") && !field.getName().equals("reputation")) {
        assertThat(value.get("type").getAsString()).as(field.getFullName()).isEqualTo(type(field));
      }
    }
  }

  private static String type(FieldDescriptor field) {
    if (field.isMapField()) {
      return "object";
    }
    if (field.isRepeated()) {
      return "array";
    }
    return switch (field.getJavaType()) {
      case INT, LONG -> "integer";
      case STRING, BYTE_STRING, ENUM -> "string";
      case BOOLEAN -> "boolean";
      case FLOAT, DOUBLE -> "number";
      case MESSAGE -> "object";
    };
  }

  /** The schema and the reader agree on each: what one takes the other takes. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "{} | true",
        "{swarm_id: a.b} | false",
        "{swarm_id: -a} | false",
        "{capabilities: []} | false",
        "{capabilities: [java]} | false",
        "{capabilities: [a:b:c]} | true",
        "{capabilities: [a:b:c:d]} | false",
        "{capabilities: a:b} | false",
        "{model: haiku} | true",
        "{model: 'a b'} | false",
        "{cost_per_hour: 0} | true",
        "{cost_per_hour: 2.5} | true",
        "{cost_per_hour: '2.5'} | true",
        "{cost_per_hour: -1} | false",
        "{cost_per_hour: 1000000001} | false",
        "{cost_per_hour: null, cost_per_hour_micros: 5} | true",
        "{cost_per_hour: null, cost_per_hour_micros: '5'} | true",
        "{cost_per_hour: null, cost_per_hour_micros: -5} | false",
        "{cost_per_hour: null, cost_per_hour_micros: 1000000000000001} | false",
        "{cost_per_hour: null} | false",
        "{cost_per_hour: 1, cost_per_hour_micros: 1} | false",
        "{max_concurrent: 256} | true",
        "{max_concurrent: 257} | false",
        "{max_concurrent: many} | false",
        "{labels: {team: a}} | true",
        "{labels: {'': a}} | false",
        "{labels: [a]} | false",
        "{reputation: '1.0'} | true",
        "{reputation: 1.0} | true",
        "{skills: {code:java: expert}} | true",
        "{skills: {code:java: ADVANCED}} | true",
        "{skills: {code:java: SKILL_LEVEL_NOVICE}} | true",
        "{skills: {code:java: good}} | false",
        "{token_price: {input_per_million: 0.25, output_per_million_micros: 1250000}} | true",
        "{token_price: {input: 1}} | false",
        "{token_price: {input_per_million: -1}} | false",
        "{token_price: 5} | false",
        "{account_id: team-a} | true",
        "{account_id: team/a} | false",
        "{bloom_pattern: early} | true",
        "{bloom_pattern: Early} | false",
        "{manifest_version: 3} | true",
        "{manifest_version: -3} | false",
        "{manifest_version: 1, signature: {key_id: k1, signature: SIGNATURE}} | true",
        "{signature: {key_id: k1, signature: SIGNATURE}} | false",
        "{manifest_version: 1, signature: {key_id: k1}} | false",
        "{manifest_version: 1, signature: {key_id: k1, signature: c2hvcnQ=}} | false",
        "{description: for people} | true",
        "{discription: for people} | false"
      })
  void schemaAndReader_agree(String changes, boolean good) {
    JsonObject manifest = JsonParser.parseString("{swarm_id: s1, capabilities: ['code:java'], cost_per_hour: 2}").getAsJsonObject();
    // YAML is not JSON: the reader reads the changes, the check sees what it read.
    JsonElement read = JsonParser.parseString(new GsonBuilder().serializeNulls().create().toJson(yaml(changes)));
    read.getAsJsonObject().entrySet().forEach(change -> manifest.add(change.getKey(), change.getValue()));
    manifest.entrySet().removeIf(entry -> entry.getValue().isJsonNull());
    ManifestDocuments documents = new ManifestDocuments().add("m.json", manifest.toString());
    assertThat(documents.problems().isEmpty()).as(documents.problems().toString()).isEqualTo(good);
    assertThat(SchemaCheck.accepts(SCHEMA, manifest)).isEqualTo(good);
  }

  private static Object yaml(String text) {
    return Document.documents("changes", text.replace(": SIGNATURE", ": " + SIGNATURE)).getFirst();
  }

  @Test
  void tooManyOrTooLong_isRefusedByBoth() {
    JsonObject manifest = JsonParser.parseString("{swarm_id: s1, capabilities: ['code:java'], cost_per_hour: 2}").getAsJsonObject();
    manifest.addProperty("description", "x".repeat(1_024));
    for (int i = 0; i < 63; i++) {
      manifest.getAsJsonArray("capabilities").add("c:s" + i);
    }
    assertThat(SchemaCheck.accepts(SCHEMA, manifest)).isTrue();
    assertThat(new ManifestDocuments().add("m.json", manifest.toString()).problems()).isEmpty();
    manifest.getAsJsonArray("capabilities").add("c:s63");
    manifest.addProperty("description", "x".repeat(1_025));
    assertThat(SchemaCheck.accepts(SCHEMA, manifest)).isFalse();
    assertThat(new ManifestDocuments().add("m.json", manifest.toString()).problems())
        .singleElement()
        .satisfies(refusal -> assertThat(refusal.fields()).extracting(field -> field.path()).containsExactly("capabilities", "description"));
  }
}
