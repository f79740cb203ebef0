package io.infrafabric.kit.auth;

import java.time.Duration;
import java.time.Instant;

/** So many notes a minute, and as many at once (the generic cell rate algorithm, as {@link RateLimit}). Used by one thread. */
final class NoteBudget {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final Duration each;
  private Instant nextFree = Instant.MIN;

  NoteBudget(int perMinute) {
    this.each = MINUTE.dividedBy(perMinute);
  }

  /** Takes one; false when there is none left. */
  boolean take(Instant now) {
    Instant from = nextFree.isAfter(now) ? nextFree : now;
    if (Duration.between(now, from).plus(each).compareTo(MINUTE) > 0) {
      return false;
    }
    nextFree = from.plus(each);
    return true;
  }
}
