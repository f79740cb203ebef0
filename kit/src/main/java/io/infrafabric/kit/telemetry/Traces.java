package io.infrafabric.kit.telemetry;

import io.infrafabric.common.v1.TraceContext;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import java.util.concurrent.Callable;

/** Starts spans in the trace of a task, whoever calls. */
public final class Traces {
  private final Tracer tracer;

  Traces(Tracer tracer) {
    this.tracer = tracer;
  }

  /**
   * Starts a span that belongs to the trace of {@code parent}. A caller (the current context) of the same trace is the
   * span's parent; one with a trace of its own is linked. Without a parent the caller is the parent.
   */
  public Span start(String name, SpanKind kind, TraceContext parent, Attributes attributes) {
    return start(name, kind, parent, Context.current(), attributes);
  }

  /** The same with the calling context given. */
  public Span start(String name, SpanKind kind, TraceContext parent, Context calling, Attributes attributes) {
    SpanContext caller = Span.fromContext(calling).getSpanContext();
    Context stored = WireTrace.fromProto(parent);
    SpanContext owner = Span.fromContext(stored).getSpanContext();
    SpanBuilder span = tracer.spanBuilder(name).setSpanKind(kind).setAllAttributes(attributes);
    if (!owner.isValid() || owner.getTraceId().equals(caller.getTraceId())) {
      return span.setParent(calling).startSpan();
    }
    span.setParent(stored);
    return (caller.isValid() ? span.addLink(caller) : span).startSpan();
  }

  /** A step that a caller asked this service for. */
  public StepSpan served(String name) {
    return new StepSpan(this, name, SpanKind.SERVER);
  }

  /** A step that sends something on. */
  public StepSpan sending(String name) {
    return new StepSpan(this, name, SpanKind.PRODUCER);
  }

  /** A step of the service's own. */
  public StepSpan internal(String name) {
    return new StepSpan(this, name, SpanKind.INTERNAL);
  }

  /** Starts a span under the current context. */
  public Span start(String name, SpanKind kind, Attributes attributes) {
    return tracer.spanBuilder(name).setSpanKind(kind).setAllAttributes(attributes).startSpan();
  }

  /**
   * Runs the work with the span as the current one and ends the span.
   *
   * @throws Exception what the work throws; the span says so
   */
  public static <T> T within(Span span, Callable<T> work) throws Exception {
    try (Scope scope = span.makeCurrent()) {
      return work.call();
    } catch (Exception failure) {
      fail(span, failure);
      throw failure;
    } finally {
      span.end();
    }
  }

  /** Marks the span as failed, by the name of the failure: texts of exceptions may hold what a trace must not. */
  public static void fail(Span span, Throwable failure) {
    span.setStatus(StatusCode.ERROR, failure.getClass().getSimpleName());
  }
}
