package io.infrafabric.cli.fabric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import io.infrafabric.coordinator.v1.Backoff;
import io.infrafabric.coordinator.v1.Priority;
import io.infrafabric.coordinator.v1.Ready;
import io.infrafabric.coordinator.v1.RetryPolicy;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.error.RefusedException;
import io.infrafabric.testkit.GeneratedPage;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** T1: a task as a file, and back. */
class TaskFileTest {
  private static final SchemaCheck SCHEMA = new SchemaCheck(TaskFile.schema());

  /** Texts that JSON writes and YAML does not read, and the other way round. */
  private static final String NASTY = "quote \" back \\ tab \t line \n del \u007f next \u0085 smile \ud83d\ude00 = < > ' # : - {} yes";

  /** A message of which every field is set, those that are added later too. */
  private static Message full(Message.Builder message) {
    for (FieldDescriptor field : message.getDescriptorForType().getFields()) {
      if (field.isMapField()) {
        Message.Builder entry = message.newBuilderForField(field);
        FieldDescriptor mapped = entry.getDescriptorForType().findFieldByName("value");
        message.addRepeatedField(field, entry.setField(entry.getDescriptorForType().findFieldByName("key"), NASTY).setField(mapped, value(mapped, entry)).build());
      } else if (field.isRepeated()) {
        message.addRepeatedField(field, value(field, message));
        message.addRepeatedField(field, value(field, message));
      } else {
        message.setField(field, value(field, message));
      }
    }
    return message.build();
  }

  private static Object value(FieldDescriptor field, Message.Builder in) {
    return switch (field.getJavaType()) {
      case BOOLEAN -> true;
      case INT -> field.getType() == FieldDescriptor.Type.UINT32 ? -1 : Integer.MIN_VALUE; // as unsigned: the greatest
      case LONG -> Long.MAX_VALUE;
      case DOUBLE -> 0.1;
      case FLOAT -> 0.5f;
      case STRING -> field.getName().equals("task_class") ? "code-analysis" : NASTY;
      case BYTE_STRING -> ByteString.copyFrom(new byte[] {0, -1, 62, 63, -65});
      case ENUM -> field.getEnumType().getValues().getLast();
      case MESSAGE -> isTime(field) ? in.newBuilderForField(field).setField(field.getMessageType().findFieldByName("seconds"), 7L).setField(field.getMessageType().findFieldByName("nanos"), 120_000_000).build() : full(in.newBuilderForField(field));
    };
  }

  private static boolean isTime(FieldDescriptor field) {
    return field.getMessageType().getFullName().startsWith("google.protobuf.");
  }

  private static TaskSpec full() {
    return (TaskSpec) full(TaskSpec.newBuilder());
  }

