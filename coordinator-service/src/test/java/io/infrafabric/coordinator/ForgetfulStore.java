package io.infrafabric.coordinator;

import io.infrafabric.kit.store.Outcome;
import io.infrafabric.kit.store.Store;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.testkit.store.ForwardingStore;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;

/** Does what it is told and, while it forgets, never says so: every write has an unknown outcome. */
final class ForgetfulStore extends ForwardingStore {
  private volatile boolean forgetting;

  ForgetfulStore(Store store) {
    super(store);
  }

  void forget(boolean yes) {
    forgetting = yes;
  }

  @Override
  public CompletableFuture<List<Outcome>> commit(List<Txn> batch) {
    CompletableFuture<List<Outcome>> outcomes = store.commit(batch);
    boolean writes = batch.stream().anyMatch(txn -> !txn.writes().isEmpty());
    return forgetting && writes
        ? outcomes.thenApply(done -> Collections.nCopies(batch.size(), new Outcome.Unknown(new TimeoutException("no answer"), true)))
        : outcomes;
  }
}
