package io.infrafabric.coordinator.blocker;

import io.infrafabric.common.v1.TraceContext;
import io.infrafabric.coordinator.task.TaskStates;
import io.infrafabric.coordinator.v1.Claimed;
import io.infrafabric.coordinator.v1.LastChange;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.kit.time.Times;
import java.time.Instant;

/** What the record of a held task says of the mutation that wrote it. */
final class Changes {
  private Changes() {}

  /** Of a task that is held before the change. */
  static LastChange of(Task before, TaskEventType event, String requestId, String reason, TraceContext trace, Instant now) {
    Claimed claim = TaskStates.claim(before).orElseThrow();
    return LastChange.newBuilder()
        .setRequestId(requestId)
        .setEvent(event)
        .setAt(Times.toProto(now))
        .setTrace(trace)
        .setSwarmId(claim.getSwarmId())
        .setClaimId(claim.getClaimId())
        .setFence(claim.getFence())
        .setReason(reason)
        .build();
  }
}
