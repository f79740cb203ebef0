package io.infrafabric.testkit.store;

import io.infrafabric.kit.store.Change;
import io.infrafabric.kit.store.CompactedException;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.LeaseGoneException;
import io.infrafabric.kit.store.Outcome;
import io.infrafabric.kit.store.Snapshot;
import io.infrafabric.kit.store.Store;
import io.infrafabric.kit.store.Txn;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * etcd in memory: revisions, nested transactions, watches with compaction, leases, and its limits. Answers at once on the
 * caller's thread; watches hear, in order and one call at a time, before the call that made the change returns (unless
 * another thread is just telling them). Leases end when its clock says so, and the clock is looked at in every call.
 */
public final class MemoryStore implements Store {
  /** etcd's max-txn-ops: members of the batch plus the largest of them. */
  public static final int MAX_OPS = 128;

  private final LongSupplier clock;
  private final AtomicLong advanced = new AtomicLong();
  private final TreeMap<String, Entry> entries = new TreeMap<>();
  private final List<Change> log = new ArrayList<>();
  private final MemoryLeases leases = new MemoryLeases();
  private final List<MemoryWatch> watches = new ArrayList<>();
  private final ArrayDeque<Runnable> news = new ArrayDeque<>();
  private boolean telling;
  private long revision = 1;
  private long compacted;

  /** A store whose time stands still but for {@link #advance}. */
  public MemoryStore() {
    this(() -> 0);
  }

  /** A store on a clock of nanoseconds. */
  public MemoryStore(LongSupplier clock) {
    this.clock = clock;
  }

  /** Lets time pass and leases end. */
  public void advance(Duration time) {
    advanced.addAndGet(time.toNanos());
    expire();
  }

  /** Ends the leases whose time has come; every other call does it too. */
  public void expire() {
    synchronized (this) {
      leases.expired(now()).forEach(this::end);
    }
    tell();
  }

  /** Forgets the changes up to the revision; a watch that still needs them breaks. */
  public synchronized void compact(long atRevision) {
    compacted = Math.max(compacted, Math.min(atRevision, revision));
    log.removeIf(change -> change.revision() <= compacted);
  }

  /** Ends every watch, as a lost connection does. */
  public void breakWatches() {
    synchronized (this) {
      for (MemoryWatch watch : List.copyOf(watches)) {
        leave(watch, new IllegalStateException("the connection was lost"));
      }
    }
    tell();
  }

  /** The newest revision. */
  public synchronized long revision() {
    return revision;
  }

  /** Every change under the prefix that is not compacted, in order. */
  public synchronized List<Change> changes(String prefix) {
    return log.stream().filter(change -> change.key().startsWith(prefix)).toList();
  }

  /** What is there under the prefix. */
  public synchronized List<Entry> entries(String prefix) {
    return List.copyOf(entries.subMap(prefix, prefix + Character.MAX_VALUE).values());
  }

  @Override
  public CompletableFuture<List<Outcome>> commit(List<Txn> batch) {
    expire();
    List<Outcome> outcomes;
    synchronized (this) {
      outcomes = apply(batch);
    }
    tell();
    return CompletableFuture.completedFuture(outcomes);
  }

  private List<Outcome> apply(List<Txn> batch) {
    // etcd decides every branch before it writes anything.
    List<Boolean> holds = batch.stream().map(this::holds).toList();
    Optional<Throwable> invalid = check(batch, holds);
    if (invalid.isPresent()) {
      return Collections.nCopies(batch.size(), new Outcome.Invalid(invalid.get()));
    }
    long next = revision + 1;
    List<Change> changes = new ArrayList<>();
    List<Map<String, Optional<Entry>>> reads = new ArrayList<>();
    for (int i = 0; i < batch.size(); i++) {
      Map<String, Optional<Entry>> current = new HashMap<>();
      if (holds.get(i)) {
        batch.get(i).writes().forEach(write -> write(write, next, changes));
      } else {
        batch.get(i).compares().forEach(compare -> current.put(compare.key(), Optional.ofNullable(entries.get(compare.key()))));
      }
      reads.add(current);
    }
    publish(changes);
    List<Outcome> outcomes = new ArrayList<>();
    for (int i = 0; i < batch.size(); i++) {
      outcomes.add(holds.get(i) ? new Outcome.Committed(revision) : new Outcome.Rejected(revision, reads.get(i)));
    }
    return outcomes;
  }

  private boolean holds(Txn txn) {
    return txn.compares().stream()
        .allMatch(
            compare -> {
              Entry entry = entries.get(compare.key());
              return compare.modRevision() == (entry == null ? 0 : entry.modRevision());
            });
  }

