package io.infrafabric.chassis.work;

import io.infrafabric.chassis.contract.ObjectShelf;
import io.infrafabric.chassis.sandbox.ExecutionResult;
import io.infrafabric.chassis.sandbox.LoadedModule;
import io.infrafabric.chassis.sandbox.Measures;
import io.infrafabric.chassis.v1.Contract;
import io.infrafabric.chassis.v1.Execution;
import io.infrafabric.chassis.v1.ExecutionOutcome;
import io.infrafabric.chassis.work.SettlementRules.Cost;
import io.infrafabric.chassis.work.SettlementRules.Settlement;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.coordinator.v1.FailTaskRequest;
import io.infrafabric.coordinator.v1.ReleaseTaskRequest;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.RefusedException;
import io.infrafabric.kit.telemetry.Traces;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.Ids;
import io.infrafabric.names.Limits;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Works on one claim: fetches the payload, executes, ends the claim, and tells what was measured. */
final class ClaimRun {
  private static final Logger log = LoggerFactory.getLogger(ClaimRun.class);

  private final Contract contract;
  private final LoadedModule module;
  private final Coordinator coordinator;
  private final ObjectShelf objects;
  private final ExecutionFacts facts;
  private final Persistence persistence;
  private final Traces traces;
  private final InstantSource clock;

  ClaimRun(
      Contract contract,
      LoadedModule module,
      Coordinator coordinator,
      ObjectShelf objects,
      ExecutionFacts facts,
      Persistence persistence,
      Traces traces,
      InstantSource clock) {
    this.contract = contract;
    this.module = module;
    this.coordinator = coordinator;
    this.objects = objects;
    this.facts = facts;
    this.persistence = persistence;
    this.traces = traces;
    this.clock = clock;
  }

  /** Works on the claim to its end. Returns true when the task was completed. */
  boolean run(Claim claim) throws InterruptedException {
    try (OtelExecuteSpan span = new OtelExecuteSpan(traces, claim);
        ProgressBeat beat = ProgressBeat.of(claim, coordinator, clock)) {
      return run(claim, span) == ExecutionOutcome.EXECUTION_OUTCOME_SUCCEEDED;
    }
  }

  private ExecutionOutcome run(Claim claim, OtelExecuteSpan span) throws InterruptedException {
    try {
      ExecutionOutcome outcome = executed(claim, span);
      span.ended(outcome);
      return outcome;
    } catch (RuntimeException bug) {
      span.failed(bug);
      throw bug;
    }
  }

  private ExecutionOutcome executed(Claim claim, OtelExecuteSpan span) throws InterruptedException {
    try (StreamedResult output = new StreamedResult(objects)) {
      return executed(claim, span, output);
    }
  }

  private ExecutionOutcome executed(Claim claim, OtelExecuteSpan span, StreamedResult output) throws InterruptedException {
    CompleteTaskRequest.Builder whole = CompleteTaskRequest.newBuilder();
    ExecutionResult result;
    try {
      result = module.run(payload(claim), output);
      if (result instanceof ExecutionResult.Succeeded) {
        output.into(whole);
      }
    } catch (RefusedException infrastructure) {
      return giveBack(claim, infrastructure.refusal());
    }
    Settlement settlement = SettlementRules.settle(result, contract, claim.getSpec().getMaxCostMicros());
    if (settlement.cost().capped()) {
      log.atWarn()
          .addKeyValue("task", claim.getTaskId())
          .addKeyValue("costMicros", settlement.cost().micros())
          .log("the execution cost more than the task allows, what is above is not charged");
    }
    ExecutionOutcome outcome = end(claim, settlement, whole) ? SettlementRules.outcome(result) : ExecutionOutcome.EXECUTION_OUTCOME_CLAIM_LOST;
    tell(claim, span, outcome, result.measures(), settlement.cost());
    return outcome;
  }

  private byte[] payload(Claim claim) throws InterruptedException {
    if (!claim.getSpec().hasPayloadObject()) {
      return claim.getSpec().getPayload().toByteArray();
    }
    return persistence.untilAnswered(() -> objects.get(claim.getSpec().getPayloadObject().getSha256()));
  }

