package io.infrafabric.governor.policy;

import io.infrafabric.kit.nats.BusMessage;
import io.infrafabric.kit.nats.StreamLog;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/** Reads a stream from its newest message backwards, one after the other. */
final class LogWalk {
  /** Places without a message in a row after which the stream has let go of all before. */
  private static final int GAPS = 1_000;

  private final StreamLog log;
  private final LongSupplier nanos;
  private final long until;

  /**
   * @param patience how long it may take
   * @param nanos a clock that only grows
   */
  LogWalk(StreamLog log, Duration patience, LongSupplier nanos) {
    this.log = log;
    this.nanos = nanos;
    this.until = nanos.getAsLong() + patience.toNanos();
  }

  /**
   * Tells messages until the reader has enough.
   *
   * @param before from the last place before this one; 0 for the newest
   * @param most places to look at
   * @param more hears a message and says whether it wants another
   * @return the place to go on before; 0 at the end, or when the reader had enough
   */
  long back(long before, long most, Predicate<BusMessage> more) {
    long place = before == 0 ? log.last() : before - 1;
    int gaps = 0;
    for (long looked = 0; place > 0 && gaps < GAPS; place--, looked++) {
      if (looked == most || nanos.getAsLong() - until > 0) {
        return place + 1;
      }
      Optional<BusMessage> message = log.at(place);
      gaps = message.isPresent() ? 0 : gaps + 1;
      if (message.isPresent() && !more.test(message.get())) {
        return 0;
      }
    }
    return 0;
  }
}
