package io.infrafabric.coordinator.claim;

import io.infrafabric.coordinator.v1.Attempt;
import io.infrafabric.coordinator.v1.Cancelled;
import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.Claimed;
import io.infrafabric.coordinator.v1.Completed;
import io.infrafabric.coordinator.v1.Failed;
import io.infrafabric.coordinator.v1.Quarantined;
import io.infrafabric.coordinator.v1.Ready;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.coordinator.v1.Waiting;
import io.infrafabric.kit.time.Times;
import java.time.Duration;
import java.time.Instant;

/** What a task becomes when its claim ends. Pure. */
public final class EndRules {
  private EndRules() {}

  /** A claim's end as it was asked for. */
  public sealed interface End {
    long costMicros();

    String reason();

    /** Done; the completed state without claim and time. */
    record Complete(Completed result) implements End {
      @Override
      public long costMicros() {
        return result.getCostMicros();
      }

      @Override
      public String reason() {
        return "";
      }
    }

    record Fail(String reason, boolean retryable, long costMicros) implements End {}

    record Release(String reason, long costMicros) implements End {}

    /** The session of the holder ended. */
    record Lost(String reason) implements End {
      @Override
      public long costMicros() {
        return 0;
      }
    }

    record Cancel(String reason) implements End {
      @Override
      public long costMicros() {
        return 0;
      }
    }
  }

  /** The next version of a claimed task and what happened to it. */
  public record Ended(Task task, TaskEventType event, ClaimEnd end) {}

  /** Ends the claim. An attempt was counted when it was claimed, so that a crash counts too (I5). */
  public static Ended end(Task task, End end, String requestId, Instant now) {
    Claimed claim = task.getClaimed();
    ClaimEnd how = how(end);
    Task.Builder next =
        task.toBuilder()
            .addAttempts(
                Attempt.newBuilder()
                    .setNumber(task.getAttempt())
                    .setSwarmId(claim.getSwarmId())
                    .setAgent(claim.getAgent())
                    .setClaimId(claim.getClaimId())
                    .setFence(claim.getFence())
                    .setClaimedAt(claim.getSince())
                    .setEndedAt(Times.toProto(now))
                    .setEnd(how)
                    .setReason(end.reason())
                    .setCostMicros(end.costMicros())
                    .setRequestId(requestId));
    return switch (end) {
      case End.Complete(Completed result) ->
          new Ended(
              next.setCompleted(result.toBuilder().setClaim(claim).setAt(Times.toProto(now))).build(),
              TaskEventType.TASK_EVENT_TYPE_COMPLETED,
              how);
      case End.Fail(String reason, boolean retryable, long cost) ->
          retryable
              ? again(next, how, TaskEventType.TASK_EVENT_TYPE_RETRIED, end, now)
              : new Ended(
                  next.setFailed(Failed.newBuilder().setAt(Times.toProto(now)).setReason(reason)).build(),
                  TaskEventType.TASK_EVENT_TYPE_FAILED,
                  how);
      case End.Release(String reason, long cost) -> again(next, how, TaskEventType.TASK_EVENT_TYPE_RELEASED, end, now);
      case End.Lost(String reason) -> again(next, how, TaskEventType.TASK_EVENT_TYPE_LOST, end, now);
      case End.Cancel(String reason) ->
          new Ended(
              next.setCancelled(Cancelled.newBuilder().setAt(Times.toProto(now)).setReason(reason)).build(),
              TaskEventType.TASK_EVENT_TYPE_CANCELLED,
              how);
    };
  }

  /** The state of a task after this end of its attempt of that number. */
  static TaskState after(TaskSpec spec, int number, End end) {
    return switch (end) {
      case End.Complete complete -> TaskState.TASK_STATE_COMPLETED;
      case End.Cancel cancel -> TaskState.TASK_STATE_CANCELLED;
      case End.Fail(String reason, boolean retryable, long cost) -> retryable ? retried(spec, number, true) : TaskState.TASK_STATE_FAILED;
      case End.Release release -> retried(spec, number, false);
      case End.Lost lost -> retried(spec, number, true);
    };
  }

  private static TaskState retried(TaskSpec spec, int number, boolean backOff) {
    if (Integer.compareUnsigned(number, spec.getMaxAttempts()) >= 0) {
      return TaskState.TASK_STATE_QUARANTINED;
    }
    return backOff && !Times.toDuration(spec.getRetryBackoff()).isZero() ? TaskState.TASK_STATE_WAITING : TaskState.TASK_STATE_READY;
  }

  /** The word for an end in the records. */
  static ClaimEnd how(End end) {
    return switch (end) {
      case End.Complete complete -> ClaimEnd.CLAIM_END_COMPLETED;
      case End.Fail fail -> ClaimEnd.CLAIM_END_FAILED;
      case End.Release release -> ClaimEnd.CLAIM_END_RELEASED;
      case End.Lost lost -> ClaimEnd.CLAIM_END_LOST;
      case End.Cancel cancel -> ClaimEnd.CLAIM_END_CANCELLED;
    };
  }

  private static Ended again(Task.Builder next, ClaimEnd how, TaskEventType event, End end, Instant now) {
    TaskState state = after(next.getSpec(), next.getAttempt(), end);
    if (state == TaskState.TASK_STATE_QUARANTINED) {
      return new Ended(
          next.setQuarantined(Quarantined.newBuilder().setAt(Times.toProto(now))).build(),
          TaskEventType.TASK_EVENT_TYPE_QUARANTINED,
          how);
    }
    if (state == TaskState.TASK_STATE_WAITING) {
      Duration wait = Times.toDuration(next.getSpec().getRetryBackoff());
      next.setWaiting(Waiting.newBuilder().setNotBefore(Times.toProto(now.plus(wait))));
    } else {
      next.setReady(Ready.newBuilder().setSince(Times.toProto(now)));
    }
    return new Ended(next.build(), event, how);
  }
}
