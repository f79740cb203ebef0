package io.infrafabric.coordinator.status;

import io.infrafabric.coordinator.dispatch.PushTimes;
import io.infrafabric.coordinator.v1.ClaimServiceGrpc;
import io.infrafabric.coordinator.v1.ClaimStats;
import io.infrafabric.coordinator.v1.GetStatusResponse;
import io.infrafabric.coordinator.v1.MethodCalls;
import io.infrafabric.coordinator.v1.PushStats;
import io.infrafabric.kit.grpc.CallMeter;
import io.infrafabric.kit.grpc.CallTimes;
import io.infrafabric.kit.telemetry.RecentTimes;
import io.infrafabric.kit.time.Times;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/** What is counted and timed of this coordinator: calls at its doors, claims among them, and pushes. */
public final class GrpcFigures {
  private final RecentTimes claims = new RecentTimes();
  private final CallTimes calls =
      new CallTimes(
          Map.of(
              ClaimServiceGrpc.getClaimTaskMethod().getFullMethodName(), claims,
              ClaimServiceGrpc.getClaimNextMethod().getFullMethodName(), claims));
  private final LongSupplier claimsMade;
  private final PushTimes pushes;
  private final BooleanSupplier elected;
  private final Instant startedAt;

  /**
   * @param claimsMade claims committed so far
   * @param elected whether this coordinator rings now
   */
  public GrpcFigures(LongSupplier claimsMade, PushTimes pushes, BooleanSupplier elected, InstantSource clock) {
    this.claimsMade = claimsMade;
    this.pushes = pushes;
    this.elected = elected;
    this.startedAt = clock.instant();
  }

  /** Hears of the calls, at every door. */
  public CallMeter meter() {
    return calls;
  }

  /** Puts them into a status. */
  void tell(GetStatusResponse.Builder status) {
    status.setStartedAt(Times.toProto(startedAt)).setClaims(claims()).setPushes(pushes());
    calls
        .calls()
        .forEach(
            (method, over) ->
                status.addCalls(
                    MethodCalls.newBuilder()
                        .setMethod(method)
                        .setAnswered(over.answered())
                        .setRefused(over.refused())
                        .setAbandoned(over.abandoned())));
  }

  private ClaimStats claims() {
    ClaimStats.Builder stats = ClaimStats.newBuilder().setMade(claimsMade.getAsLong());
    claims
        .summary()
        .ifPresent(
            summary ->
                stats
                    .setMeasured(summary.measured())
                    .setP50Micros(summary.p50Micros())
                    .setP95Micros(summary.p95Micros())
                    .setMaxMicros(summary.maxMicros())
                    .setLatency(TargetRules.latency(summary))
                    .setTarget(TargetRules.target(summary)));
    return stats.build();
  }

  private PushStats pushes() {
    PushTimes.Counts counts = pushes.counts();
    PushStats.Builder stats =
        PushStats.newBuilder()
            .setElected(elected.getAsBoolean())
            .setRung(counts.rung())
            .setAcknowledged(counts.acknowledged())
            .setFailed(counts.failed())
            .setWaited(counts.waited())
            .setUntimed(counts.untimed());
    pushes.untilAcknowledged().ifPresent(summary -> stats.setLatency(TargetRules.latency(summary)).setTarget(TargetRules.target(summary)));
    pushes.untilHeard().ifPresent(summary -> stats.setDoorbell(TargetRules.latency(summary)));
    return stats.build();
  }
}
