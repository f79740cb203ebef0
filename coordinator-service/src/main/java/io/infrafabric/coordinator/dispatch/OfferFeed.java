package io.infrafabric.coordinator.dispatch;

import io.infrafabric.kit.nats.BusMessage;
import io.infrafabric.kit.nats.StreamLog;
import io.infrafabric.kit.nats.Subscription;
import io.infrafabric.names.Subjects;
import io.infrafabric.names.SwarmId;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Follows the stream of offers once for all who watch theirs on this coordinator, as long as somebody does: a consumer for
 * each would cost the server 30 KB and a file each.
 */
public final class OfferFeed implements AutoCloseable {
  private final StreamLog log;
  private final Map<SwarmId, List<OfferReader>> readers = new ConcurrentHashMap<>();
  private Subscription tail;
  private int count;
  private boolean closed;

  public OfferFeed(StreamLog log) {
    this.log = log;
  }

  /**
   * A reader of the offers of one swarm; close it.
   *
   * @param after the place after which to begin; 0: with the oldest that is kept
   * @param onArrival told that there is something to read, on a thread that must not be held up
   */
  OfferReader reader(SwarmId swarm, long after, Runnable onArrival) {
    OfferReader reader = new OfferReader(log, swarm, after, onArrival, this::leave);
    readers.computeIfAbsent(swarm, s -> new CopyOnWriteArrayList<>()).add(reader);
    follow();
    return reader;
  }

  private synchronized void follow() {
    if (count++ == 0 && !closed) {
      tail = log.tail(Subjects.OFFERS, this::arrived, this::gap);
    }
  }

  private void leave(OfferReader reader) {
    readers.computeIfPresent(
        reader.swarm(),
        (swarm, of) -> {
          of.remove(reader);
          return of.isEmpty() ? null : of;
        });
    Subscription unwatched = null;
    synchronized (this) {
      if (--count == 0) {
        unwatched = tail;
        tail = null;
      }
    }
    if (unwatched != null) {
      unwatched.close();
    }
  }

  private void arrived(BusMessage message) {
    readers.getOrDefault(Subjects.swarmOf(message.subject()), List.of()).forEach(reader -> reader.arrived(message));
  }

  private void gap() {
    readers.values().forEach(of -> of.forEach(OfferReader::fallBehind));
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (tail != null) {
      tail.close();
      tail = null;
    }
  }
}
