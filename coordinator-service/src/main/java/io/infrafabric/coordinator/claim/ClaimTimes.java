package io.infrafabric.coordinator.claim;

import java.time.Duration;
import java.util.Arrays;
import java.util.function.LongSupplier;

/** How long the claims took that were made here: the newest of the last minutes. */
public final class ClaimTimes {
  /** How far back a summary looks. */
  public static final Duration WINDOW = Duration.ofMinutes(5);

  /** Claims that are remembered at most. */
  static final int MOST = 8_192;

  private final LongSupplier nanos;
  private final long[] ended = new long[MOST];
  private final long[] took = new long[MOST];
  private long made;

  /**
   * @param made claims since the start
   * @param measured claims that the times are of
   * @param p50Micros half of them were as quick, in microseconds; 0 without any, as the others
   */
  public record Summary(long made, int measured, long p50Micros, long p95Micros, long maxMicros) {}

  /**
   * @param nanos a clock that only goes forward, in nanoseconds
   */
  public ClaimTimes(LongSupplier nanos) {
    this.nanos = nanos;
  }

  /** When a claim begins, to be given to {@link #made}. */
  long begin() {
    return nanos.getAsLong();
  }

  /** A claim was made that began then. */
  synchronized void made(long begun) {
    long now = nanos.getAsLong();
    int place = (int) (made++ % MOST);
    ended[place] = now;
    took[place] = now - begun;
  }

  /** What is known now. */
  public Summary summary() {
    long[] times;
    long total;
    synchronized (this) {
      long now = nanos.getAsLong();
      long[] recent = new long[(int) Math.min(made, MOST)];
      int count = 0;
      for (int i = 0; i < recent.length; i++) {
        if (now - ended[i] <= WINDOW.toNanos()) {
          recent[count++] = took[i];
        }
      }
      times = Arrays.copyOf(recent, count);
      total = made;
    }
    Arrays.sort(times);
    return new Summary(total, times.length, micros(times, 50), micros(times, 95), micros(times, 100));
  }

  /** The smallest time that so many percent do not exceed. */
  private static long micros(long[] sorted, int percent) {
    return sorted.length == 0 ? 0 : sorted[(sorted.length * percent + 99) / 100 - 1] / 1_000;
  }
}
