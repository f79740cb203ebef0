package io.infrafabric.scenarios.planted;

import io.infrafabric.kit.nats.Bus;
import io.infrafabric.kit.store.Change;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Outcome;
import io.infrafabric.kit.store.Store;
import io.infrafabric.testkit.store.ForwardingStore;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.testkit.store.MemoryStore;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** Reads are answered by a member that lags behind (a serializable read), so that a refusal rests on what was. */
final class StaleReads implements Bug {
  private static final Executor LATER = CompletableFuture.delayedExecutor(300, TimeUnit.MILLISECONDS);

  @Override
  public Store coordinator(Store store, MemoryStore memory, Bus bus) {
    Map<String, Entry> lagging = new ConcurrentHashMap<>();
    memory.watch(
        "/",
        memory.revision(),
        new Store.WatchListener() {
          @Override
          public void onChanges(List<Change> changes) {
            LATER.execute(() -> changes.forEach(change -> apply(lagging, change)));
          }

          @Override
          public void onBroken(Throwable reason) {
            throw new IllegalStateException("nobody breaks this one", reason);
          }
        });
    return new ForwardingStore(store) {
      @Override
      public CompletableFuture<List<Outcome>> commit(List<Txn> batch) {
        return store.commit(batch).thenApply(outcomes -> stale(batch, outcomes, lagging));
      }
    };
  }

  private static void apply(Map<String, Entry> lagging, Change change) {
    switch (change) {
      case Change.Written written -> lagging.put(written.key(), written.entry());
      case Change.Deleted deleted -> lagging.remove(deleted.key());
    }
  }

  private static List<Outcome> stale(List<Txn> batch, List<Outcome> outcomes, Map<String, Entry> lagging) {
    return IntStream.range(0, batch.size())
        .mapToObj(
            i ->
                batch.get(i).writes().isEmpty() && outcomes.get(i) instanceof Outcome.Rejected(long revision, Map<String, Optional<Entry>> current)
                    ? new Outcome.Rejected(revision, asItWas(current, lagging))
                    : outcomes.get(i))
        .toList();
  }

  private static Map<String, Optional<Entry>> asItWas(Map<String, Optional<Entry>> current, Map<String, Entry> lagging) {
    Map<String, Optional<Entry>> was = new HashMap<>();
    current.forEach((key, entry) -> was.put(key, Txns.isTask(key) ? Optional.ofNullable(lagging.get(key)) : entry));
    return was;
  }
}
