package io.infrafabric.kit.relay;

import io.infrafabric.kit.store.Change;
import io.infrafabric.kit.store.CompactedException;
import io.infrafabric.kit.store.Snapshot;
import io.infrafabric.kit.store.Store;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One term of an elected relay: reads the cursor, follows the changes after it and publishes them. Where changes are missing
 * (no cursor, compaction, another history, too long a backlog) it lets what is under way go through, publishes a snapshot and
 * follows from there. All state belongs to one thread; answers of the store come back to it, and those of the publisher to its {@link RelaySender}.
 */
final class RelayTerm {
  private static final Logger log = LoggerFactory.getLogger(RelayTerm.class);
  private static final int BREAKS_IN_A_ROW = 5;
  private static final long IDLE_SAVE_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final Store store;
  private final RelayCursor cursor;
  private final RelaySource source;
  private final RelaySettings settings;
  private final RelayThread thread;
  private final RelayMeter meter;
  private final RelayQueue queue;
  private final RelaySender sender;

  private Phase phase = Phase.READING;
  private RelayCursor.Position position = new RelayCursor.Position(0, 0, OptionalLong.empty());
  private Store.Watch watch;
  private long watchNumber;
  private int breaks;
  private long followed;
  private boolean writing;
  private long savedNanos = System.nanoTime();

  private enum Phase {
    /** The cursor is being read. */
    READING,
    /** Changes are missing; a snapshot is taken when all that is under way has gone through. */
    DRAINING,
    /** The snapshot is being taken. */
    LISTING,
    /** Changes come in. */
    FOLLOWING
  }

  RelayTerm(
      Store store,
      RelayCursor cursor,
      RelaySource source,
      Publisher publisher,
      RelaySettings settings,
      RelayThread thread,
      RelayMeter meter) {
    this.store = store;
    this.cursor = cursor;
    this.source = source;
    this.settings = settings;
    this.thread = thread;
    this.meter = meter;
    this.queue = new RelayQueue(settings.window());
    this.sender = new RelaySender(queue, publisher, settings, thread, meter, source.service(), this::sent, () -> phase == Phase.DRAINING);
  }

  /** Reads the cursor and goes on from it. */
  void begin() {
    phase = Phase.READING;
    cursor
        .read()
        .whenComplete(
            (read, failure) ->
                thread.hop(
                    () -> {
                      if (phase == Phase.READING) {
                        resume(read, failure);
                      }
                    }));
  }

  private void resume(RelayCursor.Position read, Throwable failure) {
    if (failure != null) {
      later(this::begin);
      return;
    }
    position = read;
    long from = followed > 0 ? followed : read.published().orElse(0);
    if (from == 0 || from > read.storeRevision()) {
      reconcile("no cursor in this history");
    } else {
      follow(from);
    }
  }

  private void follow(long after) {
    phase = Phase.FOLLOWING;
    followed = after;
    queue.startAfter(after);
    long mine = ++watchNumber;
    watch =
        store.watch(
            source.commonPath(),
            after,
            new Store.WatchListener() {
              @Override
              public void onChanges(List<Change> changes) {
                thread.hop(
                    () -> {
                      if (mine == watchNumber) {
                        received(changes);
                      }
                    });
              }

              @Override
              public void onBroken(Throwable reason) {
                thread.hop(
                    () -> {
                      if (mine == watchNumber) {
                        broke(reason);
                      }
                    });
              }
            });
  }

  private void received(List<Change> changes) {
    breaks = 0;
    long now = System.nanoTime();
    for (Change change : changes) {
      followed = change.revision();
      if (source.concerns(change.key())) {
        queue.add(new RelayQueue.Work(change.revision(), now, () -> map(change.key(), () -> source.ofChange().apply(change))));
      }
    }
    sender.pump();
    if (queue.waiting() > settings.backlog()) {
      queue.dropUnsent();
      reconcile("more than " + settings.backlog() + " changes waited");
    }
  }

  private void broke(Throwable reason) {
    unwatch();
    breaks++;
    if (reason instanceof CompactedException || breaks >= BREAKS_IN_A_ROW) {
      reconcile(reason.toString());
    } else {
      log.atInfo().addKeyValue("relay", source.service()).addKeyValue("cause", reason.toString()).log("watch broke");
      phase = Phase.READING;
      later(this::begin);
    }
  }

  private void reconcile(String why) {
    unwatch();
    breaks = 0;
    meter.reconciles().increment();
    log.atInfo().addKeyValue("relay", source.service()).addKeyValue("cause", why).log("publishing a snapshot");
    phase = Phase.DRAINING;
    sender.pump();
  }

  private void list() {
    phase = Phase.LISTING;
    store
        .list(source.ranges())
        .whenComplete(
            (snapshot, failure) ->
                thread.hop(
                    () -> {
                      if (phase == Phase.LISTING) {
                        listed(snapshot, failure);
                      }
                    }));
  }

  private void listed(Snapshot snapshot, Throwable failure) {
    if (failure != null) {
      later(this::list);
      return;
    }
    long now = System.nanoTime();
    Stream<RelayQueue.Work> entries =
        snapshot.entries().stream()
            .map(entry -> new RelayQueue.Work(0, now, () -> map(entry.key(), () -> source.ofEntry().apply(entry))));
    RelayQueue.Work end = new RelayQueue.Work(snapshot.revision(), now, List::of);
    queue.addSnapshot(entries, end);
    follow(snapshot.revision());
    sender.pump();
  }

  private List<OutboundMessage> map(String key, Supplier<List<OutboundMessage>> mapping) {
    try {
      return mapping.get();
    } catch (RuntimeException bug) {
      meter.failedMappings().increment();
      log.atError().setCause(bug).addKeyValue("key", key).log("a change is not published");
      return List.of();
    }
  }

  /** All that may be sent has been: a snapshot is taken when nothing of before is under way any more. */
  private void sent() {
    if (phase == Phase.DRAINING && queue.isEmpty()) {
      list();
    }
  }

  /** Takes messages for failed that have had no answer for too long. */
  void expire() {
    sender.expire();
  }

  /** Writes the cursor if that is worth it; done when it is written or need not be. */
  CompletableFuture<Void> save() {
    sender.takeAnswers();
    long saved = position.published().orElse(0);
    long target = queue.isEmpty() ? followed : queue.published();
    long now = System.nanoTime();
    boolean due = queue.published() > saved || now - savedNanos > IDLE_SAVE_NANOS;
    if (phase != Phase.FOLLOWING || writing || !due || target <= saved) {
      return CompletableFuture.completedFuture(null);
    }
    writing = true;
    savedNanos = now;
    return cursor
        .write(position, target)
        .handle(
            (written, failure) -> {
              thread.hop(
                  () -> {
                    writing = false;
                    if (failure == null) {
                      position = written;
                    }
                  });
              return null;
            });
  }

  /** Ends the term: nothing is sent any more. */
  void end() {
    thread.end();
    unwatch();
  }

  long lagNanos() {
    return queue.oldestNanos().map(since -> System.nanoTime() - since).orElse(0L);
  }

  int waiting() {
    return queue.waiting();
  }

  private void unwatch() {
    watchNumber++;
    if (watch != null) {
      watch.close();
      watch = null;
    }
  }

  private void later(Runnable step) {
    Phase mine = phase;
    thread.after(
        settings.retryAfter(),
        () -> {
          if (phase == mine) {
            step.run();
          }
        });
  }
}
