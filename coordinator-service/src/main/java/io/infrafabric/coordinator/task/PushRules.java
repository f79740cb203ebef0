package io.infrafabric.coordinator.task;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.claim.Admission;
import io.infrafabric.coordinator.claim.ClaimRules;
import io.infrafabric.coordinator.v1.OfferTaskRequest;
import io.infrafabric.coordinator.v1.Push;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.SwarmId;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;

/** A ready task that was offered to one swarm is that swarm's to take until the offer is over. Pure. */
public final class PushRules {
  /** Offers before the last one that a task remembers: about 4 KiB. */
  static final int MOST_PAST = 16;

  private PushRules() {}

  /** Whether there is an offer that only time can end. */
  static boolean isStanding(Push push) {
    return push.hasUntil() && !push.getTaken() && push.getEnd().isEmpty();
  }

  /** Whether the offer has not ended. */
  public static boolean isOpen(Push push, Instant now) {
    return isStanding(push) && Times.toInstant(push.getUntil()).isAfter(now);
  }

  /** Whether another swarm may not have the task now. */
  public static boolean isKeptFrom(Push push, SwarmId swarm, Instant now) {
    return isOpen(push, now) && !push.getSwarmId().equals(swarm.value());
  }

  /** Why a swarm cannot have a ready task that is kept for another. */
  public static Optional<Refusal> keptFromOthers(Task ready, SwarmId swarm, Instant now) {
    Push push = ready.getPush();
    if (!isKeptFrom(push, swarm, now)) {
      return Optional.empty();
    }
    Instant until = Times.toInstant(push.getUntil());
    return Optional.of(
        Refusal.of(ErrorCode.ERROR_CODE_TASK_NOT_READY, "task " + ready.getSpec().getTaskId() + " is kept for swarm " + push.getSwarmId() + " until " + until)
            .with("task_id", ready.getSpec().getTaskId())
            .with("kept_for", push.getSwarmId())
            .retryAfter(Duration.between(now, until)));
  }

  /** The offer that a request has made, if it did; of the newest only. */
  public static Optional<Push> ofRequest(Task task, String requestId) {
    return Stream.concat(Stream.of(task.getPush()), task.getPastPushesList().reversed().stream())
        .filter(push -> !push.getRequestId().isEmpty() && push.getRequestId().equals(requestId))
        .findFirst();
  }

  /** Whether an offer is what a request asks for that has the same id. */
  public static boolean isSame(Push push, OfferTaskRequest request) {
    return push.getSwarmId().equals(request.getSwarmId())
        && push.hasHold() == request.hasHold()
        && push.getHold().equals(request.getHold())
        && push.getReplace() == request.getReplace();
  }

  /** The task offered anew; the offer before is over, and remembered. */
  public static Task offered(Task task, Push push) {
    Task.Builder next = task.toBuilder().setPush(push);
    if (task.hasPush()) {
      Push.Builder before = task.getPush().toBuilder();
      if (isStanding(before.build())) {
        before.setEnd("it was offered to swarm " + push.getSwarmId() + " after that");
      }
      next.addPastPushes(before);
    }
    if (next.getPastPushesCount() > MOST_PAST) {
      next.removePastPushes(0);
    }
    return next.build();
  }

  /**
   * Why a task is not kept any more for the swarm that it was offered to, though its time is not over: the swarm could not claim it.
   *
   * @param swarm what is known of that swarm
   */
  public static Optional<String> overBefore(Task ready, Admission swarm) {
    if (swarm.standing().isEmpty()) {
      return Optional.of("swarm " + ready.getPush().getSwarmId() + " is not registered any more");
    }
    if (swarm.session().isEmpty()) {
      return Optional.of("the session of swarm " + ready.getPush().getSwarmId() + " ended");
    }
    return ClaimRules.admit(OwnerRules.spec(ready), swarm).map(Refusal::message);
  }

  /** The task that is anybody's again. */
  public static Task freed(Task ready, String why) {
    return ready.toBuilder().setPush(ready.getPush().toBuilder().setEnd(why)).build();
  }
}
