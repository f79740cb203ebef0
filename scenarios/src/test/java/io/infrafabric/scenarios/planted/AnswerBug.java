package io.infrafabric.scenarios.planted;

import io.infrafabric.kit.nats.Bus;
import io.infrafabric.kit.store.Outcome;
import io.infrafabric.kit.store.Store;
import io.infrafabric.testkit.store.ForwardingStore;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.testkit.store.MemoryStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A bug in what is made of the store's answers, at the coordinators or at the governor. */
abstract class AnswerBug implements Bug {
  private final boolean atGovernor;

  AnswerBug(boolean atGovernor) {
    this.atGovernor = atGovernor;
  }

  /** What the service takes the outcome for. */
  abstract Outcome mistaken(Store store, MemoryStore memory, Txn txn, Outcome outcome);

  @Override
  public Store coordinator(Store store, MemoryStore memory, Bus bus) {
    return atGovernor ? store : mistaking(store, memory);
  }

  @Override
  public Store governor(Store store, MemoryStore memory) {
    return atGovernor ? mistaking(store, memory) : store;
  }

  private Store mistaking(Store store, MemoryStore memory) {
    return new ForwardingStore(store) {
      @Override
      public CompletableFuture<List<Outcome>> commit(List<Txn> batch) {
        return store
            .commit(batch)
            .thenApply(
                outcomes -> {
                  List<Outcome> mistaken = new ArrayList<>();
                  for (int i = 0; i < batch.size(); i++) {
                    mistaken.add(mistaken(store, memory, batch.get(i), outcomes.get(i)));
                  }
                  return mistaken;
                });
      }
    };
  }
}
