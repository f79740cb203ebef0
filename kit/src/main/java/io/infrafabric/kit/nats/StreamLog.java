package io.infrafabric.kit.nats;

import java.util.Optional;
import java.util.function.Consumer;

/**
 * A stream as a log that is read from any place; nobody else's reading is affected. Calls wait for one answer of NATS and
 * fail with a {@code RefusedException} UNAVAILABLE.
 */
public interface StreamLog {
  /** The first message of a subject (no wildcards) after a place that is still kept. */
  Optional<BusMessage> next(String subject, long afterSequence);

  /** The message at a place, unless the stream has let it go. */
  Optional<BusMessage> at(long sequence);

  /** The place of the newest message; 0 in an empty stream that never had one. Smaller than before: the stream was made anew. */
  long last();

  /**
   * Receives what is appended to subjects (wildcards allowed) from now on, in order, on a thread of its own. Both handlers
   * must be quick.
   *
   * @param onGap called when it begins and whenever messages may have passed by: read the log from the last place known
   */
  Subscription tail(String subjects, Consumer<BusMessage> handler, Runnable onGap);
}
