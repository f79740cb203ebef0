package io.infrafabric.scenarios.planted;

import io.infrafabric.kit.nats.Bus;
import io.infrafabric.kit.store.Outcome;
import io.infrafabric.kit.store.Store;
import io.infrafabric.testkit.store.ForwardingStore;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.testkit.store.MemoryStore;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;

/** A bug in what a coordinator writes: each of its transactions is replaced by another. */
record WrittenBug(BiFunction<MemoryStore, Txn, Txn> worse) implements Bug {
  @Override
  public Store coordinator(Store store, MemoryStore memory, Bus bus) {
    return new ForwardingStore(store) {
      @Override
      public CompletableFuture<List<Outcome>> commit(List<Txn> batch) {
        return store.commit(batch.stream().map(txn -> worse.apply(memory, txn)).toList());
      }
    };
  }
}
