package io.infrafabric.governor;

import io.infrafabric.kit.store.Outcome;
import io.infrafabric.kit.store.Snapshot;
import io.infrafabric.kit.store.Store;
import io.infrafabric.kit.store.Txn;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** A store whose watches never tell anything: what a replica over it knows, it has read or written itself. */
public record DeafStore(Store store) implements Store {
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
    return () -> {};
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