  private static String json(Message message) {
    try {
      return JsonFormat.printer().print(message);
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void wholeTask_asItIsPrinted_isReadAsItsSpecification() {
    Task task =
        Task.newBuilder().setSpec(full()).setSpecDigest("d").setAttempt(3).setRevision(Long.MAX_VALUE).setReady(Ready.getDefaultInstance()).build();
    assertThat(TaskFile.read("t.json", json(task))).isEqualTo(full());
    assertThat(SCHEMA.wrong(JsonParser.parseString(json(task)))).isEmpty();
  }

  @Test
  void specification_withEveryField_isReadAsItWas_andAllowedByTheSchema() throws Exception {
    String ofProto = JsonFormat.printer().preservingProtoFieldNames().print(full());
    for (String text : new String[] {json(full()), ofProto}) {
      assertThat(TaskFile.read("t.json", text)).isEqualTo(full());
      assertThat(SCHEMA.wrong(JsonParser.parseString(text))).isEmpty();
    }
  }

  @Test
  void file_takesTheWordsOfTheTaskBoard() {
    TaskSpec spec =
        TaskFile.read(
            "t.yaml",
            """
            task_id: t1
            task_class: CODE_ANALYSIS
            priority: 1
            required_capabilities: [code:parse]
            retry: {backoff: linear, initial: 1.5s}
            payload_text: look here
            """);
    assertThat(spec)
        .isEqualTo(
            TaskSpec.newBuilder()
                .setTaskId("t1")
                .setTaskClass("code-analysis")
                .setPriority(Priority.PRIORITY_CRITICAL)
                .addRequiredCapabilities("code:parse")
                .setRetry(RetryPolicy.newBuilder().setBackoff(Backoff.BACKOFF_LINEAR).setInitial(com.google.protobuf.Duration.newBuilder().setSeconds(1).setNanos(500_000_000)))
                .setPayload(ByteString.copyFromUtf8("look here"))
                .build());
    assertThat(TaskFile.read("t.yaml", "{priority: high}").getPriority()).isEqualTo(Priority.PRIORITY_HIGH);
    assertThat(TaskFile.read("t.yaml", "priority: '10'").getPriority()).isEqualTo(Priority.PRIORITY_LOW);
    assertThat(TaskFile.read("t.yaml", "priority:").getPriority()).as("not said").isEqualTo(Priority.PRIORITY_UNSPECIFIED);
  }

  @Test
  void wrongWord_isRefusedWithItsPlaceAndTheNearestOnes() {
    assertThatThrownBy(() -> TaskFile.read("t.yaml", "priority: hihg\ntask_class: code analysis!\nrequired_capability: []\n"))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("priority: \"hihg\" is no priority, did you mean high?")
        .hasMessageContaining("task_class: \"code analysis!\" is no task class, did you mean CODE_ANALYSIS?")
        .hasMessageContaining("required_capability: no such key, did you mean required_capabilities?");
    assertThatThrownBy(() -> TaskFile.read("t.json", "{\"spec\": {\"retry\": {\"backoff\": \"lineal\"}}}"))
        .hasMessage("INVALID_ARGUMENT: t.json: spec.retry.backoff: \"lineal\" is no backoff, did you mean linear?");
  }

  /** What the schema refuses is refused when it is submitted. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"task_idd\": \"a\"}",
        "{\"priority\": 0}",
        "{\"priority\": 11}",
        "{\"priority\": \"urgent\"}",
        "{\"retry\": {\"backoff\": \"cubic\"}}",
        "{\"retry\": {\"first\": \"1s\"}}",
        "{\"required_capabilities\": \"a:b\"}",
        "{\"max_cost_micros\": \"much\"}",
        "{\"max_cost_micros\": 9223372036854775808}",
        "{\"max_attempts\": -1}",
        "{\"deadline\": \"tomorrow\"}",
        "{\"retry_backoff\": \"10\"}",
        "{\"payload\": \"*\"}",
        "{\"needs_approval\": \"perhaps\"}",
        "{\"labels\": [\"a\"]}",
        "{\"spec\": {\"priority\": 11}}"
      })
  void whatTheSchemaRefuses_isRefused(String text) {
    assertThat(SCHEMA.wrong(JsonParser.parseString(text))).isNotEmpty();
    assertThatThrownBy(() -> TaskFile.read("t.json", text)).isInstanceOf(RefusedException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"priority\": 1}",
        "{\"priority\": 10, \"task_class\": \"docs\"}",
        "{\"priority\": \"low\", \"payload_text\": \"a\"}",
        "{\"maxCostMicros\": 9007199254740993, \"retryBackoff\": \"1.5s\", \"notBefore\": \"2026-01-31T12:00:00.5+01:00\"}",
        "{\"spec\": {\"task_id\": \"a\"}, \"revision\": \"7\"}"
      })
  void whatTheSchemaAllows_isRead(String text) {
    assertThat(SCHEMA.wrong(JsonParser.parseString(text))).isEmpty();
    assertThat(TaskFile.read("t.json", text).getMaxCostMicros()).isIn(0L, 9_007_199_254_740_993L);
  }

  /** Whatever is added to the contract is in the schema, and nothing else is. */
  @Test
  void schema_hasTheFieldsOfTheContract_underBothOfTheirNames() {
    Set<Descriptor> seen = new HashSet<>();
    check(TaskSpec.getDescriptor(), seen);
    assertThat(TaskFile.schema().getAsJsonObject("$defs").keySet()).isEqualTo(names(seen));
    GeneratedPage.check("task-file.schema.json", TaskFile.text(TaskFile.schema()) + "\n", TaskFileTest.class);
  }

  private static void check(Descriptor type, Set<Descriptor> seen) {
    if (!seen.add(type)) {
      return;
    }
    JsonObject definition = TaskFile.schema().getAsJsonObject("$defs").getAsJsonObject(type.getName());
    Set<String> properties = new HashSet<>();
    for (FieldDescriptor field : type.getFields()) {
      properties.add(field.getName());
      properties.add(field.getJsonName());
      if (field.getType() == FieldDescriptor.Type.BYTES) {
        properties.add(field.getName() + "_text");
      }
      if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE && !field.isMapField() && !isTime(field)) {
        check(field.getMessageType(), seen);
      }
    }
    assertThat(definition.getAsJsonObject("properties").keySet()).as(type.getName()).isEqualTo(properties);
    JsonElement others = definition.get("additionalProperties");
    assertThat(others.getAsBoolean()).isFalse();
  }

  private static Set<String> names(Set<Descriptor> types) {
    Set<String> names = new HashSet<>();
    types.forEach(type -> names.add(type.getName()));
    return names;
  }
}
