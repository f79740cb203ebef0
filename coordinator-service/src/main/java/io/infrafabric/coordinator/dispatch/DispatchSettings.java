package io.infrafabric.coordinator.dispatch;

import java.time.Duration;

/**
 * Limits of dispatch.
 *
 * @param fanOut swarms rung at the same time for a task, at most
 * @param furtherAfter after which one more is rung while nobody has claimed
 * @param furtherShare how many of these there may be for each swarm that is rung first
 * @param furtherMost how many of these there may be at once after a quiet time
 * @param offerTimeout after which an offer is over
 * @param rankingFresh how long a ranking is used before it is asked for again
 * @param tasksPerPass ready tasks looked at in one pass from the head, and as many further on
 * @param vainTasksPerPass different requirements without a candidate after which either stretch ends
 */
public record DispatchSettings(
    int fanOut,
    Duration furtherAfter,
    double furtherShare,
    int furtherMost,
    Duration offerTimeout,
    Duration rankingFresh,
    int tasksPerPass,
    int vainTasksPerPass) {
  /** Three swarms a task, one every tenth of a second, each for a second. */
  public static DispatchSettings defaults() {
    return new DispatchSettings(3, Duration.ofMillis(100), 0.1, 100, Duration.ofSeconds(1), Duration.ofMillis(250), 10_000, 500);
  }

  /** The same with another fan-out and patience. */
  public DispatchSettings with(int swarms, Duration further, Duration timeout) {
    return new DispatchSettings(swarms, further, furtherShare, furtherMost, timeout, rankingFresh, tasksPerPass, vainTasksPerPass);
  }
}
