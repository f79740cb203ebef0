package io.infrafabric.kit.relay;

import io.infrafabric.kit.telemetry.Counter;
import io.infrafabric.kit.telemetry.Metrics;

/** What a relay counts. */
record RelayMeter(Counter published, Counter retried, Counter reconciles, Counter failedMappings) {
  static RelayMeter of(Metrics metrics) {
    return new RelayMeter(
        metrics.counter("if.relay.published", "Messages published and acknowledged"),
        metrics.counter("if.relay.retried", "Publishes that failed and were tried again"),
        metrics.counter("if.relay.reconciles", "Snapshots published because changes were missed"),
        metrics.counter("if.relay.failed_mappings", "Changes without messages because of a bug"));
  }
}