  /** The module never ran, or its result could not be kept. What passes is nobody's failure; what is missing for good is not tried again. */
  private ExecutionOutcome giveBack(Claim claim, Refusal refusal) throws InterruptedException {
    String reason = refusal.reason() + ": " + refusal.message();
    Cost nothing = new Cost(0, false);
    boolean missing = refusal.code() == ErrorCode.ERROR_CODE_OBJECT_NOT_FOUND;
    Settlement settlement = missing ? new Settlement.Fail(reason, false, nothing) : new Settlement.Release(reason, nothing);
    boolean held = end(claim, settlement, CompleteTaskRequest.newBuilder());
    log.atWarn().addKeyValue("task", claim.getTaskId()).addKeyValue("cause", refusal.message()).log("the task could not be executed");
    return held ? ExecutionOutcome.EXECUTION_OUTCOME_FAILED : ExecutionOutcome.EXECUTION_OUTCOME_CLAIM_LOST;
  }

  /**
   * Ends the claim; false when it was lost meanwhile. One request id, however often it is sent.
   *
   * @param whole has the result, if there is one
   */
  private boolean end(Claim claim, Settlement settlement, CompleteTaskRequest.Builder whole) throws InterruptedException {
    String requestId = Ids.ulid(clock.millis());
    try {
      switch (settlement) {
        case Settlement.Complete complete -> complete(claim, requestId, whole.setCostMicros(complete.cost().micros()));
        case Settlement.Fail fail -> fail(claim, requestId, fail);
        case Settlement.Release release -> release(claim, requestId, release);
      }
      return true;
    } catch (RefusedException refused) {
      log.atWarn().addKeyValue("task", claim.getTaskId()).addKeyValue("cause", refused.getMessage()).log("the claim could not be ended");
      if (!RetryRules.claimLost(refused.refusal()) && !RetryRules.unanswered(refused.refusal())) {
        throw refused;
      }
      return false;
    }
  }

  private void complete(Claim claim, String requestId, CompleteTaskRequest.Builder request) throws InterruptedException {
    CompleteTaskRequest sent =
        request.setRequestId(requestId).setTaskId(claim.getTaskId()).setSwarmId(claim.getSwarmId()).setFence(claim.getFence()).build();
    persistence.untilDone(() -> coordinator.complete(sent));
  }

  private void release(Claim claim, String requestId, Settlement.Release release) throws InterruptedException {
    ReleaseTaskRequest request =
        ReleaseTaskRequest.newBuilder()
            .setRequestId(requestId)
            .setTaskId(claim.getTaskId())
            .setSwarmId(claim.getSwarmId())
            .setFence(claim.getFence())
            .setReason(text(release.reason()))
            .build();
    persistence.untilDone(() -> coordinator.release(request));
  }

  private static String text(String reason) {
    return reason.length() > Limits.TEXT_CHARACTERS ? reason.substring(0, Limits.TEXT_CHARACTERS) : reason;
  }

  private void fail(Claim claim, String requestId, Settlement.Fail fail) throws InterruptedException {
    FailTaskRequest request =
        FailTaskRequest.newBuilder()
            .setRequestId(requestId)
            .setTaskId(claim.getTaskId())
            .setSwarmId(claim.getSwarmId())
            .setFence(claim.getFence())
            .setReason(text(fail.reason()))
            .setRetryable(fail.retryable())
            .setCostMicros(fail.cost().micros())
            .build();
    persistence.untilDone(() -> coordinator.fail(request));
  }

  private void tell(Claim claim, OtelExecuteSpan span, ExecutionOutcome outcome, Measures measures, Cost cost) {
    facts.add(
        Execution.newBuilder()
            .setSwarmId(claim.getSwarmId())
            .setTaskId(claim.getTaskId())
            .setClaimId(claim.getClaimId())
            .setFence(claim.getFence())
            .setOutcome(outcome)
            .setWall(Times.toProto(measures.wall()))
            .setCpu(Times.toProto(measures.cpu()))
            .setMemoryBytes(measures.memoryBytes())
            .setCostMicros(cost.micros())
            .setModuleSha256(module.sha256())
            .setAt(Times.toProto(clock.instant()))
            .build(),
        span.context());
  }
}
