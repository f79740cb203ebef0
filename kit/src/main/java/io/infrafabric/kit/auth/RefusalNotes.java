package io.infrafabric.kit.auth;

import com.google.protobuf.InvalidProtocolBufferException;
import io.infrafabric.common.v1.RefusalRecord;
import io.infrafabric.common.v1.TraceContext;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.lifecycle.Periodic;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Outcome;
import io.infrafabric.kit.store.Store;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.kit.telemetry.Counter;
import io.infrafabric.kit.telemetry.Metrics;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.Ids;
import io.infrafabric.names.Keys;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has refusals witnessed: writes what was refused, added up by cause and caller, as versions of one record in the store, of which the witness log makes
 * entries. So many a minute at most; what is beyond waits and is counted meanwhile, so that nobody who knocks without end fills the log, and
 * no refusal is left out of a sum. Several instances of a service write the same record, each by compare-and-set; a note whose outcome was
 * unknown is found by its id.
 */
public final class RefusalNotes implements RefusalListener, AutoCloseable {
  /** Between two looks. */
  static final Duration EVERY = Duration.ofSeconds(1);

  private static final Logger log = LoggerFactory.getLogger(RefusalNotes.class);
  private static final Duration PATIENCE = Duration.ofSeconds(2);
  private static final int TRIES = 5;
  private static final int RECENT = 32;

  private final Store store;
  private final String key;
  private final String service;
  private final String instance;
  private final InstantSource clock;
  private final NoteBudget budget;
  private final RefusalTally tally = new RefusalTally();
  private final Counter written;
  private Optional<Periodic> loop = Optional.empty();
  private Optional<RefusalRecord> pending = Optional.empty();
  private RefusalRecord there = RefusalRecord.getDefaultInstance();
  private long seen;

  /**
   * @param service such as coordinator
   * @param instance names the process
   * @param perMinute notes at most
   */
  RefusalNotes(Store store, Keys keys, String service, String instance, int perMinute, Metrics metrics, InstantSource clock) {
    this.store = store;
    this.key = keys.refusals(service);
    this.service = service;
    this.instance = instance;
    this.clock = clock;
    this.budget = new NoteBudget(perMinute);
    this.written = metrics.counter("if.auth.witnessed", "Notes of refusals that were written for the witness log");
    metrics.gauge("if.auth.unwitnessed", "Causes and callers of refusals that wait to be written for the witness log", tally::size);
  }

  /** One that writes every second until it is closed, and once more then. */
  public static RefusalNotes start(
      Store store, Keys keys, String service, String instance, AuthSettings settings, Metrics metrics, InstantSource clock) {
    RefusalNotes notes = new RefusalNotes(store, keys, service, instance, settings.witnessedPerMinute(), metrics, clock);
    notes.loop = Optional.of(Periodic.start("refusal-notes", EVERY, () -> notes.runOnce(clock.instant())));
    return notes;
  }

  @Override
  public void onRefused(String method, Refusal refusal, Optional<Principal> caller, TraceContext trace) {
    tally.add(refusal.reason(), caller, method, trace, clock.instant());
  }

  /** Writes what waits, as far as the budget and the store allow; answers how many notes. */
  int runOnce(Instant now) {
    int notes = 0;
    while (next(now).isPresent()) {
      if (!write(pending.orElseThrow())) {
        return notes;
      }
      pending = Optional.empty();
      written.increment();
      notes++;
    }
    return notes;
  }

  private Optional<RefusalRecord> next(Instant now) {
    if (pending.isEmpty() && tally.size() > 0 && budget.take(now)) {
      pending = tally.take().map(sum -> note(sum, now));
    }
    return pending;
  }

  private RefusalRecord note(RefusalTally.Sum sum, Instant now) {
    return RefusalRecord.newBuilder()
        .setId(Ids.ulid(now.toEpochMilli()))
        .setService(service)
        .setInstance(instance)
        .setReason(sum.cause().reason())
        .setPrincipal(sum.cause().principal())
        .setRole(sum.cause().role())
        .setCount(sum.count())
        .setFirstAt(Times.toProto(sum.first()))
        .setLastAt(Times.toProto(sum.last()))
        .setMethod(sum.method())
        .setTrace(sum.trace())
        .build();
  }

  /** Whether it stands in the store now; false when nobody knows, or others write all the time. */
  private boolean write(RefusalRecord note) {
    for (int tries = 0; tries < TRIES; tries++) {
      RefusalRecord next = note.toBuilder().addAllRecentIds(recent()).addRecentIds(note.getId()).build();
      Txn txn = new Txn(List.of(new Txn.Compare(key, seen)), List.of(new Txn.Write.Put(key, next.toByteString(), 0)));
      switch (store.commit(List.of(txn)).completeOnTimeout(List.of(silent()), PATIENCE.toMillis(), TimeUnit.MILLISECONDS).join().getFirst()) {
        case Outcome.Committed(long revision) -> {
          seen = revision;
          there = next;
          return true;
        }
        case Outcome.Rejected(long revision, var current) -> {
          Optional<Entry> found = current.get(key);
          seen = found.map(Entry::modRevision).orElse(0L);
          there = found.map(RefusalNotes::parse).orElse(RefusalRecord.getDefaultInstance());
          if (there.getRecentIdsList().contains(note.getId())) {
            return true; // by a try whose answer was lost
          }
        }
        case Outcome.Unknown(Throwable cause, boolean sent) -> {
          log.atDebug().addKeyValue("cause", cause.toString()).log("a note of refusals is not written yet");
          return false;
        }
        case Outcome.Invalid(Throwable cause) -> {
          log.atWarn().addKeyValue("cause", cause.toString()).log("a note of refusals is not taken by the store");
          return false;
        }
      }
    }
    return false;
  }

  private List<String> recent() {
    List<String> all = there.getRecentIdsList();
    return all.subList(Math.max(0, all.size() - RECENT + 1), all.size());
  }

  private static Outcome silent() {
    return new Outcome.Unknown(new IllegalStateException("no answer"), true);
  }

  /** What cannot be read is written over: only its newest ids are lost. */
  private static RefusalRecord parse(Entry entry) {
    try {
      return RefusalRecord.parseFrom(entry.value());
    } catch (InvalidProtocolBufferException malformed) {
      return RefusalRecord.getDefaultInstance();
    }
  }

  @Override
  public void close() {
    loop.ifPresent(Periodic::close);
    runOnce(clock.instant());
  }
}
