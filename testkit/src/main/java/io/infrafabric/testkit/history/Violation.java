package io.infrafabric.testkit.history;

/** An invariant that did not hold, and where. */
public record Violation(Invariant invariant, String key, long revision, String what) {
  /** The invariants (docs: architecture) that a history of tasks shows. */
  public enum Invariant {
    I1_SINGLE_HOLDER,
    I2_NO_LOSS,
    I3_FENCE_GROWTH,
    I4_NO_STALE_EFFECT,
    I5_ATTEMPT_BOUND,
    I6_TERMINAL_IS_FINAL,
    /** The record cannot be read or says nothing. */
    WELL_FORMED
  }

  @Override
  public String toString() {
    return invariant + " at revision " + revision + ", " + key + ": " + what;
  }
}
