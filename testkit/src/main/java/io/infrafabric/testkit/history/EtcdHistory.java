package io.infrafabric.testkit.history;

import com.google.protobuf.ByteString;
import io.infrafabric.kit.store.Change;
import io.infrafabric.kit.store.CompactedException;
import io.infrafabric.kit.store.Outcome;
import io.infrafabric.kit.store.Store;
import io.infrafabric.kit.store.Txn;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/** Reads the whole revision history of a prefix out of a store. */
public final class EtcdHistory {
  private static final Duration PATIENCE = Duration.ofSeconds(120);
  private static final Duration AGAIN = Duration.ofMillis(200);
  private static final String EVERYTHING = "/";

  private EtcdHistory() {}

  /**
   * Every version of every key under the prefix, in revision order, up to now; from the oldest one that is not compacted. It
   * writes and deletes a marker outside the prefix, to know that it has seen everything. A store that is slow to answer is asked
   * again, and a watch that breaks goes on where it was.
   */
  public static List<Version> read(Store store, String prefix) {
    String marker = "/end-of-history/" + UUID.randomUUID();
    long marked = mark(store, marker);
    try {
      return read(store, prefix, marker, 0);
    } finally {
      commit(store, new Txn.Compare(marker, marked), new Txn.Write.Delete(marker));
    }
  }

  private static List<Version> read(Store store, String prefix, String marker, long afterRevision) {
    try (Collector collector = new Collector(store, prefix, marker, afterRevision)) {
      return collector.done.orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
    } catch (CompletionException failure) {
      if (failure.getCause() instanceof CompactedException compacted && compacted.compactedRevision() > afterRevision) {
        return read(store, prefix, marker, compacted.compactedRevision());
      }
      throw failure;
    }
  }

  /** Writes the marker; its revision. */
  private static long mark(Store store, String marker) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      Outcome outcome = commit(store, new Txn.Compare(marker, 0), new Txn.Write.Put(marker, ByteString.EMPTY, 0));
      switch (outcome) {
        case Outcome.Committed(long revision) -> {
          return revision;
        }
        case Outcome.Rejected(long revision, var current) -> {
          return current.get(marker).orElseThrow().modRevision(); // written by a try before
        }
        case Outcome.Unknown(Throwable cause, boolean sent) -> {
          if (System.nanoTime() - deadline > 0) {
            throw new IllegalStateException("the store does not answer", cause);
          }
        }
        case Outcome.Invalid(Throwable cause) -> throw new IllegalStateException(cause);
      }
    }
  }

  private static Outcome commit(Store store, Txn.Compare compare, Txn.Write write) {
    return store.commit(List.of(new Txn(List.of(compare), List.of(write)))).orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join().getFirst();
  }

  private static final class Collector implements AutoCloseable {
    private final Store store;
    private final String prefix;
    private final String marker;
    private final List<Version> versions = new ArrayList<>();
    private final CompletableFuture<List<Version>> done = new CompletableFuture<>();
    private long seen;
    private int watches;
    private Store.Watch watch;

    Collector(Store store, String prefix, String marker, long after) {
      this.store = store;
      this.prefix = prefix;
      this.marker = marker;
      this.seen = after;
      watch();
    }

    private synchronized void watch() {
      if (done.isDone()) {
        return;
      }
      int mine = ++watches;
      watch =
          store.watch(
              EVERYTHING,
              seen,
              new Store.WatchListener() {
                @Override
                public void onChanges(List<Change> changes) {
                  received(mine, changes);
                }

                @Override
                public void onBroken(Throwable reason) {
                  broken(mine, reason);
                }
              });
    }

    private synchronized void received(int mine, List<Change> changes) {
      if (mine != watches) {
        return;
      }
      for (Change change : changes) {
        if (change.key().startsWith(prefix)) {
          Optional<ByteString> value =
              change instanceof Change.Written written ? Optional.of(written.entry().value()) : Optional.empty();
          versions.add(new Version(change.revision(), change.key(), value));
        }
        if (change.key().equals(marker)) {
          done.complete(List.copyOf(versions));
        }
        seen = change.revision(); // the changes of a revision never come in two answers
      }
    }

    private synchronized void broken(int mine, Throwable reason) {
      if (mine != watches) {
        return;
      }
      watches++;
      if (reason instanceof CompactedException) {
        done.completeExceptionally(reason);
      } else {
        CompletableFuture.delayedExecutor(AGAIN.toMillis(), TimeUnit.MILLISECONDS).execute(this::watch);
      }
    }

    @Override
    public synchronized void close() {
      done.cancel(false);
      watch.close();
    }
  }
}
