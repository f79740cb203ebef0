package io.infrafabric.scenarios.planted;

import io.infrafabric.kit.store.Outcome;
import io.infrafabric.kit.store.Snapshot;
import io.infrafabric.kit.store.Store;
import io.infrafabric.kit.store.Txn;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Passes everything on; a planted bug overrides what it gets wrong. */
class PassingStore implements Store {
  final Store inner;

  PassingStore(Store inner) {
    this.inner = inner;
  }

  @Override
  public CompletableFuture<List<Outcome>> commit(List<Txn> batch) {
    return inner.commit(batch);
  }

  @Override
  public CompletableFuture<Snapshot> list(List<String> prefixes) {
    return inner.list(prefixes);
  }

  @Override
  public Watch watch(String prefix, long afterRevision, WatchListener listener) {
    return inner.watch(prefix, afterRevision, listener);
  }

  @Override
  public CompletableFuture<Long> grantLease(Duration ttl) {
    return inner.grantLease(ttl);
  }

  @Override
  public CompletableFuture<Optional<Duration>> keepAlive(long lease) {
    return inner.keepAlive(lease);
  }

  @Override
  public CompletableFuture<Void> revokeLease(long lease) {
    return inner.revokeLease(lease);
  }

  @Override
  public void close() {
    inner.close();
  }
}
