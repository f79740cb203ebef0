package io.infrafabric.coordinator.task;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.ObjectRef;
import io.infrafabric.common.v1.SkillLevel;
import io.infrafabric.coordinator.v1.Priority;
import io.infrafabric.coordinator.v1.RetryPolicy;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.error.Refusal;
import io.infrafabric.names.Ids;
import io.infrafabric.names.Limits;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SpecRulesTest {
  private static final ObjectRef OBJECT = ObjectRef.newBuilder().setSha256("a".repeat(64)).setSizeBytes(7).build();

  private static Arguments wrong(String field, ErrorCode code, UnaryOperator<TaskSpec.Builder> change) {
    return Arguments.of(field, code, change.apply(TaskSpec.newBuilder().setTaskId("t1")).build());
  }

  private static Map<String, String> labels(int count) {
    return IntStream.range(0, count).boxed().collect(Collectors.toMap(i -> "k" + i, i -> "v"));
  }

  static Stream<Arguments> wrongSpecs() {
    ErrorCode argument = ErrorCode.ERROR_CODE_INVALID_ARGUMENT;
    return Stream.of(
        wrong("spec.task_id", ErrorCode.ERROR_CODE_INVALID_ID, s -> s.setTaskId("a.b")),
        wrong("spec.plan_id", ErrorCode.ERROR_CODE_INVALID_ID, s -> s.setPlanId("a/b")),
        wrong("spec.required_capabilities[1]", ErrorCode.ERROR_CODE_INVALID_CAPABILITY, s -> s.addRequiredCapabilities("a:b").addRequiredCapabilities("java")),
        wrong("spec.required_capabilities", argument, s -> s.addAllRequiredCapabilities(IntStream.rangeClosed(0, Limits.CAPABILITIES).mapToObj(i -> "a:b" + i).toList())),
        wrong("spec.depends_on[0]", ErrorCode.ERROR_CODE_INVALID_ID, s -> s.addDependsOn("*")),
        wrong("spec.depends_on[0]", argument, s -> s.addDependsOn("t1")),
        wrong("spec.depends_on", argument, s -> s.addAllDependsOn(IntStream.rangeClosed(0, Limits.DEPENDENCIES).mapToObj(i -> "d" + i).toList())),
        wrong("spec.max_cost_micros", ErrorCode.ERROR_CODE_INVALID_MONEY, s -> s.setMaxCostMicros(-1)),
        wrong("spec.max_cost_micros", ErrorCode.ERROR_CODE_INVALID_MONEY, s -> s.setMaxCostMicros(Limits.MONEY_MICROS + 1)),
        wrong("spec.payload", ErrorCode.ERROR_CODE_PAYLOAD_TOO_LARGE, s -> s.setPayload(ByteString.copyFrom(new byte[Limits.PAYLOAD_BYTES + 1]))),
        wrong("spec.payload_object", argument, s -> s.setPayload(ByteString.copyFromUtf8("x")).setPayloadObject(OBJECT)),
        wrong("spec.payload_object.sha256", argument, s -> s.setPayloadObject(OBJECT.toBuilder().setSha256("A".repeat(64)))),
        wrong("spec.payload_object.size_bytes", argument, s -> s.setPayloadObject(OBJECT.toBuilder().setSizeBytes(-1))),
        wrong("spec.priority", argument, s -> s.setPriorityValue(9)),
        wrong("spec.max_attempts", argument, s -> s.setMaxAttempts(Limits.ATTEMPTS + 1)),
        wrong("spec.max_attempts", argument, s -> s.setMaxAttempts(-1)),
        wrong("spec.min_reputation_millis", argument, s -> s.setMinReputationMillis(1_001)),
        wrong("spec.retry_backoff", argument, s -> s.setRetryBackoff(Duration.newBuilder().setSeconds(-1))),
        wrong("spec.retry_backoff", argument, s -> s.setRetryBackoff(Duration.newBuilder().setNanos(-1))),
        wrong("spec.retry_backoff", argument, s -> s.setRetryBackoff(Duration.newBuilder().setSeconds(86_401))),
        wrong("spec.not_before", argument, s -> s.setNotBefore(Timestamp.newBuilder().setSeconds(Long.MAX_VALUE))),
        wrong("spec.not_before", argument, s -> s.setNotBefore(Timestamp.newBuilder().setNanos(-1))),
        wrong("spec.task_class", ErrorCode.ERROR_CODE_INVALID_ID, s -> s.setTaskClass("A b")),
        wrong("spec.min_skills[a:b]", argument, s -> s.putMinSkills("a:b", SkillLevel.SKILL_LEVEL_EXPERT)),
        wrong("spec.min_skills[a:b]", argument, s -> s.addRequiredCapabilities("a:b").putMinSkills("a:b", SkillLevel.SKILL_LEVEL_UNSPECIFIED)),
        wrong("spec.min_skills[a:b]", argument, s -> s.addRequiredCapabilities("a:b").putMinSkillsValue("a:b", 99)),
        wrong("spec.labels", argument, s -> s.putAllLabels(labels(Limits.LABELS + 1))),
        wrong("spec.labels", argument, s -> s.putLabels("", "v")),
        wrong("spec.labels", argument, s -> s.putLabels("k".repeat(64), "v")),
        wrong("spec.labels", argument, s -> s.putLabels("k", "v".repeat(256))),
        wrong("spec.progress_timeout", ErrorCode.ERROR_CODE_INVALID_ARGUMENT, s -> s.setProgressTimeout(Duration.newBuilder())),
        wrong("spec.progress_timeout", ErrorCode.ERROR_CODE_INVALID_ARGUMENT, s -> s.setProgressTimeout(Duration.newBuilder().setSeconds(86_401))),
        wrong("spec.deadline", ErrorCode.ERROR_CODE_INVALID_ARGUMENT, s -> s.setDeadline(Timestamp.newBuilder().setNanos(-1))),
        wrong(
            "spec.deadline",
            ErrorCode.ERROR_CODE_INVALID_ARGUMENT,
            s -> s.setDeadline(Timestamp.newBuilder().setSeconds(5)).setNotBefore(Timestamp.newBuilder().setSeconds(5))),
        wrong("spec.retry", ErrorCode.ERROR_CODE_INVALID_ARGUMENT, s -> s.setRetry(RetryPolicy.newBuilder()).setRetryBackoff(Duration.newBuilder().setSeconds(1))),
        wrong("spec.retry.backoff", ErrorCode.ERROR_CODE_INVALID_ARGUMENT, s -> s.setRetry(RetryPolicy.newBuilder().setBackoffValue(77))),
        wrong("spec.retry.initial", ErrorCode.ERROR_CODE_INVALID_ARGUMENT, s -> s.setRetry(RetryPolicy.newBuilder().setInitial(Duration.newBuilder().setSeconds(-1)))),
        wrong("spec.retry.max", ErrorCode.ERROR_CODE_INVALID_ARGUMENT, s -> s.setRetry(RetryPolicy.newBuilder().setMax(Duration.newBuilder().setSeconds(86_401)))),
        wrong("spec.retry.jitter_percent", ErrorCode.ERROR_CODE_INVALID_ARGUMENT, s -> s.setRetry(RetryPolicy.newBuilder().setJitterPercent(101))),
        wrong("spec.retry.budget", ErrorCode.ERROR_CODE_INVALID_ARGUMENT, s -> s.setRetry(RetryPolicy.newBuilder().setBudget(Duration.newBuilder()))));
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("wrongSpecs")
  void spec_isRefusedByItsWrongField(String field, ErrorCode code, TaskSpec spec) {
    Refusal refusal = SpecRules.check(spec, "spec.").orElseThrow();
    assertThat(refusal.code()).isEqualTo(code);
    assertThat(refusal.fields()).extracting(Refusal.Field::path).containsOnly(field);
  }

  @Test
  void spec_isTakenAtItsLimits() {
    TaskSpec spec =
        TaskSpec.newBuilder()
            .setTaskId("x".repeat(63))
            .addAllRequiredCapabilities(IntStream.range(0, Limits.CAPABILITIES).mapToObj(i -> "a:b" + i).toList())
            .addAllDependsOn(IntStream.range(0, Limits.DEPENDENCIES).mapToObj(i -> "d" + i).toList())
            .setMaxCostMicros(Limits.MONEY_MICROS)
            .setPayload(ByteString.copyFrom(new byte[Limits.PAYLOAD_BYTES]))
            .setMaxAttempts(Limits.ATTEMPTS)
            .setMinReputationMillis(1_000)
            .setRetryBackoff(Duration.newBuilder().setSeconds(86_400))
            .putAllLabels(labels(Limits.LABELS - 1))
            .putLabels("k".repeat(63), "v".repeat(255))
            .build();
    assertThat(SpecRules.check(spec, "")).isEmpty();
    assertThat(SpecRules.check(TaskSpec.getDefaultInstance(), "")).isEmpty();
  }

  @Test
  void everythingWrong_isToldAtOnce() {
    TaskSpec spec = TaskSpec.newBuilder().setTaskId("A").setMaxCostMicros(-1).setMaxAttempts(1_000).build();
    Refusal refusal = SpecRules.check(spec, "specs[3].").orElseThrow();
    assertThat(refusal.code()).isEqualTo(ErrorCode.ERROR_CODE_INVALID_ARGUMENT);
    assertThat(refusal.fields()).extracting(Refusal.Field::path).containsExactly("specs[3].task_id", "specs[3].max_cost_micros", "specs[3].max_attempts");
  }

  @Test
  void complete_fillsTheDefaults_andLeavesRepetitionsOut() {
    TaskSpec spec =
        SpecRules.complete(
            TaskSpec.newBuilder()
                .setTaskId("t1")
                .addAllRequiredCapabilities(Collections.nCopies(3, "a:b"))
                .addDependsOn("d")
                .addDependsOn("d")
                .addAllExcludeSwarmIds(List.of("owl", "fox", "owl"))
                .addAllOwnerSwarmIds(List.of("cat", "ant", "cat"))
                .build(),
            "r1",
            0);
    assertThat(spec.getPriority()).isEqualTo(Priority.PRIORITY_MEDIUM);
    assertThat(spec.getMaxAttempts()).isEqualTo(3);
    assertThat(spec.getRequiredCapabilitiesList()).containsExactly("a:b");
    assertThat(spec.getDependsOnList()).containsExactly("d");
    assertThat(spec.getExcludeSwarmIdsList()).containsExactly("owl", "fox");
    assertThat(spec.getOwnerSwarmIdsList()).containsExactly("ant", "cat");
    assertThat(SpecRules.complete(spec, "r2", 1)).isEqualTo(spec);
  }

  @Test
  void missingId_isMadeOfTheRequest_soThatARetryMakesTheSame() {
    TaskSpec none = TaskSpec.getDefaultInstance();
    String id = SpecRules.complete(none, "r1", 0).getTaskId();
    assertThat(Ids.isId(id)).isTrue();
    assertThat(SpecRules.complete(none, "r1", 0).getTaskId()).isEqualTo(id);
    assertThat(SpecRules.complete(none, "r1", 1).getTaskId()).isNotEqualTo(id);
    assertThat(SpecRules.complete(none, "r2", 0).getTaskId()).isNotEqualTo(id);
  }

  @Test
  void digest_isOfTheContent_notOfTheOrderOfLabels() {
    TaskSpec one = TaskSpec.newBuilder().setTaskId("t1").putLabels("a", "1").putLabels("b", "2").build();
    TaskSpec other = TaskSpec.newBuilder().setTaskId("t1").putLabels("b", "2").putLabels("a", "1").build();
    assertThat(SpecRules.digest(one)).isEqualTo(SpecRules.digest(other)).matches("[0-9a-f]{64}");
    assertThat(SpecRules.digest(one)).isNotEqualTo(SpecRules.digest(one.toBuilder().setMaxCostMicros(1).build()));
  }
}
