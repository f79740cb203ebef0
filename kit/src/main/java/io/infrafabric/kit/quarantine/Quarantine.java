package io.infrafabric.kit.quarantine;

import io.infrafabric.common.v1.QuarantinedRecord;
import io.infrafabric.kit.lifecycle.Periodic;
import io.infrafabric.kit.store.Decision;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.store.Unreadable;
import io.infrafabric.kit.telemetry.Counter;
import io.infrafabric.kit.telemetry.Metrics;
import io.infrafabric.names.Keys;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sets aside what the replica of a service cannot read under the keys that the service alone writes. Every write compares the very value
 * that was found, so that several instances at once, a repair meanwhile and an unknown outcome do no harm.
 */
public final class Quarantine {
  /** Between two looks. */
  public static final Duration EVERY = Duration.ofMillis(500);

  /** Copies of all services at once; what cannot be read beyond them is left where it is, and is left out all the same. */
  public static final int MOST = 1_000;

  private static final Logger log = LoggerFactory.getLogger(Quarantine.class);
  private static final long PATIENCE_SECONDS = 5;

  private final Replica replica;
  private final Keys keys;
  private final String service;
  private final Map<String, Treatment> owned;
  private final BooleanSupplier elected;
  private final Copies copies;
  private final Counter moved;
  private final Counter kept;

  /**
   * @param replica copies {@link Keys#quarantine()} and knows what can be read
   * @param owned the prefixes that this service alone writes
   */
  public Quarantine(
      Replica replica, Keys keys, String service, Map<String, Treatment> owned, BooleanSupplier elected, Metrics metrics) {
    this.replica = replica;
    this.keys = keys;
    this.service = service;
    this.owned = Map.copyOf(owned);
    this.elected = elected;
    this.copies = new Copies(replica, keys);
    this.moved = metrics.counter("if.quarantine.moved", "Unreadable records that this instance moved aside");
    this.kept = metrics.counter("if.quarantine.kept", "Unreadable records that this instance reported and left at their keys");
    metrics.gauge("if.quarantine.unreadable", "Unreadable records that stand at their keys, as far as this instance copies them", () -> replica.unreadable().size());
    metrics.gauge("if.quarantine.copies", "Unreadable records of all services that are kept for a person to look at", () -> replica.scan(keys.quarantine()).size());
  }

  /** One that looks every so often until it is closed. */
  public static Periodic start(
      Replica replica, Keys keys, String service, Map<String, Treatment> owned, BooleanSupplier elected, Metrics metrics, InstantSource clock) {
    Quarantine quarantine = new Quarantine(replica, keys, service, owned, elected, metrics);
    return Periodic.start("quarantine", EVERY, () -> quarantine.runOnce(clock.instant()));
  }

  /** Sets aside what it finds; answers how many. */
  public int runOnce(Instant now) {
    if (!elected.getAsBoolean() || !replica.reachable()) {
      return 0;
    }
    List<Unreadable> found = replica.unreadable().stream().filter(each -> treatment(each).isPresent()).toList();
    lookAgain(found);
    int room = MOST - replica.scan(keys.quarantine()).size();
    int done = count(found.stream().filter(each -> !isCopied(each)).limit(Math.max(0, room)).map(each -> setAside(each, now)).toList());
    forget();
    return done;
  }

  private Optional<Treatment> treatment(Unreadable found) {
    return owned.keySet().stream().filter(found.entry().key()::startsWith).findFirst().map(owned::get);
  }

  private boolean isCopied(Unreadable found) {
    return replica.get(keys.quarantined(found.entry().key(), found.entry().modRevision())).isPresent();
  }

  /** No watch tells of keys that are not copied. */
  private void lookAgain(List<Unreadable> found) {
    Set<String> beside =
        found.stream().map(each -> each.entry().key()).filter(key -> !replica.copies(key)).collect(Collectors.toSet());
    if (!beside.isEmpty()) {
      wait(replica.refresh(beside).handle((read, unreadable) -> false));
    }
  }

  private CompletableFuture<Boolean> setAside(Unreadable found, Instant now) {
    Treatment treatment = treatment(found).orElseThrow();
    QuarantinedRecord record = QuarantineRules.record(found, treatment, service, now);
    return decide(
        new SetAside(keys, replica, found.entry(), record),
        record,
        treatment == Treatment.KEEP ? kept : moved,
        treatment == Treatment.KEEP ? "an unreadable record is kept, and what rests on it is refused" : "an unreadable record is moved aside");
  }

  /** Copies of kept values that were repaired or deleted. */
  private void forget() {
    List<CompletableFuture<Boolean>> going =
        copies
            .all()
            .filter(record -> record.getKept() && record.getService().equals(service))
            .filter(record -> replica.unreadable(record.getKey()).filter(now -> now.entry().modRevision() == record.getRevision()).isEmpty())
            .map(record -> replica.decide(new Forget(keys, replica, record)).handle((gone, failure) -> failure == null && gone))
            .toList();
    count(going);
  }

  private CompletableFuture<Boolean> decide(Decision<Boolean> decision, QuarantinedRecord record, Counter counter, String text) {
    return replica
        .decide(decision)
        .handle(
            (done, failure) -> {
              if (failure != null) {
                log.atWarn().addKeyValue("key", record.getKey()).addKeyValue("cause", failure.toString()).log("an unreadable record is not set aside yet");
                return false;
              }
              if (done) {
                counter.increment();
                log.atError()
                    .addKeyValue("key", record.getKey())
                    .addKeyValue("revision", record.getRevision())
                    .addKeyValue("fault", record.getFault())
                    .log(text);
              }
              return done;
            });
  }

  private static int count(List<CompletableFuture<Boolean>> going) {
    return (int) going.stream().filter(Quarantine::wait).count();
  }

  private static boolean wait(CompletableFuture<Boolean> asked) {
    return asked.completeOnTimeout(false, PATIENCE_SECONDS, TimeUnit.SECONDS).join();
  }
}
