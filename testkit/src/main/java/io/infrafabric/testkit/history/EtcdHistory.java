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
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String EVERYTHING = "/";

  private EtcdHistory() {}

  /**
   * Every version of every key under the prefix, in revision order, up to now; from the oldest one that is not compacted. It
   * writes and deletes a marker outside the prefix, to know that it has seen everything.
   */
  public static List<Version> read(Store store, String prefix) {
    try {
      return read(store, prefix, 0);
    } catch (CompletionException failure) {
      if (failure.getCause() instanceof CompactedException compacted) {
        return read(store, prefix, compacted.compactedRevision());
      }
      throw failure;
    }
  }

  private static List<Version> read(Store store, String prefix, long afterRevision) {
    String marker = "/end-of-history/" + UUID.randomUUID();
    Outcome.Committed marked =
        (Outcome.Committed) commit(store, marker, 0, new Txn.Write.Put(marker, ByteString.EMPTY, 0));
    Collector collector = new Collector(prefix, marker);
    try (Store.Watch watch = store.watch(EVERYTHING, afterRevision, collector)) {
      return collector.done.orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
    } finally {
      commit(store, marker, marked.revision(), new Txn.Write.Delete(marker));
    }
  }

  private static Outcome commit(Store store, String key, long compared, Txn.Write write) {
    return store
        .commit(List.of(new Txn(List.of(new Txn.Compare(key, compared)), List.of(write))))
        .orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS)
        .join()
        .getFirst();
  }

  private static final class Collector implements Store.WatchListener {
    private final String prefix;
    private final String marker;
    private final List<Version> versions = new ArrayList<>();
    private final CompletableFuture<List<Version>> done = new CompletableFuture<>();

    Collector(String prefix, String marker) {
      this.prefix = prefix;
      this.marker = marker;
    }

    @Override
    public void onChanges(List<Change> changes) {
      for (Change change : changes) {
        if (change.key().startsWith(prefix)) {
          Optional<ByteString> value =
              change instanceof Change.Written written ? Optional.of(written.entry().value()) : Optional.empty();
          versions.add(new Version(change.revision(), change.key(), value));
        }
        if (change.key().equals(marker)) {
          done.complete(List.copyOf(versions));
        }
      }
    }

    @Override
    public void onBroken(Throwable reason) {
      done.completeExceptionally(reason);
    }
  }
}
