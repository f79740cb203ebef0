package io.infrafabric.coordinator.dispatch;

import io.infrafabric.common.v1.TraceContext;
import io.infrafabric.coordinator.task.ReadyTask;
import io.infrafabric.coordinator.v1.Offer;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.SwarmId;
import java.time.Instant;

/** An offer as swarms see it, by whatever way it reaches them. */
final class OfferWire {
  private OfferWire() {}

  static Offer of(ReadyTask task, SwarmId swarm, Instant until, TraceContext trace) {
    return Offer.newBuilder()
        .setTaskId(task.id().value())
        .setSwarmId(swarm.value())
        .addAllRequiredCapabilities(task.spec().getRequiredCapabilitiesList())
        .setPriority(task.spec().getPriority())
        .setMaxCostMicros(task.spec().getMaxCostMicros())
        .setRevision(task.revision())
        .setExpiresAt(Times.toProto(until))
        .setTrace(trace)
        .build();
  }
}
