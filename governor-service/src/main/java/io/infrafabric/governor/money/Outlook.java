package io.infrafabric.governor.money;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/** What recorded spend says of what comes. */
public sealed interface Outlook {
  /** Nothing is recorded that a rate could be taken from. */
  record Unknown(String because) implements Outlook {}

  /**
   * A rate, and what follows from it if it goes on.
   *
   * @param from the beginning of the time that it is taken from
   * @param observedMicros spent in that time
   * @param microsPerHour rounded to the nearest
   * @param lasts how long what is left lasts; empty when nothing is spent or there is no end of it
   * @param exhaustedAt when it is gone
   * @param periodSpendMicros spent by the end of the period, with what was spent before; empty when none was named
   */
  record Known(
      Instant from, long observedMicros, long microsPerHour, Optional<Duration> lasts, Optional<Instant> exhaustedAt, OptionalLong periodSpendMicros)
      implements Outlook {}
}
