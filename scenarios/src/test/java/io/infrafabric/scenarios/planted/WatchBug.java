package io.infrafabric.scenarios.planted;

import io.infrafabric.kit.nats.Bus;
import io.infrafabric.kit.store.Change;
import io.infrafabric.kit.store.CompactedException;
import io.infrafabric.kit.store.Store;
import io.infrafabric.testkit.store.ForwardingStore;
import io.infrafabric.testkit.store.MemoryStore;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/** Bugs in how a coordinator follows the store. */
enum WatchBug implements Bug {
  /** A watch that was lost goes on where it was, and where that is compacted, at the compacted revision. */
  RESUMES_AT_THE_COMPACTED_REVISION {
    @Override
    Store.Watch watch(Store store, String prefix, long after, Store.WatchListener listener) {
      return new Resuming(store, prefix, after, listener);
    }
  },
  /** The change right after the snapshot is taken for a part of it. */
  SKIPS_THE_FIRST_REVISION {
    @Override
    Store.Watch watch(Store store, String prefix, long after, Store.WatchListener listener) {
      return store.watch(prefix, after + 1, listener);
    }
  };

  abstract Store.Watch watch(Store store, String prefix, long after, Store.WatchListener listener);

  @Override
  public Store coordinator(Store store, MemoryStore memory, Bus bus) {
    WatchBug bug = this;
    return new ForwardingStore(store) {
      @Override
      public Watch watch(String prefix, long afterRevision, WatchListener listener) {
        return bug.watch(store, prefix, afterRevision, listener);
      }
    };
  }

  private static final class Resuming implements Store.Watch, Store.WatchListener {
    private static final Executor LATER = CompletableFuture.delayedExecutor(150, TimeUnit.MILLISECONDS);

    private final Store store;
    private final String prefix;
    private final Store.WatchListener listener;
    private volatile long seen;
    private volatile boolean closed;
    private volatile Store.Watch watch;

    Resuming(Store store, String prefix, long after, Store.WatchListener listener) {
      this.store = store;
      this.prefix = prefix;
      this.seen = after;
      this.listener = listener;
      this.watch = store.watch(prefix, after, this);
    }

    @Override
    public void onChanges(List<Change> changes) {
      if (!closed) {
        seen = changes.getLast().revision();
        listener.onChanges(changes);
      }
    }

    @Override
    public void onBroken(Throwable reason) {
      if (reason instanceof CompactedException compacted) {
        seen = compacted.compactedRevision();
      }
      LATER.execute(
          () -> {
            if (!closed) {
              watch = store.watch(prefix, seen, this);
            }
          });
    }

    @Override
    public void close() {
      closed = true;
      watch.close();
    }
  }
}
