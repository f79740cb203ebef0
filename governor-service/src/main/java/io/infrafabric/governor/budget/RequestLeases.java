package io.infrafabric.governor.budget;

import io.infrafabric.kit.store.Store;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;

/**
 * The leases that lines of the ledger live on. Lines of about the same time share one, which nobody keeps alive: it ends, and they with it, when
 * the last of them has been remembered long enough.
 */
final class RequestLeases {
  /** A lease takes lines for so large a part of the time that they are remembered. */
  private static final int SHARE = 20;

  private final Store store;
  private final Duration remembered;
  private final LongSupplier nanos;
  private CompletableFuture<Long> lease;
  private long grantedNanos;

  /**
   * @param remembered how long a line lives at least
   * @param nanos monotonic time
   */
  RequestLeases(Store store, Duration remembered, LongSupplier nanos) {
    this.store = store;
    this.remembered = remembered;
    this.nanos = nanos;
  }

  /** A lease that lives for at least as long as a line is remembered. */
  synchronized CompletableFuture<Long> current() {
    boolean old = lease != null && nanos.getAsLong() - grantedNanos > remembered.dividedBy(SHARE).toNanos();
    if (lease == null || lease.isCompletedExceptionally() || old) {
      grantedNanos = nanos.getAsLong();
      lease = store.grantLease(remembered.plus(remembered.dividedBy(SHARE / 2)));
    }
    return lease;
  }

  /** The lease may have ended, for instance because the store was brought back from a copy: the next line gets another one. */
  synchronized void doubt() {
    lease = null;
  }
}
