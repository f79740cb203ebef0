package io.infrafabric.coordinator;

import io.infrafabric.kit.store.Outcome;
import io.infrafabric.kit.store.Snapshot;
import io.infrafabric.kit.store.Store;
import io.infrafabric.kit.store.Txn;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;

/** Does what it is told and, while it forgets, never says so: every write has an unknown outcome. */
final class ForgetfulStore implements Store {
  private final Store store;
  private volatile boolean forgetting;

  ForgetfulStore(Store store) {
    this.store = store;
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

  @Override
  public CompletableFuture<Snapshot> list(List<String> prefixes) {
    return store.list(prefixes);
  }

  @Override
  public Watch watch(String prefix, long afterRevision, WatchListener listener) {
    return store.watch(prefix, afterRevision, listener);
  }

  @Override
  public CompletableFuture<Long> grantLease(Duration ttl) {
    return store.grantLease(ttl);
  }

  @Override
  public CompletableFuture<Optional<Duration>> keepAlive(long lease) {
    return store.keepAlive(lease);
  }

  @Override
  public CompletableFuture<Void> revokeLease(long lease) {
    return store.revokeLease(lease);
  }

  @Override
  public void close() {
    store.close();
  }
}
