package io.infrafabric.kit.telemetry;

import io.infrafabric.common.v1.TraceContext;
import io.infrafabric.error.RefusedException;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Context;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletionException;

/**
 * The span of one step on a task. It starts when the task's trace is known, which is at the first look at its record, and
 * keeps the caller's context from when the step was asked for. Used by one thread at a time.
 */
public final class StepSpan {
  private final Traces traces;
  private final String name;
  private final SpanKind kind;
  private final Context caller = Context.current();
  private final Map<String, String> attributes = new LinkedHashMap<>();
  private Span span;
  private TraceContext own = TraceContext.getDefaultInstance();

  StepSpan(Traces traces, String name, SpanKind kind) {
    this.traces = traces;
    this.name = name;
    this.kind = kind;
  }

  /** Starts it below the parent, the first time; returns what its children take for their parent. */
  public TraceContext in(TraceContext parent) {
    if (span == null) {
      span = traces.start(name, kind, parent, caller, Attributes.empty());
      attributes.forEach(span::setAttribute);
      own = span.getSpanContext().isValid() ? WireTrace.toProto(span.getSpanContext()) : parent;
    }
    return own;
  }

  /** The task it is about. */
  public StepSpan task(String taskId) {
    return set(TraceAttributes.TASK_ID.getKey(), taskId);
  }

  /** The swarm it is about. */
  public StepSpan swarm(String swarmId) {
    return set(TraceAttributes.SWARM_ID.getKey(), swarmId);
  }

  /** The claim it is about. */
  public StepSpan claim(String claimId) {
    return set(TraceAttributes.CLAIM_ID.getKey(), claimId);
  }

  /** The fence of the claim. */
  public StepSpan fence(long fence) {
    return set(TraceAttributes.FENCE.getKey(), Long.toString(fence));
  }

  /** The step is done, and tells that something else failed, in one word: the trace is found among those with errors. */
  public StepSpan tellsOf(String failure) {
    if (span != null) {
      span.setStatus(StatusCode.ERROR, failure);
    }
    return this;
  }

  private StepSpan set(String key, String value) {
    if (span != null) {
      span.setAttribute(key, value);
    } else {
      attributes.put(key, value);
    }
    return this;
  }

  /** Ends it; a step that never looked at a record leaves no span. */
  public void end(Throwable failure) {
    if (span == null) {
      return;
    }
    Throwable cause = failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    if (cause instanceof RefusedException refused) {
      span.setAttribute("if.refused", refused.refusal().reason());
      span.setStatus(StatusCode.ERROR, refused.refusal().reason());
    } else if (cause != null) {
      Traces.fail(span, cause);
    }
    span.end();
  }
}
