package io.infrafabric.kit.telemetry;

import io.opentelemetry.api.metrics.DoubleHistogram;
import io.opentelemetry.api.metrics.Meter;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/** The metrics of one process, by name; the same name is the same metric. Names are {@code if.feature.what}. */
public final class Metrics {
  private final Meter meter;
  private final Map<String, Counter> counters = new ConcurrentHashMap<>();
  private final Map<String, LongSupplier> gauges = new ConcurrentHashMap<>();
  private final Map<String, DoubleHistogram> histograms = new ConcurrentHashMap<>();

  Metrics(Meter meter) {
    this.meter = meter;
  }

  /** The counter of that name. */
  public Counter counter(String name, String description) {
    return counters.computeIfAbsent(
        name, key -> new Counter(meter.counterBuilder(key).setDescription(description).build()));
  }

  /** Reports the value whenever metrics are read; a second gauge of a name takes the place of the first. */
  public void gauge(String name, String description, LongSupplier value) {
    if (gauges.put(name, value) == null) {
      meter
          .gaugeBuilder(name)
          .ofLongs()
          .setDescription(description)
          .buildWithCallback(measurement -> measurement.record(gauges.get(name).getAsLong()));
    }
  }

  /** The histogram of that name, in seconds. */
  public DoubleHistogram seconds(String name, String description) {
    return histograms.computeIfAbsent(
        name, key -> meter.histogramBuilder(key).setUnit("s").setDescription(description).build());
  }

  /** Every counter and gauge now, by name. */
  public Map<String, Long> snapshot() {
    Map<String, Long> now = new TreeMap<>();
    counters.forEach((name, counter) -> now.put(name, counter.value()));
    gauges.forEach((name, gauge) -> now.put(name, gauge.getAsLong()));
    return now;
  }
}
