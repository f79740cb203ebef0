package io.infrafabric.kit.telemetry;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes metrics in the text format of Prometheus, version 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/). {@code if.feature.what} becomes {@code if_feature_what}; counters end with
 * {@code _total}.
 */
final class PrometheusText {
  /** The media type of the text. */
  static final String MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private final StringBuilder out = new StringBuilder();

  /** Adds a counter. */
  PrometheusText counter(String name, String description, long value) {
    String full = plain(name).endsWith("_total") ? plain(name) : plain(name) + "_total";
    head(full, description, "counter");
    return line(full, Map.of(), value);
  }

  /** Adds a gauge with one value. */
  PrometheusText gauge(String name, String description, long value) {
    head(plain(name), description, "gauge");
    return line(plain(name), Map.of(), value);
  }

  /** Adds a gauge with several values. */
  PrometheusText gauge(String name, String description, List<Sample> samples) {
    head(plain(name), description, "gauge");
    samples.forEach(sample -> line(plain(name), sample.labels(), sample.value()));
    return this;
  }

  /** Adds a histogram. */
  PrometheusText histogram(String name, String description, Histogram.Reading reading) {
    String full = plain(name);
    head(full, description, "histogram");
    for (int i = 0; i < reading.bounds().size(); i++) {
      line(full + "_bucket", Map.of("le", number(reading.bounds().get(i))), reading.counts().get(i));
    }
    long all = reading.counts().getLast();
    line(full + "_bucket", Map.of("le", "+Inf"), all);
    line(full + "_sum", Map.of(), reading.sum());
    return line(full + "_count", Map.of(), all);
  }

  /** The text so far. */
  String text() {
    return out.toString();
  }

  private void head(String name, String description, String type) {
    out.append("# HELP ").append(name).append(' ').append(description.replace("\\", "\\\\").replace("\n", "\\n")).append('\n');
    out.append("# TYPE ").append(name).append(' ').append(type).append('\n');
  }

  private PrometheusText line(String name, Map<String, String> labels, double value) {
    return line(name, labels, number(value));
  }

  private PrometheusText line(String name, Map<String, String> labels, long value) {
    return line(name, labels, Long.toString(value));
  }

  private PrometheusText line(String name, Map<String, String> labels, String value) {
    out.append(name);
    String separator = "{";
    for (Map.Entry<String, String> label : new TreeMap<>(labels).entrySet()) {
      out.append(separator).append(plain(label.getKey())).append("=\"").append(escaped(label.getValue())).append('"');
      separator = ",";
    }
    out.append(labels.isEmpty() ? "" : "}").append(' ').append(value).append('\n');
    return this;
  }

  private static String number(double value) {
    if (Double.isInfinite(value)) {
      return value > 0 ? "+Inf" : "-Inf";
    }
    return Double.toString(value);
  }

  private static String plain(String name) {
    String plain = name.replaceAll("[^a-zA-Z0-9_:]", "_");
    return !plain.isEmpty() && Character.isDigit(plain.charAt(0)) ? "_" + plain : plain;
  }

  private static String escaped(String value) {
    return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
  }
}
