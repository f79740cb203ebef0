package io.infrafabric.cli.demo.swarm;

import java.util.Arrays;
import java.util.concurrent.ConcurrentLinkedQueue;

/** How long calls took, as the clients saw it. Thread-safe. */
public final class Latencies {
  private final ConcurrentLinkedQueue<Long> samples = new ConcurrentLinkedQueue<>();

  /** Adds a call. */
  public void add(long nanos) {
    samples.add(nanos);
  }

  /** How many calls. */
  public int count() {
    return samples.size();
  }

  /** The smallest sample that so many thousandths of all do not exceed, in milliseconds; 0 without samples. */
  public double millis(int thousandths) {
    long[] sorted = samples.stream().mapToLong(Long::longValue).toArray();
    if (sorted.length == 0) {
      return 0;
    }
    Arrays.sort(sorted);
    int rank = Math.max(1, Math.ceilDiv(sorted.length * thousandths, 1000));
    return sorted[rank - 1] / 1e6;
  }
}
