package io.infrafabric.coordinator.dispatch;

import io.infrafabric.kit.nats.Bus;
import io.infrafabric.kit.nats.BusMessage;
import io.infrafabric.kit.nats.Subscription;
import io.infrafabric.names.Headers;
import io.infrafabric.names.Subjects;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which offers have rung lately, whichever coordinator rang them: heard like anybody hears them, from the headers alone.
 * Bounded; the task rung first is forgotten first.
 */
public final class NatsOffersHeard {
  private static final int MOST = 10_000;

  private final Map<TaskId, Rung> rung =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<TaskId, Rung> eldest) {
          return size() > MOST;
        }
      };

  private final PushTimes times;

  private record Rung(long revision, Map<SwarmId, Instant> until) {}

  /**
   * @param times is told of each that rings
   */
  public NatsOffersHeard(PushTimes times) {
    this.times = times;
  }

  /** Begins to listen. */
  public Subscription listen(Bus bus) {
    return bus.subscribe(Subjects.OFFERS, this::onOffer);
  }

  private void onOffer(BusMessage message) {
    Optional<String> id = Optional.ofNullable(message.headers().get(Headers.MESSAGE_ID)).or(() -> Optional.ofNullable(message.headers().get(Headers.CE_ID)));
    id.ifPresent(times::heard);
    id.flatMap(OfferId::parse).ifPresent(this::heard);
  }

  private synchronized void heard(OfferId offer) {
    Rung known = rung.get(offer.task());
    if (known == null || known.revision() < offer.revision()) {
      rung.remove(offer.task()); // so that it is the youngest again
      known = new Rung(offer.revision(), new LinkedHashMap<>());
      rung.put(offer.task(), known);
    }
    if (known.revision() == offer.revision()) {
      known.until().merge(offer.swarm(), offer.until(), (one, other) -> one.isAfter(other) ? one : other);
    }
  }

  /** The offers of this version of a task that may still be taken up. */
  public synchronized List<OfferId> outstanding(TaskId task, long revision, Instant now) {
    Rung known = rung.get(task);
    if (known == null || known.revision() != revision) {
      return List.of();
    }
    return known.until().entrySet().stream()
        .filter(offer -> offer.getValue().isAfter(now))
        .map(offer -> new OfferId(task, revision, offer.getKey(), offer.getValue()))
        .toList();
  }
}
