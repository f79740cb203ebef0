package io.infrafabric.testkit.store;

import java.time.Duration;

/**
 * How often what goes wrong with a call, each from 0 to 1; together at most 1.
 *
 * @param doneButUnknown it is done, and nobody hears of it
 * @param doneLater nobody hears of it, and it is done after the delay, when something else may have been done
 * @param notDone it is not done, and nobody knows
 * @param neverSent it is not done, and the caller knows
 * @param delayed it is done and answered, but the answer takes the delay
 * @param delay how long
 */
public record Faults(
    double doneButUnknown, double doneLater, double notDone, double neverSent, double delayed, Duration delay) {
  /** Nothing goes wrong. */
  public static final Faults NONE = new Faults(0, 0, 0, 0, 0, Duration.ZERO);

  /** Nothing gets through. */
  public static final Faults CUT_OFF = new Faults(0, 0, 0, 1, 0, Duration.ZERO);

  /** A bit of everything: one call in four goes wrong. */
  public static final Faults MIXED = new Faults(0.07, 0.04, 0.05, 0.04, 0.05, Duration.ofMillis(20));
}
