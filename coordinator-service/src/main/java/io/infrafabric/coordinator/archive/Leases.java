package io.infrafabric.coordinator.archive;

import io.infrafabric.kit.store.Store;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;

/**
 * Leases that let etcd forget the lines of archived tasks by itself: one for some hundred lines of about the same time, so that
 * there are neither too many leases nor too many keys that go at once.
 */
final class Leases {
  private static final int LINES = 500;

  private final Store store;
  private final Duration keep;
  private CompletableFuture<Long> current;
  private int used;
  private Instant until = Instant.MIN;

  Leases(Store store, Duration keep) {
    this.store = store;
    this.keep = keep;
  }

  /** The lease for the next line. */
  synchronized CompletableFuture<Long> next(Instant now) {
    if (current == null || current.isCompletedExceptionally() || used >= LINES || !now.isBefore(until)) {
      current = store.grantLease(keep);
      used = 0;
      until = now.plus(keep.dividedBy(10)); // lines of one lease lose at most a tenth of their time
    }
    used++;
    return current;
  }

  /** The present lease is not to be used again. */
  synchronized void drop() {
    current = null;
  }
}
