package io.infrafabric.kit.telemetry;

import java.util.Map;

/**
 * One value of a metric that has several.
 *
 * @param labels by name: words of a small and bounded set, never ids
 */
public record Sample(Map<String, String> labels, double value) {
  public Sample {
    labels = Map.copyOf(labels);
  }
}
