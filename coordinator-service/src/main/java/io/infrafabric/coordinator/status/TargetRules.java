package io.infrafabric.coordinator.status;

import io.infrafabric.coordinator.v1.Latency;
import io.infrafabric.coordinator.v1.Target;
import io.infrafabric.kit.telemetry.RecentTimes;
import io.infrafabric.kit.time.Times;
import java.time.Duration;

/** What is promised, and whether measured times keep it. Pure. */
final class TargetRules {
  /** 95 of 100 claims, and of 100 pushes, take less than that (coordinator rows C3 and C10). */
  static final Duration P95_BELOW = Duration.ofMillis(10);

  private TargetRules() {}

  static Latency latency(RecentTimes.Summary summary) {
    return Latency.newBuilder()
        .setMeasured(summary.measured())
        .setWindow(Times.toProto(summary.window()))
        .setAverageMicros(summary.averageMicros())
        .setP50Micros(summary.p50Micros())
        .setP95Micros(summary.p95Micros())
        .setP99Micros(summary.p99Micros())
        .setMaxMicros(summary.maxMicros())
        .build();
  }

  static Target target(RecentTimes.Summary summary) {
    long below = P95_BELOW.toNanos() / 1_000;
    return Target.newBuilder()
        .setP95BelowMicros(below)
        .setMet(summary.p95Micros() < below)
        .setWindow(Times.toProto(summary.window()))
        .setMeasured(summary.measured())
        .build();
  }
}
