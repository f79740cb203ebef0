package io.infrafabric.testkit.store;

import io.infrafabric.kit.store.Change;
import io.infrafabric.kit.store.Outcome;
import io.infrafabric.kit.store.Snapshot;
import io.infrafabric.kit.store.Store;
import io.infrafabric.kit.store.Txn;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/** A store between which and its user things go wrong, in an order that the seed decides. */
public final class FaultyStore implements Store {
  private final Store store;
  private final Random random;
  private final Set<FaultyWatch> watches = ConcurrentHashMap.newKeySet();
  private volatile Faults faults = Faults.NONE;
  /** What the prefix of a watch begins with that tells nothing. */
  private final Set<String> held = ConcurrentHashMap.newKeySet();

  private enum Fate {
    DONE_BUT_UNKNOWN,
    DONE_LATER,
    NOT_DONE,
    NEVER_SENT,
    DELAYED,
    FINE
  }

  /** Begins without faults; print the seed with a failure. */
  public FaultyStore(Store store, long seed) {
    this.store = store;
    this.random = new Random(seed);
  }

  /** From now on this goes wrong. */
  public void set(Faults next) {
    faults = next;
  }

  /** Ends every watch, as a lost connection does. */
  public void breakWatches() {
    List.copyOf(watches).forEach(watch -> watch.onBroken(new ConnectException("the connection was lost")));
  }

  /** Watches tell nothing until {@link #releaseWatches}. */
  public void holdWatches() {
    holdWatches("");
  }

  /** Watches on prefixes that begin like this tell nothing until {@link #releaseWatches}; others go on, so that what was written together is told apart. */
  public void holdWatches(String prefix) {
    held.add(prefix);
  }

  /** Watches tell what was held back, and go on. */
  public void releaseWatches() {
    held.clear();
    List.copyOf(watches).forEach(FaultyWatch::release);
  }

  private synchronized Fate fate() {
    Faults now = faults;
    double dice = random.nextDouble();
    if ((dice -= now.doneButUnknown()) < 0) {
      return Fate.DONE_BUT_UNKNOWN;
    } else if ((dice -= now.doneLater()) < 0) {
      return Fate.DONE_LATER;
    } else if ((dice -= now.notDone()) < 0) {
      return Fate.NOT_DONE;
    } else if ((dice -= now.neverSent()) < 0) {
      return Fate.NEVER_SENT;
    } else if (dice - now.delayed() < 0) {
      return Fate.DELAYED;
    }
    return Fate.FINE;
  }

  private <T> CompletableFuture<T> call(Supplier<CompletableFuture<T>> call) {
    Executor later = CompletableFuture.delayedExecutor(faults.delay().toNanos(), TimeUnit.NANOSECONDS);
    return switch (fate()) {
      case FINE -> call.get();
      case DELAYED -> call.get().thenApplyAsync(answer -> answer, later);
      case NEVER_SENT -> CompletableFuture.failedFuture(new ConnectException("no connection"));
      case NOT_DONE -> CompletableFuture.failedFuture(new TimeoutException("no answer"));
      case DONE_LATER -> {
        later.execute(call::get);
        yield CompletableFuture.failedFuture(new TimeoutException("no answer"));
      }
      case DONE_BUT_UNKNOWN ->
          call.get().thenCompose(answer -> CompletableFuture.<T>failedFuture(new TimeoutException("no answer")));
    };
  }

  @Override
  public CompletableFuture<List<Outcome>> commit(List<Txn> batch) {
    return call(() -> store.commit(batch)).exceptionally(failure -> unknown(batch.size(), failure));
  }

  private static List<Outcome> unknown(int size, Throwable failure) {
    return Collections.nCopies(size, new Outcome.Unknown(failure, !(failure instanceof ConnectException)));
  }

  @Override
  public CompletableFuture<Snapshot> list(List<String> prefixes) {
    return call(() -> store.list(prefixes));
  }

  @Override
  public Watch watch(String prefix, long afterRevision, WatchListener listener) {
    FaultyWatch watch = new FaultyWatch(prefix, listener);
    watches.add(watch);
    watch.inner = store.watch(prefix, afterRevision, watch);
    return watch;
  }

  @Override
  public CompletableFuture<Long> grantLease(Duration ttl) {
    return call(() -> store.grantLease(ttl));
  }

  @Override
  public CompletableFuture<Optional<Duration>> keepAlive(long lease) {
    return call(() -> store.keepAlive(lease));
  }

  @Override
  public CompletableFuture<Void> revokeLease(long lease) {
    return call(() -> store.revokeLease(lease));
  }

  /** Closes the store behind it. */
  @Override
  public void close() {
    store.close();
  }

  private final class FaultyWatch implements Watch, WatchListener {
    private final String prefix;
    private final WatchListener listener;
    private final AtomicBoolean ended = new AtomicBoolean();
    private final List<List<Change>> backlog = new ArrayList<>();
    private volatile Watch inner = () -> {};

    FaultyWatch(String prefix, WatchListener listener) {
      this.prefix = prefix;
      this.listener = listener;
    }

    @Override
    public synchronized void onChanges(List<Change> changes) {
      backlog.add(changes);
      if (held.stream().noneMatch(prefix::startsWith)) {
        release();
      }
    }

    synchronized void release() {
      List<List<Change>> due = List.copyOf(backlog);
      backlog.clear();
      for (List<Change> changes : due) {
        if (!ended.get()) {
          listener.onChanges(changes);
        }
      }
    }

    @Override
    public void onBroken(Throwable reason) {
      if (end()) {
        listener.onBroken(reason);
      }
    }

    @Override
    public void close() {
      end();
    }

    private boolean end() {
      watches.remove(this);
      inner.close();
      return ended.compareAndSet(false, true);
    }
  }
}
