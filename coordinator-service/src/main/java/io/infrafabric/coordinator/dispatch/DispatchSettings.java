package io.infrafabric.coordinator.dispatch;

import java.time.Duration;

/**
 * Limits of dispatch.
 *
 * @param fanOut swarms rung at the same time for a task, at most
 * @param furtherAfter after which one more is rung while nobody has claimed
 * @param offerTimeout after which an offer is over
 * @param rankingFresh how long a ranking is used before it is asked for again
 * @param tasksPerPass ready tasks looked at in one pass from the head, and as many further on
 * @param vainTasksPerPass different requirements without a candidate after which either stretch ends
 */
public record DispatchSettings(
    int fanOut, Duration furtherAfter, Duration offerTimeout, Duration rankingFresh, int tasksPerPass, int vainTasksPerPass) {
  /** Three swarms a task, one every tenth of a second, each for a second. */
  public static DispatchSettings defaults() {
    return new DispatchSettings(3, Duration.ofMillis(100), Duration.ofSeconds(1), Duration.ofMillis(250), 10_000, 500);
  }

  /** The same with another fan-out and patience. */
  public DispatchSettings with(int swarms, Duration further, Duration timeout) {
    return new DispatchSettings(swarms, further, timeout, rankingFresh, tasksPerPass, vainTasksPerPass);
  }
}
