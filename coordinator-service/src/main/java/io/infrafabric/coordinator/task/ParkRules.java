package io.infrafabric.coordinator.task;

import io.infrafabric.coordinator.v1.Claimed;
import io.infrafabric.coordinator.v1.Parked;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.kit.time.Times;
import java.time.Duration;
import java.time.Instant;

/** How long a task is stopped, by blockers or a breaker: the budget of its retries is longer by that (ADR 28). Pure. */
public final class ParkRules {
  private ParkRules() {}

  /** A claim that is stopped from now on. */
  public static Parked.Builder parked(Claimed claim, Instant now) {
    return Parked.newBuilder().setClaim(claim).setSince(Times.toProto(now));
  }

  /** The parked task with its claim going on, and the time that it was stopped added to that of this round of attempts. */
  public static Task resumed(Task task, Claimed claim, Instant now) {
    Task.Builder next = task.toBuilder().setClaimed(claim);
    if (task.getParked().hasSince()) {
      Duration stopped = Duration.between(Times.toInstant(task.getParked().getSince()), now);
      next.setParkedFor(Times.toProto(Times.toDuration(task.getParkedFor()).plus(stopped.isPositive() ? stopped : Duration.ZERO)));
    }
    return next.build();
  }
}
