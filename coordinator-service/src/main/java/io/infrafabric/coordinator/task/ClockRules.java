package io.infrafabric.coordinator.task;

import io.infrafabric.coordinator.v1.Claimed;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.kit.time.Times;
import java.time.Instant;
import java.util.Optional;

/**
 * The two clocks of a task beside the session of its holder: the deadline of the whole task, and how long its holder may go
 * without reporting progress. That a swarm is alive does not mean that it gets on. Pure.
 */
public final class ClockRules {
  private ClockRules() {}

  /** When the task is cancelled unless it has ended before. */
  public static Optional<Instant> deadline(Task task) {
    return task.getSpec().hasDeadline() && !TaskStates.isTerminal(task) ? Optional.of(Times.toInstant(task.getSpec().getDeadline())) : Optional.empty();
  }

  /** When the claim is taken back unless progress is reported before; never of a parked task, whose clock stands still. */
  public static Optional<Instant> progressDeadline(Task task) {
    if (!task.hasClaimed() || !task.getSpec().hasProgressTimeout()) {
      return Optional.empty();
    }
    Claimed claim = task.getClaimed();
    Instant last = Times.toInstant(claim.hasProgressAt() ? claim.getProgressAt() : claim.getSince());
    return Optional.of(last.plus(Times.toDuration(task.getSpec().getProgressTimeout())));
  }

  /** Whether the deadline has passed. */
  public static boolean isOverdue(Task task, Instant now) {
    return deadline(task).filter(at -> !at.isAfter(now)).isPresent();
  }

  /** Whether the holder has been silent for too long. */
  public static boolean isStalled(Task task, Instant now) {
    return progressDeadline(task).filter(at -> !at.isAfter(now)).isPresent();
  }
}
