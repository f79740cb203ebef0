package io.infrafabric.chassis.work;

import io.infrafabric.chassis.v1.ExecutionOutcome;
import io.infrafabric.common.v1.TraceContext;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.kit.telemetry.TraceAttributes;
import io.infrafabric.kit.telemetry.Traces;
import io.infrafabric.kit.telemetry.WireTrace;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Scope;

/** The span {@code execute}, a child of the claim; it is the current one of its thread until closed, so that calls carry it. */
final class OtelExecuteSpan implements AutoCloseable {
  private final Span span;
  private final Scope scope;

  OtelExecuteSpan(Traces traces, Claim claim) {
    Attributes attributes =
        Attributes.builder()
            .put(TraceAttributes.TASK_ID, claim.getTaskId())
            .put(TraceAttributes.SWARM_ID, claim.getSwarmId())
            .put(TraceAttributes.CLAIM_ID, claim.getClaimId())
            .put(TraceAttributes.FENCE, claim.getFence())
            .build();
    span = traces.start("execute", SpanKind.INTERNAL, claim.getTrace(), attributes);
    scope = span.makeCurrent();
  }

  /** For what is told of the execution. */
  TraceContext context() {
    return WireTrace.toProto(span.getSpanContext());
  }

  /** How the execution ended; anything but success marks the span as failed. */
  void ended(ExecutionOutcome outcome) {
    String word = outcome.name().substring("EXECUTION_OUTCOME_".length());
    span.setAttribute("if.execution.outcome", word);
    if (outcome != ExecutionOutcome.EXECUTION_OUTCOME_SUCCEEDED) {
      span.setStatus(StatusCode.ERROR, word);
    }
  }

  /** It ended by a bug. */
  void failed(Throwable bug) {
    Traces.fail(span, bug);
  }

  @Override
  public void close() {
    scope.close();
    span.end();
  }
}
