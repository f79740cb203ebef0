package io.infrafabric.kit.store;

import java.util.Map;
import java.util.Optional;

/** What became of a transaction. */
public sealed interface Outcome {
  /** All writes have this revision. */
  record Committed(long revision) implements Outcome {}

  /** Nothing was written; the compared keys as they were at the revision. */
  record Rejected(long revision, Map<String, Optional<Entry>> current) implements Outcome {}

  /**
   * Nobody knows: no answer came.
   *
   * @param sent false when it certainly never left this machine
   */
  record Unknown(Throwable cause, boolean sent) implements Outcome {}

  /**
   * The store does not take it, now or ever, and wrote nothing: too large, or on a lease that has ended
   * ({@link LeaseGoneException}). It concerns the whole batch although one transaction alone may be the cause.
   */
  record Invalid(Throwable cause) implements Outcome {}
}
