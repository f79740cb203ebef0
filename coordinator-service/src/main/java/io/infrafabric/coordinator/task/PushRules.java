package io.infrafabric.coordinator.task;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Push;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.SwarmId;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** A ready task that was offered to one swarm is that swarm's to take until the offer is over. Pure. */
public final class PushRules {
  private PushRules() {}

  /** Whether the offer has not ended. */
  public static boolean isOpen(Push push, Instant now) {
    return push.hasUntil() && !push.getTaken() && Times.toInstant(push.getUntil()).isAfter(now);
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
}
