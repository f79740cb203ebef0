package io.infrafabric.coordinator.task;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Checkpoint;
import io.infrafabric.coordinator.v1.Completed;
import io.infrafabric.coordinator.v1.ListTasksRequest;
import io.infrafabric.coordinator.v1.Ready;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.error.Refusal;
import io.infrafabric.names.Limits;
import org.junit.jupiter.api.Test;

class ListRulesTest {
  private static final TaskSpec SPEC =
      TaskSpec.newBuilder()
          .setTaskId("t1")
          .setPlanId("p1")
          .setTaskClass("code-analysis")
          .addRequiredCapabilities("code:parse")
          .addRequiredCapabilities("docs:write")
          .setPayload(ByteString.copyFromUtf8("heavy"))
          .build();

  private static final Task READY = Task.newBuilder().setSpec(SPEC).setReady(Ready.getDefaultInstance()).build();

  private static boolean matches(ListTasksRequest.Builder request) {
    return ListRules.matches(READY, request.build());
  }

  private static ListTasksRequest.Builder request() {
    return ListTasksRequest.newBuilder();
  }

  @Test
  void taskMatches_whenEveryFilterDoes() {
    assertThat(matches(request())).isTrue();
    assertThat(matches(request().setTaskClass("code-analysis"))).isTrue();
    assertThat(matches(request().setTaskClass("code"))).isFalse();
    assertThat(matches(request().addCapabilities("docs:write"))).isTrue();
    assertThat(matches(request().addCapabilities("docs:write").addCapabilities("code:parse"))).isTrue();
    assertThat(matches(request().addCapabilities("docs:write").addCapabilities("code:test"))).as("all of them").isFalse();
    assertThat(matches(request().addStates(TaskState.TASK_STATE_WAITING).addStates(TaskState.TASK_STATE_READY))).as("any of them").isTrue();
    assertThat(matches(request().setPlanId("p1").setTaskClass("code-analysis").addCapabilities("code:parse").addStates(TaskState.TASK_STATE_READY))).isTrue();
    assertThat(matches(request().setPlanId("p2").setTaskClass("code-analysis").addCapabilities("code:parse").addStates(TaskState.TASK_STATE_READY))).isFalse();
  }

  @Test
  void result_isToldWhenItIsAskedFor_payloadAndCheckpointNever() {
    Task completed =
        READY.toBuilder()
            .setCheckpoint(Checkpoint.newBuilder().setSwarmId("fox").setData(ByteString.copyFromUtf8("half")))
            .setCompleted(Completed.newBuilder().setResult(ByteString.copyFromUtf8("42")).setCostMicros(7))
            .build();
    Task with = ListRules.shown(completed, request().setWithResults(true).build());
    assertThat(with.getCompleted().getResult().toStringUtf8()).isEqualTo("42");
    assertThat(with.getSpec().getPayload()).isEmpty();
    assertThat(with.getCheckpoint()).isEqualTo(Checkpoint.newBuilder().setSwarmId("fox").build());
    Task without = ListRules.shown(completed, request().build());
    assertThat(without.getCompleted()).isEqualTo(Completed.newBuilder().setCostMicros(7).build());
    assertThat(ListRules.shown(READY, request().setWithResults(true).build()).getStateCase()).isEqualTo(Task.StateCase.READY);
  }

  @Test
  void page_isFullByNumberOrBytes_andHasRoomForOneAlways() {
    assertThat(ListRules.isFull(99, 0, request().build())).isFalse();
    assertThat(ListRules.isFull(100, 0, request().build())).isTrue();
    assertThat(ListRules.isFull(500, 0, request().setPageSize(1_000).build())).isTrue();
    assertThat(ListRules.isFull(7, Limits.PAGE_BYTES - 1, request().build())).isFalse();
    assertThat(ListRules.isFull(7, Limits.PAGE_BYTES, request().build())).isTrue();
    assertThat(ListRules.isFull(0, 0, request().setPageSize(1).build())).isFalse();
  }

  @Test
  void filterThatNothingCanMatch_isRefused_allOfThemAtOnce() {
    assertThat(ListRules.check(request().build())).isEmpty();
    Refusal refusal =
        ListRules.check(
                request()
                    .addStates(TaskState.TASK_STATE_READY)
                    .addStatesValue(77)
                    .addStates(TaskState.TASK_STATE_UNSPECIFIED)
                    .setPlanId("a/b")
                    .setTaskClass("CODE_ANALYSIS")
                    .addCapabilities("a:b")
                    .addCapabilities("java")
                    .build())
            .orElseThrow();
    assertThat(refusal.code()).isEqualTo(ErrorCode.ERROR_CODE_INVALID_ARGUMENT);
    assertThat(refusal.fields()).extracting(Refusal.Field::path).containsExactly("states[1]", "states[2]", "plan_id", "task_class", "capabilities[1]");
  }
}
