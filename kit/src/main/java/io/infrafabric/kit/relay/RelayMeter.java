package io.infrafabric.kit.relay;

import io.infrafabric.kit.telemetry.Counter;
import io.infrafabric.kit.telemetry.Metrics;

/** What a relay counts. */
record RelayMeter(Counter published, Counter retried, Counter reconciles, Counter failedMappings) {
  static RelayMeter of(Metrics metrics, String prefix) {
    return new RelayMeter(
        metrics.counter(prefix + ".published", "Messages published and acknowledged"),
        metrics.counter(prefix + ".retried", "Publishes that failed and were tried again"),
        metrics.counter(prefix + ".reconciles", "Snapshots published because changes were missed"),
        metrics.counter(prefix + ".failed_mappings", "Changes without messages because of a bug"));
  }
}
