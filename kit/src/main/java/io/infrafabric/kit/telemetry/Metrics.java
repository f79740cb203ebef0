package io.infrafabric.kit.telemetry;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.metrics.DoubleHistogram;
import io.opentelemetry.api.metrics.Meter;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** The metrics of one process, by name; the same name is the same metric. Names are {@code if.feature.what}. */
public final class Metrics {
  /** Values of one metric; what a supplier has beyond them is left out. */
  public static final int MOST_SAMPLES = 256;

  private static final double[] MILLIS = {0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000};

  private final Meter meter;
  private final Map<String, Counter> counters = new ConcurrentHashMap<>();
  private final Map<String, LongSupplier> gauges = new ConcurrentHashMap<>();
  private final Map<String, Supplier<List<Sample>>> samples = new ConcurrentHashMap<>();
  private final Map<String, Histogram> millis = new ConcurrentHashMap<>();
  private final Map<String, DoubleHistogram> histograms = new ConcurrentHashMap<>();
  private final Map<String, String> descriptions = new ConcurrentHashMap<>();

  Metrics(Meter meter) {
    this.meter = meter;
  }

  /** The counter of that name. */
  public Counter counter(String name, String description) {
    descriptions.put(name, description);
    return counters.computeIfAbsent(
        name, key -> new Counter(meter.counterBuilder(key).setDescription(description).build()));
  }

  /** Reports the value whenever metrics are read; a second gauge of a name takes the place of the first. */
  public void gauge(String name, String description, LongSupplier value) {
    descriptions.put(name, description);
    if (gauges.put(name, value) == null) {
      meter
          .gaugeBuilder(name)
          .ofLongs()
          .setDescription(description)
          .buildWithCallback(measurement -> measurement.record(gauges.get(name).getAsLong()));
    }
  }

  /** Reports several values, each with its labels, whenever metrics are read; a second supplier of a name takes the place of the first. */
  public void samples(String name, String description, Supplier<List<Sample>> values) {
    descriptions.put(name, description);
    if (samples.put(name, values) == null) {
      meter
          .gaugeBuilder(name)
          .setDescription(description)
          .buildWithCallback(measurement -> samplesOf(name).forEach(sample -> measurement.record(sample.value(), attributes(sample))));
    }
  }

  /** The histogram of that name, in milliseconds. */
  public Histogram millis(String name, String description) {
    descriptions.put(name, description);
    return millis.computeIfAbsent(
        name, key -> new Histogram(meter.histogramBuilder(key).setUnit("ms").setDescription(description).build(), MILLIS));
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

  /** Every counter, gauge and histogram in milliseconds now, in the text format of Prometheus. */
  public String page() {
    PrometheusText page = new PrometheusText();
    new TreeMap<>(counters).forEach((name, counter) -> page.counter(name, descriptions.get(name), counter.value()));
    new TreeMap<>(gauges).forEach((name, gauge) -> page.gauge(name, descriptions.get(name), gauge.getAsLong()));
    new TreeMap<>(samples).forEach((name, values) -> page.gauge(name, descriptions.get(name), samplesOf(name)));
    new TreeMap<>(millis).forEach((name, histogram) -> page.histogram(name, descriptions.get(name), histogram.read()));
    return page.text();
  }

  /** The media type of {@link #page}. */
  public static String pageType() {
    return PrometheusText.MEDIA_TYPE;
  }

  private List<Sample> samplesOf(String name) {
    return samples.get(name).get().stream().limit(MOST_SAMPLES).toList();
  }

  private static Attributes attributes(Sample sample) {
    AttributesBuilder attributes = Attributes.builder();
    sample.labels().forEach((name, value) -> attributes.put(AttributeKey.stringKey(name), value));
    return attributes.build();
  }
}
