package io.infrafabric.kit.store;

import io.infrafabric.kit.telemetry.Counter;
import io.infrafabric.kit.telemetry.Metrics;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares a replica with the store, one range after the other, for ever: a watch that loses an event without a word would
 * leave it wrong for good (I10). A difference may be a change under way, so the range is looked at again after a while; a key
 * that has stood still meanwhile and still differs has diverged, and its prefix is copied anew. Used by one thread.
 */
public final class AntiEntropy {
  /** Between two looks, each at one range. */
  public static final Duration EVERY = Duration.ofMillis(40);

  /** After which a difference is no change under way any more. */
  public static final Duration GRACE = Duration.ofSeconds(2);

  /** Between two copies of a prefix for this reason. */
  private static final Duration CALM = Duration.ofSeconds(30);

  /** Rest for each key that was read: etcd and this process together spend 7 to 11 microseconds on one (ADR 29), so that this takes less than a fiftieth of a core. */
  private static final long REST_NANOS = 500_000;

  private static final long PATIENCE_SECONDS = 10;
  private static final Logger log = LoggerFactory.getLogger(AntiEntropy.class);

  private final Store store;
  private final Replica replica;
  private final LongSupplier nanos;
  private final Counter divergences;
  private final Queue<Range> round = new ArrayDeque<>();
  private final Queue<Doubt> doubts = new ArrayDeque<>();
  private final Map<String, Long> copiedAt = new HashMap<>();
  private long restUntil;

  private record Range(String prefix, String path) {}

  /**
   * @param seen the keys that differ, with the revision the replica has; 0 for none
   */
  private record Doubt(Range range, Map<String, Long> seen, long due) {}

  /**
   * @param prefixes of the replica
   * @param nanos a clock such as {@link System#nanoTime}
   */
  public AntiEntropy(Store store, Replica replica, List<Prefix> prefixes, LongSupplier nanos, Metrics metrics) {
    this.store = store;
    this.replica = replica;
    this.nanos = nanos;
    this.divergences = metrics.counter("if.store.divergences", "Keys of the copy that stood still though they differed from the store");
    metrics.gauge("if.store.resyncs", "Times a prefix was copied anew", replica::resyncs);
    prefixes.forEach(prefix -> prefix.ranges().forEach(path -> round.add(new Range(prefix.path(), path))));
    restUntil = nanos.getAsLong();
  }

  /** Looks at one range, unless it is time to rest; answers how many keys have diverged. */
  public int runOnce() {
    long now = nanos.getAsLong();
    if (now - restUntil < 0 || !replica.ready().isDone()) {
      return 0;
    }
    Doubt doubt = doubts.peek();
    if (doubt != null && now - doubt.due() >= 0) {
      doubts.remove();
      return lookAgain(doubt);
    }
    Range next = round.remove();
    round.add(next);
    Map<String, Long> differing = differing(next);
    if (!differing.isEmpty()) {
      doubts.add(new Doubt(next, differing, now + GRACE.toNanos()));
    }
    return 0;
  }

  private int lookAgain(Doubt doubt) {
    Map<String, Long> still = differing(doubt.range());
    still.entrySet().retainAll(doubt.seen().entrySet());
    if (still.isEmpty()) {
      return 0;
    }
    long now = nanos.getAsLong();
    Long before = copiedAt.get(doubt.range().prefix());
    if (before != null && now - before < CALM.toNanos()) {
      return 0;
    }
    copiedAt.put(doubt.range().prefix(), now);
    divergences.add(still.size());
    log.atWarn()
        .addKeyValue("prefix", doubt.range().prefix())
        .addKeyValue("keys", still.size())
        .addKeyValue("first", still.keySet().iterator().next())
        .log("the copy has diverged from the store and is made anew");
    replica.copyAnew(doubt.range().prefix());
    return still.size();
  }

  /** The keys of a range that the replica has not as the store has them, or not yet. */
  private Map<String, Long> differing(Range range) {
    Snapshot there;
    try {
      there = store.list(List.of(range.path())).orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
    } catch (CompletionException away) {
      log.atDebug().addKeyValue("range", range.path()).addKeyValue("cause", away.toString()).log("cannot compare now");
      return Map.of();
    }
    restUntil = nanos.getAsLong() + REST_NANOS * there.entries().size();
    Map<String, Long> differing = new HashMap<>();
    Set<String> present = new HashSet<>();
    for (Entry entry : there.entries()) {
      present.add(entry.key());
      long known = replica.known(entry.key()).map(Entry::modRevision).orElse(0L);
      if (known < entry.modRevision()) {
        differing.put(entry.key(), known);
      }
    }
    for (Entry known : replica.knownUnder(range.path())) {
      if (!present.contains(known.key()) && known.modRevision() <= there.revision()) {
        differing.put(known.key(), known.modRevision());
      }
    }
    return differing;
  }
}
