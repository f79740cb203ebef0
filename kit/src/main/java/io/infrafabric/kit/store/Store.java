package io.infrafabric.kit.store;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** The port to the truth: strictly serializable transactions, watches and leases, as etcd has them. */
public interface Store extends AutoCloseable {

  /**
   * Commits the transactions as one, with one revision; each has its own outcome and sees nothing of the others.
   *
   * @param batch no key is written by two of them
   * @return an outcome for each, in order; never completes exceptionally
   */
  CompletableFuture<List<Outcome>> commit(List<Txn> batch);

  /**
   * Reads all keys of the ranges at one revision.
   *
   * @param prefixes disjoint prefixes that end with a slash
   */
  CompletableFuture<Snapshot> list(List<String> prefixes);

  /** Tells every change under the prefix after the revision, in revision order, until closed or broken. */
  Watch watch(String prefix, long afterRevision, WatchListener listener);

  /** A new lease. */
  CompletableFuture<Long> grantLease(Duration ttl);

  /** Renews a lease; empty when there is none any more. */
  CompletableFuture<Optional<Duration>> keepAlive(long lease);

  /** Ends a lease and deletes its keys; succeeds when it is gone already. */
  CompletableFuture<Void> revokeLease(long lease);

  /** What keeps its database small; a store without a quota needs nothing. */
  default Upkeep upkeep() {
    return Upkeep.UNLIMITED;
  }

  @Override
  void close();

  /** A watch that runs. */
  interface Watch extends AutoCloseable {
    @Override
    void close();
  }

  /** Hears of changes; called by one thread at a time, and must not block. */
  interface WatchListener {
    /** Changes of one or more revisions, in order. */
    void onChanges(List<Change> changes);

    /** The watch has ended by itself (compaction, no leader, silence): list again and watch from there. */
    void onBroken(Throwable reason);
  }
}
