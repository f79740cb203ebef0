package io.infrafabric.bench;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Latencies of one side of a benchmark.
 *
 * @param sortedNanos of every operation, ascending
 * @param wallNanos of all rounds together
 */
public record Samples(long[] sortedNanos, long wallNanos) {
  /** Of several rounds. */
  public static Samples of(List<long[]> rounds, long wallNanos) {
    long[] all = rounds.stream().flatMapToLong(Arrays::stream).sorted().toArray();
    return new Samples(all, wallNanos);
  }

  /** Several one after the other. */
  public static Samples join(List<Samples> parts) {
    return of(parts.stream().map(Samples::sortedNanos).toList(), parts.stream().mapToLong(Samples::wallNanos).sum());
  }

  /** A percentile by nearest rank, in milliseconds. */
  public double percentileMillis(double percent) {
    if (sortedNanos.length == 0) {
      return Double.NaN;
    }
    int rank = (int) Math.ceil(percent / 100 * sortedNanos.length);
    return sortedNanos[Math.max(0, rank - 1)] / 1e6;
  }

  /** Operations a second. */
  public double perSecond() {
    return sortedNanos.length / (wallNanos / 1e9);
  }

  /** {@code 12345/s  p50 1.23  p95 4.56  p99 7.89 ms}. */
  public String line() {
    return String.format(
        Locale.ROOT,
        "%8.0f/s   p50 %7.2f   p95 %7.2f   p99 %7.2f ms",
        perSecond(),
        percentileMillis(50),
        percentileMillis(95),
        percentileMillis(99));
  }

  /** The same as a JSON object. */
  public String json() {
    return String.format(
        Locale.ROOT,
        "{\"perSecond\":%.1f,\"p50Millis\":%.3f,\"p95Millis\":%.3f,\"p99Millis\":%.3f,\"operations\":%d}",
        perSecond(),
        percentileMillis(50),
        percentileMillis(95),
        percentileMillis(99),
        sortedNanos.length);
  }
}
