package io.infrafabric.coordinator.claim;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.infrafabric.coordinator.Samples;
import io.infrafabric.coordinator.task.TaskStates;
import io.infrafabric.coordinator.v1.Attempt;
import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.Completed;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.kit.time.Times;
import java.time.Duration;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class EndRulesTest {
  private static final Completed RESULT = Completed.newBuilder().setResult(ByteString.copyFromUtf8("42")).setCostMicros(7).build();
  private static final EndRules.End COMPLETE = new EndRules.End.Complete(RESULT);
  private static final EndRules.End FAIL_FOR_GOOD = new EndRules.End.Fail("no", false, 7);
  private static final EndRules.End FAIL = new EndRules.End.Fail("no", true, 7);
  private static final EndRules.End RELEASE = new EndRules.End.Release("busy", 7);
  private static final EndRules.End LOST = new EndRules.End.Lost("session ended");
  private static final EndRules.End STALLED = new EndRules.End.Stalled("silent");
  private static final EndRules.End SUPERSEDE = new EndRules.End.Supersede(RESULT, "its twin was first");
  private static final EndRules.End CANCEL = new EndRules.End.Cancel("not needed");
  private static final Duration BACKOFF = Duration.ofSeconds(30);

  /** End, attempts left, back-off; what becomes of the task, and what is told. */
  static Stream<Arguments> ends() {
    TaskState ready = TaskState.TASK_STATE_READY;
    TaskState waiting = TaskState.TASK_STATE_WAITING;
    TaskState quarantined = TaskState.TASK_STATE_QUARANTINED;
    TaskEventType dead = TaskEventType.TASK_EVENT_TYPE_QUARANTINED;
    return Stream.of(
            always(COMPLETE, TaskState.TASK_STATE_COMPLETED, TaskEventType.TASK_EVENT_TYPE_COMPLETED, ClaimEnd.CLAIM_END_COMPLETED),
            always(FAIL_FOR_GOOD, TaskState.TASK_STATE_FAILED, TaskEventType.TASK_EVENT_TYPE_FAILED, ClaimEnd.CLAIM_END_FAILED),
            always(CANCEL, TaskState.TASK_STATE_CANCELLED, TaskEventType.TASK_EVENT_TYPE_CANCELLED, ClaimEnd.CLAIM_END_CANCELLED),
            always(SUPERSEDE, TaskState.TASK_STATE_COMPLETED, TaskEventType.TASK_EVENT_TYPE_COMPLETED, ClaimEnd.CLAIM_END_SUPERSEDED),
            Stream.of(
                Arguments.of(FAIL, true, false, ready, TaskEventType.TASK_EVENT_TYPE_RETRIED, ClaimEnd.CLAIM_END_FAILED),
                Arguments.of(FAIL, true, true, waiting, TaskEventType.TASK_EVENT_TYPE_RETRIED, ClaimEnd.CLAIM_END_FAILED),
                Arguments.of(FAIL, false, false, quarantined, dead, ClaimEnd.CLAIM_END_FAILED),
                Arguments.of(FAIL, false, true, quarantined, dead, ClaimEnd.CLAIM_END_FAILED),
                Arguments.of(RELEASE, true, false, ready, TaskEventType.TASK_EVENT_TYPE_RELEASED, ClaimEnd.CLAIM_END_RELEASED),
                Arguments.of(RELEASE, true, true, ready, TaskEventType.TASK_EVENT_TYPE_RELEASED, ClaimEnd.CLAIM_END_RELEASED),
                Arguments.of(RELEASE, false, false, quarantined, dead, ClaimEnd.CLAIM_END_RELEASED),
                Arguments.of(RELEASE, false, true, quarantined, dead, ClaimEnd.CLAIM_END_RELEASED),
                Arguments.of(LOST, true, false, ready, TaskEventType.TASK_EVENT_TYPE_LOST, ClaimEnd.CLAIM_END_LOST),
                Arguments.of(LOST, true, true, waiting, TaskEventType.TASK_EVENT_TYPE_LOST, ClaimEnd.CLAIM_END_LOST),
                Arguments.of(LOST, false, false, quarantined, dead, ClaimEnd.CLAIM_END_LOST),
                Arguments.of(LOST, false, true, quarantined, dead, ClaimEnd.CLAIM_END_LOST),
                Arguments.of(STALLED, true, false, ready, TaskEventType.TASK_EVENT_TYPE_STALLED, ClaimEnd.CLAIM_END_STALLED),
                Arguments.of(STALLED, true, true, waiting, TaskEventType.TASK_EVENT_TYPE_STALLED, ClaimEnd.CLAIM_END_STALLED),
                Arguments.of(STALLED, false, true, quarantined, dead, ClaimEnd.CLAIM_END_STALLED)))
        .flatMap(cases -> cases);
  }

  private static Stream<Arguments> always(EndRules.End end, TaskState state, TaskEventType event, ClaimEnd how) {
    return Stream.of(true, false).flatMap(left -> Stream.of(true, false).map(backOff -> Arguments.of(end, left, backOff, state, event, how)));
  }

  private static Task claimed(boolean attemptsLeft, boolean backOff) {
    TaskSpec.Builder spec = Samples.spec("t1").setMaxAttempts(3);
    if (backOff) {
      spec.setRetryBackoff(Times.toProto(BACKOFF));
    }
    return Samples.claimed(spec.build(), "fox", attemptsLeft ? 2 : 3);
  }

  @ParameterizedTest(name = "{0}, attempts left {1}, back-off {2}: {3}")
  @MethodSource("ends")
  void claimThatEnds_movesItsTask(EndRules.End end, boolean left, boolean backOff, TaskState state, TaskEventType event, ClaimEnd how) {
    Task before = claimed(left, backOff);
    EndRules.Ended ended = EndRules.end(before, end, "r1", Samples.NOW);
    assertThat(TaskStates.of(ended.task())).isEqualTo(state);
    assertThat(ended.event()).isEqualTo(event);
    assertThat(ended.end()).isEqualTo(how);
    assertThat(TaskStates.isLegal(TaskState.TASK_STATE_CLAIMED, state)).isTrue();
    assertThat(ended.task().getAttempts(0).getLedTo()).as("what a retry of the request is told").isEqualTo(state);
    if (state == TaskState.TASK_STATE_WAITING) {
      assertThat(Times.toInstant(ended.task().getWaiting().getNotBefore())).isEqualTo(Samples.NOW.plus(BACKOFF));
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("ends")
  void claimThatEnds_isWrittenDownAsAnAttempt(EndRules.End end, boolean left, boolean backOff, TaskState state, TaskEventType event, ClaimEnd how) {
    Task before = claimed(left, backOff);
    Task after = EndRules.end(before, end, "r1", Samples.NOW).task();
    assertThat(after.getAttempt()).as("it was counted when it was claimed").isEqualTo(before.getAttempt());
    Attempt attempt = after.getAttempts(after.getAttemptsCount() - 1);
    assertThat(attempt.getNumber()).isEqualTo(before.getAttempt());
    assertThat(attempt.getFence()).isEqualTo(before.getClaimed().getFence());
    assertThat(attempt.getClaimId()).isEqualTo(before.getClaimed().getClaimId());
    assertThat(attempt.getSwarmId()).isEqualTo("fox");
    assertThat(attempt.getEnd()).isEqualTo(how);
    assertThat(attempt.getCostMicros()).isEqualTo(end.costMicros());
    assertThat(attempt.getRequestId()).isEqualTo("r1");
    assertThat(after.getSpec()).isEqualTo(before.getSpec());
  }

  @ParameterizedTest(name = "{0}, attempts left {1}, back-off {2}")
  @MethodSource("ends")
  void whatWouldGoBack_isCancelledWhenItIsNotWanted(EndRules.End end, boolean left, boolean backOff, TaskState state, TaskEventType event, ClaimEnd how) {
    boolean goesBack = EndRules.goesBack(end);
    assertThat(goesBack).isEqualTo(Set.of(TaskState.TASK_STATE_READY, TaskState.TASK_STATE_WAITING, TaskState.TASK_STATE_QUARANTINED).contains(state));
    EndRules.Ended ended = EndRules.unwanted(claimed(left, backOff), end, "plan p1 was cancelled", "r1", Samples.NOW);
    assertThat(ended.task().getCancelled().getReason()).isEqualTo("plan p1 was cancelled");
    assertThat(ended.event()).isEqualTo(TaskEventType.TASK_EVENT_TYPE_CANCELLED);
    assertThat(ended.end()).as("how its holder ended it").isEqualTo(how);
    Attempt attempt = ended.task().getAttempts(0);
    assertThat(attempt.getLedTo()).isEqualTo(TaskState.TASK_STATE_CANCELLED);
    assertThat(attempt.getCostMicros()).isEqualTo(end.costMicros());
    assertThat(attempt.getReason()).isEqualTo(end.reason());
  }

  @Test
  void completion_keepsTheResultAndTheClaim() {
    Task before = claimed(true, false);
    Completed completed = EndRules.end(before, COMPLETE, "r1", Samples.NOW).task().getCompleted();
    assertThat(completed.getClaim()).isEqualTo(before.getClaimed());
    assertThat(completed.getResult()).isEqualTo(RESULT.getResult());
    assertThat(completed.getCostMicros()).isEqualTo(7);
    assertThat(Times.toInstant(completed.getAt())).isEqualTo(Samples.NOW);
  }

  @Test
  void lossAndCancellation_costNothing() {
    assertThat(LOST.costMicros()).isZero();
    assertThat(STALLED.costMicros()).isZero();
    assertThat(CANCEL.costMicros()).isZero();
  }
}
