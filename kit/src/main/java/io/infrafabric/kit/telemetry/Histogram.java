package io.infrafabric.kit.telemetry;

import io.opentelemetry.api.metrics.DoubleHistogram;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;

/** How values are distributed over buckets; readable in the process and exported as an OpenTelemetry histogram. */
public final class Histogram {
  private final double[] bounds;
  private final List<LongAdder> buckets;
  private final DoubleAdder sum = new DoubleAdder();
  private final DoubleHistogram exported;

  /**
   * What was recorded so far.
   *
   * @param bounds upper, inclusive, ascending
   * @param counts of the values up to each bound, and last of all values
   */
  public record Reading(List<Double> bounds, List<Long> counts, double sum) {}

  Histogram(DoubleHistogram exported, double... bounds) {
    this.exported = exported;
    this.bounds = bounds.clone();
    Arrays.sort(this.bounds);
    this.buckets = IntStream.rangeClosed(0, bounds.length).mapToObj(i -> new LongAdder()).toList();
  }

  /** Records a value. */
  public void record(double value) {
    int bucket = Arrays.binarySearch(bounds, value);
    buckets.get(bucket < 0 ? -bucket - 1 : bucket).increment();
    sum.add(value);
    exported.record(value);
  }

  /** What was recorded so far. */
  public Reading read() {
    long[] counts = buckets.stream().mapToLong(LongAdder::sum).toArray();
    Arrays.parallelPrefix(counts, Long::sum);
    return new Reading(Arrays.stream(bounds).boxed().toList(), Arrays.stream(counts).boxed().toList(), sum.sum());
  }
}
