package io.infrafabric.coordinator;

import io.infrafabric.kit.store.Outcome;
import io.infrafabric.kit.store.Snapshot;
import io.infrafabric.kit.store.Store;
import io.infrafabric.kit.store.Txn;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** A store that, while it stalls, carries nothing out; what was asked for meanwhile is done when it goes on. */
final class StalledStore implements Store {
  private final Store store;
  private CompletableFuture<Void> going = CompletableFuture.completedFuture(null);

  StalledStore(Store store) {
    this.store = store;
  }

  synchronized void stall() {
    going = new CompletableFuture<>();
  }

  void goOn() {
    CompletableFuture<Void> stalled;
    synchronized (this) {
      stalled = going;
      going = CompletableFuture.completedFuture(null);
    }
    stalled.complete(null);
  }

  private synchronized <T> CompletableFuture<T> later(Function<Void, CompletableFuture<T>> call) {
    return going.thenCompose(call);
  }

  @Override
  public CompletableFuture<List<Outcome>> commit(List<Txn> batch) {
    return later(go -> store.commit(batch));
  }

  @Override
  public CompletableFuture<Snapshot> list(List<String> prefixes) {
    return later(go -> store.list(prefixes));
  }

  @Override
  public Watch watch(String prefix, long afterRevision, WatchListener listener) {
    return store.watch(prefix, afterRevision, listener);
  }

  @Override
  public CompletableFuture<Long> grantLease(Duration ttl) {
    return later(go -> store.grantLease(ttl));
  }

  @Override
  public CompletableFuture<Optional<Duration>> keepAlive(long lease) {
    return later(go -> store.keepAlive(lease));
  }

  @Override
  public CompletableFuture<Void> revokeLease(long lease) {
    return later(go -> store.revokeLease(lease));
  }

  @Override
  public void close() {
    store.close();
  }
}
