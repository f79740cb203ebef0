package io.infrafabric.testkit.history;

/** An invariant that did not hold, and where. */
public record Violation(Invariant invariant, String key, long revision, String what) {
  /** The invariants (docs: architecture) that a history shows, and what they rest on. */
  public enum Invariant {
    I1_SINGLE_HOLDER,
    I2_NO_LOSS,
    I3_FENCE_GROWTH,
    I4_NO_STALE_EFFECT,
    I5_ATTEMPT_BOUND,
    I6_TERMINAL_IS_FINAL,
    I7_MONEY_IS_CONSERVED,
    I8_BOOKED_ONCE,
    I9_REAL_TIME,
    I10_VIEWS_CONVERGE,
    I12_DEPENDENCIES,
    I13_WITNESS,
    I14_ISOLATION,
    /** A claim was admitted by something that was not so at its revision. */
    ADMISSION,
    /** A client was told what did not happen, or that something did not happen which did. */
    ACKNOWLEDGED,
    /** One request was carried out twice. */
    DONE_ONCE,
    /** A message told of what is not so, or nobody was told of what is. */
    DOORBELL,
    /** The record cannot be read or says nothing. */
    WELL_FORMED
  }

  @Override
  public String toString() {
    return invariant + " at revision " + revision + ", " + key + ": " + what;
  }
}
