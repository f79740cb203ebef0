package io.infrafabric.governor.breaker;

import io.infrafabric.governor.books.BooksCodec;
import io.infrafabric.governor.books.ReplicaBooks;
import io.infrafabric.governor.books.Ruling;
import io.infrafabric.kit.lifecycle.Periodic;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.store.ReplicaListener;
import io.infrafabric.names.Keys;
import io.infrafabric.names.SwarmId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Half opens breakers when it is time. Every governor does it: the write compares what it found, and one that comes second finds it done. It
 * looks at the times that stand in the records, so that one that was killed leaves nothing behind but its work.
 */
public final class Probes implements ReplicaListener, AutoCloseable {
  private static final Duration EVERY = Duration.ofMillis(100);

  private final ReplicaBooks books;
  private final Map<SwarmId, Instant> waiting = new ConcurrentHashMap<>();
  private final Set<SwarmId> underWay = ConcurrentHashMap.newKeySet();
  private Periodic loop;

  /** Follows the breakers of the replica from now on. */
  public Probes(Replica replica, Keys keys) {
    this.books = new ReplicaBooks(replica, keys);
    replica.onChange(keys.breakers(), this);
  }

  /** Begins to look. */
  public Probes start(InstantSource clock) {
    loop = Periodic.start("probes", EVERY, () -> runOnce(clock.instant()));
    return this;
  }

  @Override
  public void onChange(String key, Optional<Entry> before, Optional<Entry> after) {
    SwarmId swarm = new SwarmId(Keys.idOf(key));
    Optional<Instant> next = after.flatMap(entry -> ProbeRules.next(BooksCodec.breaker(entry)));
    if (next.isPresent()) {
      waiting.put(swarm, next.get());
    } else {
      waiting.remove(swarm);
    }
  }

  /** Looks at what waits; answers for how many swarms it began to do something. */
  int runOnce(Instant now) {
    int begun = 0;
    for (Map.Entry<SwarmId, Instant> one : waiting.entrySet()) {
      SwarmId swarm = one.getKey();
      if (!one.getValue().isAfter(now) && underWay.add(swarm)) {
        begun++;
        books
            .change(swarm, known -> known.map(found -> ProbeRules.halfOpen(found, now)).orElseGet(() -> new Ruling.Keep<>(null, null)))
            .whenComplete((done, failure) -> underWay.remove(swarm)); // what failed shows at the next look
      }
    }
    return begun;
  }

  @Override
  public void close() {
    if (loop != null) {
      loop.close();
    }
  }
}
