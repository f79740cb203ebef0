package io.infrafabric.coordinator.claim;

import io.infrafabric.coordinator.task.TaskStates;
import io.infrafabric.coordinator.v1.Attempt;
import io.infrafabric.coordinator.v1.BlockerWait;
import io.infrafabric.coordinator.v1.Cancelled;
import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.Claimed;
import io.infrafabric.coordinator.v1.Completed;
import io.infrafabric.coordinator.v1.Failed;
import io.infrafabric.coordinator.v1.Quarantined;
import io.infrafabric.coordinator.v1.Ready;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.coordinator.v1.Waiting;
import io.infrafabric.kit.time.Times;
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

    /** The holder has reported no progress for as long as the task allows. */
    record Stalled(String reason) implements End {
      @Override
      public long costMicros() {
        return 0;
      }
    }

    /** A breaker of the holder is open, and the policy takes back what it holds. */
    record Revoked(String reason) implements End {
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

    /** The twin of the task was completed first; its completed state, without the time. */
    record Supersede(Completed byTheTwin, String reason) implements End {
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
    Ended ended =
        switch (end) {
          case End.Complete(Completed result) ->
              ended(
                  task.toBuilder().setCompleted(result.toBuilder().setClaim(task.getClaimed()).setAt(Times.toProto(now))),
                  TaskEventType.TASK_EVENT_TYPE_COMPLETED,
                  end);
          case End.Fail(String reason, boolean retryable, long cost) ->
              retryable
                  ? again(task, TaskEventType.TASK_EVENT_TYPE_RETRIED, end, true, now)
                  : ended(
                      task.toBuilder().setFailed(Failed.newBuilder().setAt(Times.toProto(now)).setReason(reason)),
                      TaskEventType.TASK_EVENT_TYPE_FAILED,
                      end);
          case End.Release release -> again(task, TaskEventType.TASK_EVENT_TYPE_RELEASED, end, false, now);
          case End.Lost lost -> again(task, TaskEventType.TASK_EVENT_TYPE_LOST, end, true, now);
          case End.Stalled stalled -> again(task, TaskEventType.TASK_EVENT_TYPE_STALLED, end, true, now);
          case End.Revoked revoked -> again(task, TaskEventType.TASK_EVENT_TYPE_REVOKED, end, false, now);
          case End.Cancel(String reason) ->
              ended(
                  task.toBuilder().setCancelled(Cancelled.newBuilder().setAt(Times.toProto(now)).setReason(reason)),
                  TaskEventType.TASK_EVENT_TYPE_CANCELLED,
                  end);
          case End.Supersede(Completed byTheTwin, String reason) ->
              ended(task.toBuilder().setCompleted(byTheTwin.toBuilder().setAt(Times.toProto(now))), TaskEventType.TASK_EVENT_TYPE_COMPLETED, end);
        };
    return new Ended(withAttempt(task, ended, end, requestId, now), ended.event(), ended.end());
  }

  /** Whether the task is to be tried again after this end, by anybody, as far as it may be. */
  static boolean goesBack(End end) {
    return switch (end) {
      case End.Fail fail -> fail.retryable();
      case End.Release release -> true;
      case End.Lost lost -> true;
      case End.Stalled stalled -> true;
      case End.Revoked revoked -> true;
      case End.Complete complete -> false;
      case End.Cancel cancel -> false;
      case End.Supersede supersede -> false;
    };
  }

  /** Ends a claim after which the task would go back, but is not wanted any more: it is cancelled instead of tried again. */
  static Ended unwanted(Task task, End end, String why, String requestId, Instant now) {
    Ended ended =
        ended(task.toBuilder().setCancelled(Cancelled.newBuilder().setAt(Times.toProto(now)).setReason(why)), TaskEventType.TASK_EVENT_TYPE_CANCELLED, end);
    return new Ended(withAttempt(task, ended, end, requestId, now), ended.event(), ended.end());
  }

  /** A held task as if it went on, which the fabric ends: what is set aside for the help of a parked one may be spent yet. */
  public static Task goingOn(Task held) {
    Claimed claim = TaskStates.claim(held).orElseThrow();
    long reserved = held.getParked().getWaitsList().stream().mapToLong(BlockerWait::getReservedMicros).sum();
    return held.toBuilder().setClaimed(claim.toBuilder().setHelpMicros(claim.getHelpMicros() + reserved)).build();
  }

  private static Ended ended(Task.Builder next, TaskEventType event, End end) {
    return new Ended(next.build(), event, how(end));
  }

  private static Task withAttempt(Task before, Ended ended, End end, String requestId, Instant now) {
    Claimed claim = before.getClaimed();
    return ended.task().toBuilder()
        .addAttempts(
            Attempt.newBuilder()
                .setNumber(before.getAttempt())
                .setSwarmId(claim.getSwarmId())
                .setAgent(claim.getAgent())
                .setClaimId(claim.getClaimId())
                .setFence(claim.getFence())
                .setClaimedAt(claim.getSince())
                .setEndedAt(Times.toProto(now))
                .setEnd(ended.end())
                .setReason(end.reason())
                .setCostMicros(end.costMicros())
                .setHelpMicros(claim.getHelpMicros())
                .setRequestId(requestId)
                .setLedTo(TaskStates.of(ended.task())))
        .build();
  }

  /** The word for an end in the records. */
  static ClaimEnd how(End end) {
    return switch (end) {
      case End.Complete complete -> ClaimEnd.CLAIM_END_COMPLETED;
      case End.Fail fail -> ClaimEnd.CLAIM_END_FAILED;
      case End.Release release -> ClaimEnd.CLAIM_END_RELEASED;
      case End.Lost lost -> ClaimEnd.CLAIM_END_LOST;
      case End.Stalled stalled -> ClaimEnd.CLAIM_END_STALLED;
      case End.Revoked revoked -> ClaimEnd.CLAIM_END_REVOKED;
      case End.Cancel cancel -> ClaimEnd.CLAIM_END_CANCELLED;
      case End.Supersede supersede -> ClaimEnd.CLAIM_END_SUPERSEDED;
    };
  }

  private static Ended again(Task task, TaskEventType event, End end, boolean backOff, Instant now) {
    return switch (RetryRules.after(task, backOff, now)) {
      case RetryRules.Next.Quarantine(String why) ->
          ended(
              task.toBuilder().setQuarantined(Quarantined.newBuilder().setAt(Times.toProto(now)).setReason(why)),
              TaskEventType.TASK_EVENT_TYPE_QUARANTINED,
              end);
      case RetryRules.Next.Again(Instant at) ->
          at.isAfter(now)
              ? ended(task.toBuilder().setWaiting(Waiting.newBuilder().setNotBefore(Times.toProto(at))), event, end)
              : ended(task.toBuilder().setReady(Ready.newBuilder().setSince(Times.toProto(now))), event, end);
    };
  }
}
