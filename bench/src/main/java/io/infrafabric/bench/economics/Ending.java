package io.infrafabric.bench.economics;

import io.grpc.StatusRuntimeException;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.coordinator.v1.FailTaskRequest;
import io.infrafabric.error.Refusal;

/** Ends claims as their attempts came out. What is refused for another reason than its cost is over already, and said by somebody else. */
final class Ending {
  private final Desk desk;

  Ending(Desk desk) {
    this.desk = desk;
  }

  /** Completes or fails; one that has cost more than it may fails at its cap. */
  void end(Claim claim, WorkRules.Effort effort, String reason) {
    try {
      if (effort.success()) {
        complete(claim, effort.costMicros());
      } else {
        fail(claim, effort.costMicros(), reason);
      }
    } catch (StatusRuntimeException failure) {
      Refusal refusal = Desk.refusal(failure);
      if (refusal.code() == ErrorCode.ERROR_CODE_COST_OVER_CAP) {
        long cap = Long.parseLong(refusal.metadata().get("max_cost_micros"));
        desk.ask(() -> fail(claim, cap, "stopped at its cap"));
      }
    }
  }

  private Object complete(Claim claim, long costMicros) {
    CompleteTaskRequest request =
        CompleteTaskRequest.newBuilder()
            .setRequestId(desk.request())
            .setTaskId(claim.getTaskId())
            .setSwarmId(claim.getSwarmId())
            .setFence(claim.getFence())
            .setCostMicros(costMicros)
            .build();
    return desk.call(() -> desk.claims().completeTask(request));
  }

  private Object fail(Claim claim, long costMicros, String reason) {
    FailTaskRequest request =
        FailTaskRequest.newBuilder()
            .setRequestId(desk.request())
            .setTaskId(claim.getTaskId())
            .setSwarmId(claim.getSwarmId())
            .setFence(claim.getFence())
            .setReason(reason)
            .setRetryable(true)
            .setCostMicros(costMicros)
            .build();
    return desk.call(() -> desk.claims().failTask(request));
  }
}
