package io.infrafabric.kit.store;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * A store that answers when the test lets it. A list is read when it is asked for and answered later; a commit is done and
 * answered later.
 */
record SlowStore(Store store, CompletableFuture<Void> commits, CompletableFuture<Void> lists) implements Store {
  @Override
  public CompletableFuture<List<Outcome>> commit(List<Txn> batch) {
    return commits.thenCompose(now -> store.commit(batch));
  }

  @Override
  public CompletableFuture<Snapshot> list(List<String> prefixes) {
    CompletableFuture<Snapshot> read = store.list(prefixes);
    return lists.thenCompose(now -> read);
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
