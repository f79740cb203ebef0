package io.infrafabric.coordinator.dispatch;

import io.infrafabric.coordinator.task.ReadyTask;
import java.util.Optional;

/** Whether the time of an offer says how quick pushes are. Pure. */
public sealed interface PushTiming {
  /**
   * It does: the first offer of what has become ready, to a swarm that had room.
   *
   * @param sinceNanos when word of the commit had come, by {@link System#nanoTime}
   */
  record From(long sinceNanos) implements PushTiming {}

  /** The first offer of a task for which nobody had room at first: its time is that of the swarms. */
  record Waited() implements PushTiming {}

  /** The first offer of a task of which nobody here knows when it became ready, or whether another coordinator has offered it. */
  record Unheard() implements PushTiming {}

  /** One more offer of the same. */
  record Again() implements PushTiming {}

  /**
   * Of the next offer of a task.
   *
   * @param offeredBefore whether this coordinator has offered this version of it
   * @param ranOutNanos when no swarm had room for a task like it for the last time
   * @param electedNanos since when this coordinator rings
   */
  static PushTiming of(ReadyTask task, boolean offeredBefore, Optional<Long> ranOutNanos, long electedNanos) {
    if (offeredBefore) {
      return new Again();
    }
    if (!task.isHeard() || task.heardNanos() - electedNanos < 0) {
      return new Unheard();
    }
    if (ranOutNanos.isPresent() && ranOutNanos.get() - task.heardNanos() >= 0) {
      return new Waited();
    }
    return new From(task.heardNanos());
  }
}
