package io.infrafabric.kit.store;

import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.ObjLongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything under one prefix, for ever: a snapshot, then the changes after it, and a new snapshot whenever the watch
 * breaks (compaction, no leader, silence). Never resumes at a compacted revision.
 */
final class Feed implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Feed.class);
  private static final long RETRY_MILLIS = 200;

  private final Store store;
  private final Prefix prefix;
  private final Executor executor;
  private final Consumer<Snapshot> onSnapshot;
  private final ObjLongConsumer<List<Change>> onChanges;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(Thread.ofVirtual().name("feed-timer").factory());
  private final AtomicLong snapshots = new AtomicLong();
  private Store.Watch watch;
  private long generation;
  private boolean closed;

  /**
   * All callbacks run on the executor, which must run one task at a time.
   *
   * @param onChanges is given when they came, too, by {@link System#nanoTime}
   */
  Feed(Store store, Prefix prefix, Executor executor, Consumer<Snapshot> onSnapshot, ObjLongConsumer<List<Change>> onChanges) {
    this.store = store;
    this.prefix = prefix;
    this.executor = executor;
    this.onSnapshot = onSnapshot;
    this.onChanges = onChanges;
  }

  /** Snapshots taken so far: the first, and one for each time the watch broke. */
  long snapshots() {
    return snapshots.get();
  }

  /** The prefix it brings. */
  String path() {
    return prefix.path();
  }

  /** Begins, or begins anew. */
  synchronized void start() {
    if (closed) {
      return;
    }
    long mine = ++generation;
    if (watch != null) {
      watch.close();
      watch = null;
    }
    store
        .list(prefix.ranges())
        .whenComplete(
            (snapshot, failure) -> {
              if (failure != null) {
                log.atDebug().addKeyValue("prefix", prefix.path()).addKeyValue("cause", failure.toString()).log("list failed, trying again");
                later(mine);
              } else {
                begin(mine, snapshot);
              }
            });
  }

  private synchronized void begin(long mine, Snapshot snapshot) {
    if (closed || mine != generation) {
      return;
    }
    snapshots.incrementAndGet();
    executor.execute(() -> onSnapshot.accept(snapshot));
    watch =
        store.watch(
            prefix.path(),
            snapshot.revision(),
            new Store.WatchListener() {
              @Override
              public void onChanges(List<Change> changes) {
                long cameNanos = System.nanoTime();
                executor.execute(() -> ifCurrent(mine, () -> onChanges.accept(changes, cameNanos)));
              }

              @Override
              public void onBroken(Throwable reason) {
                log.atInfo().addKeyValue("prefix", prefix.path()).addKeyValue("cause", reason.toString()).log("watch broke, listing again");
                later(mine);
              }
            });
  }

  private void ifCurrent(long mine, Runnable action) {
    synchronized (this) {
      if (closed || mine != generation) {
        return;
      }
    }
    action.run();
  }

  private synchronized void later(long mine) {
    if (!closed && mine == generation) {
      timer.schedule(
          () -> {
            synchronized (this) {
              if (mine == generation) {
                start();
              }
            }
          },
          RETRY_MILLIS,
          TimeUnit.MILLISECONDS);
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    generation++;
    if (watch != null) {
      watch.close();
    }
    timer.shutdownNow();
  }
}
