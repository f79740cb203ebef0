package io.infrafabric.testkit.store;

import io.infrafabric.kit.store.Outcome;
import io.infrafabric.kit.store.Snapshot;
import io.infrafabric.kit.store.Store;
import io.infrafabric.kit.store.Txn;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** A store in front of another one; a test overrides what should go wrong. */
public abstract class ForwardingStore implements Store {
  /** The one behind. */
  protected final Store store;

  protected ForwardingStore(Store store) {
    this.store = store;
  }

  @Override
  public CompletableFuture<List<Outcome>> commit(List<Txn> batch) {
    return store.commit(batch);
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