  private Optional<Throwable> check(List<Txn> batch, List<Boolean> holds) {
    int largest = 0;
    Set<String> written = new HashSet<>();
    for (int i = 0; i < batch.size(); i++) {
      Txn txn = batch.get(i);
      largest = Math.max(largest, Math.max(txn.compares().size(), txn.writes().size()));
      for (Txn.Write write : txn.writes()) {
        if (!written.add(write.key())) {
          return Optional.of(new IllegalArgumentException("duplicate key given in txn request: " + write.key()));
        }
        if (holds.get(i) && write instanceof Txn.Write.Put put && put.lease() != 0 && !leases.has(put.lease())) {
          return Optional.of(new LeaseGoneException(null));
        }
      }
    }
    return batch.size() + largest > MAX_OPS
        ? Optional.of(new IllegalArgumentException("too many operations in txn request"))
        : Optional.empty();
  }

  private void write(Txn.Write write, long next, List<Change> changes) {
    Entry before = entries.get(write.key());
    if (before != null) {
      leases.detach(before.lease(), write.key());
    }
    switch (write) {
      case Txn.Write.Put put -> {
        long created = before == null ? next : before.createRevision();
        Entry entry = new Entry(put.key(), put.value(), created, next, put.lease());
        entries.put(put.key(), entry);
        leases.attach(put.lease(), put.key());
        changes.add(new Change.Written(entry));
      }
      case Txn.Write.Delete delete -> {
        if (before != null) {
          entries.remove(delete.key());
          changes.add(new Change.Deleted(delete.key(), next));
        }
      }
    }
  }

  private void publish(List<Change> changes) {
    if (changes.isEmpty()) {
      return;
    }
    revision++;
    log.addAll(changes);
    for (MemoryWatch watch : watches) {
      deliver(watch, changes);
    }
  }

  private void deliver(MemoryWatch watch, List<Change> changes) {
    List<Change> concerned = changes.stream().filter(change -> change.key().startsWith(watch.prefix)).toList();
    if (!concerned.isEmpty()) {
      news.add(() -> watch.tell(concerned));
    }
  }

  @Override
  public CompletableFuture<Snapshot> list(List<String> prefixes) {
    expire();
    synchronized (this) {
      List<Entry> found = prefixes.stream().flatMap(prefix -> entries(prefix).stream()).toList();
      return CompletableFuture.completedFuture(new Snapshot(revision, found));
    }
  }

  @Override
  public Watch watch(String prefix, long afterRevision, WatchListener listener) {
    MemoryWatch watch = new MemoryWatch(prefix, listener);
    synchronized (this) {
      watches.add(watch);
      if (Math.max(1, afterRevision) < compacted) {
        leave(watch, new CompactedException(compacted));
      } else {
        TreeMap<Long, List<Change>> missed = new TreeMap<>();
        log.stream()
            .filter(change -> change.revision() > afterRevision)
            .forEach(change -> missed.computeIfAbsent(change.revision(), revision -> new ArrayList<>()).add(change));
        missed.values().forEach(changes -> deliver(watch, changes));
      }
    }
    tell();
    return watch;
  }

  private void leave(MemoryWatch watch, RuntimeException reason) {
    watches.remove(watch);
    news.add(() -> watch.end(reason));
  }

  @Override
  public CompletableFuture<Long> grantLease(Duration ttl) {
    expire();
    synchronized (this) {
      return CompletableFuture.completedFuture(leases.grant(ttl, now()));
    }
  }

  @Override
  public CompletableFuture<Optional<Duration>> keepAlive(long lease) {
    expire();
    synchronized (this) {
      return CompletableFuture.completedFuture(leases.renew(lease, now()));
    }
  }

  @Override
  public CompletableFuture<Void> revokeLease(long lease) {
    expire();
    synchronized (this) {
      end(lease);
    }
    tell();
    return CompletableFuture.completedFuture(null);
  }

  /** All keys of a lease go with one revision. */
  private void end(long lease) {
    List<Change> changes = new ArrayList<>();
    leases.remove(lease).forEach(key -> write(new Txn.Write.Delete(key), revision + 1, changes));
    publish(changes);
  }

  private long now() {
    return clock.getAsLong() + advanced.get();
  }

  /** Tells the watches what is new, outside the lock and one at a time. */
  private void tell() {
    while (true) {
      Runnable next;
      synchronized (this) {
        if (telling || news.isEmpty()) {
          return;
        }
        telling = true;
        next = news.poll();
      }
      try {
        next.run();
      } finally {
        synchronized (this) {
          telling = false;
        }
      }
    }
  }

  /** Ends the watches without a word; the data stays readable. */
  @Override
  public synchronized void close() {
    List.copyOf(watches).forEach(MemoryWatch::close);
  }

  /** A watch; silent once it is closed or has ended. */
  private final class MemoryWatch implements Watch {
    private final String prefix;
    private final WatchListener listener;
    private volatile boolean closed;

    MemoryWatch(String prefix, WatchListener listener) {
      this.prefix = prefix;
      this.listener = listener;
    }

    void tell(List<Change> changes) {
      if (!closed) {
        listener.onChanges(changes);
      }
    }

    void end(RuntimeException reason) {
      if (!closed) {
        closed = true;
        listener.onBroken(reason);
      }
    }

    @Override
    public void close() {
      closed = true;
      synchronized (MemoryStore.this) {
        watches.remove(this);
      }
    }
  }
}
