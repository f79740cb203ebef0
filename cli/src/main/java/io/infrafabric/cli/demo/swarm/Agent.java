package io.infrafabric.cli.demo.swarm;

import com.google.protobuf.ByteString;
import io.infrafabric.cli.fabric.Requests;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimNextRequest;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.coordinator.v1.FailTaskRequest;
import io.infrafabric.coordinator.v1.ReleaseTaskRequest;
import io.infrafabric.coordinator.v1.ReportProgressRequest;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.grpc.Errors;
import io.infrafabric.kit.telemetry.TraceAttributes;
import io.infrafabric.kit.telemetry.Traces;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Scope;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** One member of a swarm: claims, works, reports and ends, all with the fence of its claim. Used by one thread. */
final class Agent {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final String name;
  private final Model model;
  private final Door door;
  private final SwarmIdentity swarm;
  private final Traces traces;
  private final ClaimTimes times;
  private final long seed;

  Agent(String name, Model model, Door door, SwarmIdentity swarm, Traces traces, ClaimTimes times, long seed) {
    this.name = name;
    this.model = model;
    this.door = door;
    this.swarm = swarm;
    this.traces = traces;
    this.times = times;
    this.seed = seed;
  }

  String name() {
    return name;
  }

  /** Claims a task that rang, unless another one was faster, and does it. */
  boolean answer(String taskId) {
    ClaimTaskRequest request =
        ClaimTaskRequest.newBuilder()
            .setRequestId(Requests.newId())
            .setTaskId(taskId)
            .setSwarmId(swarm.swarmId())
            .setSessionId(swarm.sessionId())
            .setAgent(name)
            .build();
    return claimed(ClaimTimes.Cause.OFFER, () -> door.claim(request).getClaim()).map(this::work).isPresent();
  }

  /** Claims whatever is ready and does it; false when there is nothing. */
  boolean pull() {
    ClaimNextRequest request =
        ClaimNextRequest.newBuilder()
            .setRequestId(Requests.newId())
            .setSwarmId(swarm.swarmId())
            .setSessionId(swarm.sessionId())
            .setAgent(name)
            .build();
    return claimed(ClaimTimes.Cause.ASKED, () -> door.next(request).getClaim()).map(this::work).isPresent();
  }

  private Optional<Claim> claimed(ClaimTimes.Cause cause, Supplier<Claim> call) {
    try {
      return Optional.of(Requests.retrying(PATIENCE, () -> timed(cause, call)));
    } catch (RuntimeException failure) {
      if (refused(failure)) {
        return Optional.empty();
      }
      throw failure;
    }
  }

  private Claim timed(ClaimTimes.Cause cause, Supplier<Claim> call) {
    long start = System.nanoTime();
    Claim claim = call.get();
    times.add(cause, System.nanoTime() - start);
    return claim;
  }

  private Claim work(Claim claim) {
    Attributes attributes =
        Attributes.of(
            TraceAttributes.TASK_ID, claim.getTaskId(),
            TraceAttributes.SWARM_ID, claim.getSwarmId(),
            TraceAttributes.FENCE, claim.getFence());
    Span span = traces.start("work", SpanKind.INTERNAL, claim.getTrace(), attributes);
    try (Scope scope = span.makeCurrent()) {
      attempt(claim);
    } catch (RuntimeException failure) {
      Traces.fail(span, failure);
      if (!refused(failure)) {
        throw failure;
      }
    } finally {
      span.end();
    }
    return claim;
  }

  private void attempt(Claim claim) {
    Behaviour behaviour = Behaviour.of(seed, claim.getTaskId(), claim.getAttempt());
    long start = System.nanoTime();
    LockSupport.parkNanos(behaviour.work().toNanos() / 2);
    if (behaviour.reports()) {
      report(claim);
    }
    LockSupport.parkNanos(behaviour.work().toNanos() / 2);
    long cost = Math.min(model.costMicros(System.nanoTime() - start), claim.getSpec().getMaxCostMicros());
    switch (behaviour.ending()) {
      case COMPLETE -> complete(claim, cost);
      case FAIL -> fail(claim, cost);
      case RELEASE -> release(claim, cost);
    }
  }

  private void report(Claim claim) {
    ReportProgressRequest request =
        ReportProgressRequest.newBuilder()
            .setRequestId(Requests.newId())
            .setTaskId(claim.getTaskId())
            .setSwarmId(claim.getSwarmId())
            .setFence(claim.getFence())
            .setPercent(50)
            .setNote(name + " is half-way")
            .build();
    Requests.retrying(PATIENCE, () -> door.progress(request));
  }

  private void complete(Claim claim, long cost) {
    CompleteTaskRequest request =
        CompleteTaskRequest.newBuilder()
            .setRequestId(Requests.newId())
            .setTaskId(claim.getTaskId())
            .setSwarmId(claim.getSwarmId())
            .setFence(claim.getFence())
            .setResult(ByteString.copyFromUtf8("done by " + name))
            .setCostMicros(cost)
            .build();
    Requests.retrying(PATIENCE, () -> door.complete(request));
  }

  private void fail(Claim claim, long cost) {
    FailTaskRequest request =
        FailTaskRequest.newBuilder()
            .setRequestId(Requests.newId())
            .setTaskId(claim.getTaskId())
            .setSwarmId(claim.getSwarmId())
            .setFence(claim.getFence())
            .setReason(name + " had bad luck")
            .setRetryable(true)
            .setCostMicros(cost)
            .build();
    Requests.retrying(PATIENCE, () -> door.fail(request));
    Span.current().setStatus(StatusCode.ERROR, "attempt failed");
  }

  private void release(Claim claim, long cost) {
    ReleaseTaskRequest request =
        ReleaseTaskRequest.newBuilder()
            .setRequestId(Requests.newId())
            .setTaskId(claim.getTaskId())
            .setSwarmId(claim.getSwarmId())
            .setFence(claim.getFence())
            .setReason(name + " was needed elsewhere")
            .setCostMicros(cost)
            .build();
    Requests.retrying(PATIENCE, () -> door.release(request));
  }

  /** Another swarm was faster, there is nothing, or there is no room now: all part of the game. */
  private static boolean refused(RuntimeException failure) {
    return Errors.refusalOf(failure).map(Refusal::code).filter(Agent::isPartOfTheGame).isPresent();
  }

  private static boolean isPartOfTheGame(ErrorCode code) {
    return switch (code) {
      case ERROR_CODE_ALREADY_CLAIMED,
          ERROR_CODE_TASK_NOT_READY,
          ERROR_CODE_TASK_ENDED,
          ERROR_CODE_NO_TASK_READY,
          ERROR_CODE_STALE_FENCE,
          ERROR_CODE_AT_CAPACITY,
          ERROR_CODE_BUDGET_EXCEEDED,
          ERROR_CODE_CONTENDED,
          ERROR_CODE_BREAKER_OPEN ->
          true;
      default -> false;
    };
  }
}
