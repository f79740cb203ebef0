package io.infrafabric.cli.demo;

import io.infrafabric.cli.demo.swarm.ClaimTimes;

/**
 * The agents' successful claims, as they saw them.
 *
 * @param p50Millis median of the time they took
 * @param p95Millis 95th percentile
 * @param count how many
 * @param offered how many followed an offer; for the others an idle agent asked
 */
public record ClaimReport(double p50Millis, double p95Millis, int count, int offered) {
  /** Sums up. */
  static ClaimReport of(ClaimTimes times) {
    return new ClaimReport(times.millis(500), times.millis(950), times.count(), times.offered());
  }
}
