package io.infrafabric.cli.demo.swarm;

import java.util.Arrays;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** How long successful claims took, as the clients saw it, and what led to them. Thread-safe. */
public final class ClaimTimes {
  /** What led to a claim. */
  public enum Cause {
    /** A doorbell rang. */
    OFFER,
    /** The agent was idle and asked. */
    ASKED
  }

  private final ConcurrentLinkedQueue<Long> nanos = new ConcurrentLinkedQueue<>();
  private final AtomicInteger offered = new AtomicInteger();

  /** Adds a claim. */
  public void add(Cause cause, long nanosTaken) {
    nanos.add(nanosTaken);
    if (cause == Cause.OFFER) {
      offered.incrementAndGet();
    }
  }

  /** How many claims. */
  public int count() {
    return nanos.size();
  }

  /** How many of them followed an offer. */
  public int offered() {
    return offered.get();
  }

  /** The smallest time that so many thousandths of all claims do not exceed, in milliseconds; 0 without claims. */
  public double millis(int thousandths) {
    long[] sorted = nanos.stream().mapToLong(Long::longValue).toArray();
    if (sorted.length == 0) {
      return 0;
    }
    Arrays.sort(sorted);
    int rank = Math.max(1, Math.ceilDiv(sorted.length * thousandths, 1000));
    return sorted[rank - 1] / 1e6;
  }
}
