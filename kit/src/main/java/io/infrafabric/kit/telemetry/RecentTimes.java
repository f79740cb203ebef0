package io.infrafabric.kit.telemetry;

import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * How long something took: every time of the last minutes as it was measured, the newest few thousand of them. Made of two arrays, so that
 * measuring makes no garbage.
 */
public final class RecentTimes {
  /** How far back a summary looks at most. */
  public static final Duration WINDOW = Duration.ofMinutes(5);

  /** Times that are remembered at most. */
  public static final int MOST = 8_192;

  private final LongSupplier nanos;
  private final long[] ended = new long[MOST];
  private final long[] took = new long[MOST];
  private long count;

  /**
   * What the remembered times come to; percentiles by nearest rank.
   *
   * @param measured how many they are
   * @param window from when the oldest of them ended until now
   * @param averageMicros in microseconds, as the others; rounded down
   */
  public record Summary(int measured, Duration window, long averageMicros, long p50Micros, long p95Micros, long p99Micros, long maxMicros) {}

  /** Times by {@link System#nanoTime}. */
  public RecentTimes() {
    this(System::nanoTime);
  }

  /**
   * @param nanos a clock that only goes forward, in nanoseconds
   */
  public RecentTimes(LongSupplier nanos) {
    this.nanos = nanos;
  }

  /** Something has ended now that began then, by the same clock. */
  public synchronized void add(long begunNanos) {
    long now = nanos.getAsLong();
    int place = (int) (count++ % MOST);
    ended[place] = now;
    took[place] = now - begunNanos;
  }

  /** What is known now; empty when nothing was measured lately, which is not the same as 0. */
  public Optional<Summary> summary() {
    long[] times;
    long oldest = 0;
    synchronized (this) {
      long now = nanos.getAsLong();
      long[] recent = new long[(int) Math.min(count, MOST)];
      int found = 0;
      for (int i = 0; i < recent.length; i++) {
        long ago = now - ended[i];
        if (ago <= WINDOW.toNanos()) {
          recent[found++] = took[i];
          oldest = Math.max(oldest, ago);
        }
      }
      times = Arrays.copyOf(recent, found);
    }
    if (times.length == 0) {
      return Optional.empty();
    }
    Arrays.sort(times);
    long average = Arrays.stream(times).sum() / times.length / 1_000;
    return Optional.of(
        new Summary(times.length, Duration.ofNanos(oldest), average, micros(times, 50), micros(times, 95), micros(times, 99), micros(times, 100)));
  }

  /** The smallest time that so many percent do not exceed. */
  private static long micros(long[] sorted, int percent) {
    return sorted[(sorted.length * percent + 99) / 100 - 1] / 1_000;
  }
}
