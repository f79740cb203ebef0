package io.infrafabric.policy;

import dev.cel.common.ast.CelExpr;
import dev.cel.runtime.CelEvaluationListener;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Watches the conditions of one decision: they may take so many steps, which is the same whoever counts, and so much time, which is not. CEL tells
 * of every step, and an evaluation that goes too far is stopped there, on the thread that evaluates.
 */
final class Meter implements CelEvaluationListener {
  /** Steps of all conditions of one decision. */
  static final int MOST_STEPS = 10_000;

  /** Time of all conditions of one decision. */
  static final Duration MOST_TIME = Duration.ofMillis(50);

  /** To ask for the time costs as much as some steps. */
  private static final int STEPS_BETWEEN_LOOKS = 32;

  private final LongSupplier nanos;
  private final long begun;
  private int steps;
  private boolean late;

  /**
   * @param nanos the time that the thread has used
   */
  Meter(LongSupplier nanos) {
    this.nanos = nanos;
    this.begun = nanos.getAsLong();
  }

  @Override
  public void callback(CelExpr expression, Object result) {
    if (steps++ % STEPS_BETWEEN_LOOKS == 0) {
      look();
    }
    if (isOver()) {
      // An "or" may swallow it; that is why the meter is asked afterwards, too.
      throw new IllegalStateException(why());
    }
  }

  /** Looks at the time. */
  void look() {
    late |= nanos.getAsLong() - begun > MOST_TIME.toNanos();
  }

  /** Whether what was evaluated went too far, and counts for nothing. */
  boolean isOver() {
    return late || steps > MOST_STEPS;
  }

  /** Whether the time was over, and not the steps used up. */
  boolean isLate() {
    return late && steps <= MOST_STEPS;
  }

  String why() {
    return steps > MOST_STEPS ? "it takes more than " + MOST_STEPS + " steps" : "it takes longer than " + MOST_TIME.toMillis() + " ms";
  }
}
