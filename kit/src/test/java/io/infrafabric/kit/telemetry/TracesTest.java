package io.infrafabric.kit.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Metadata;
import io.infrafabric.common.v1.TraceContext;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.data.StatusData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TracesTest {
  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
  private static final TraceContext PARENT =
      TraceContext.newBuilder()
          .setTraceparent("00-" + TRACE + "-b7ad6b7169203331-01")
          .setTracestate("a=b")
          .build();

  private final List<SpanData> spans = new CopyOnWriteArrayList<>();
  private final OpenTelemetrySdk sdk =
      OpenTelemetrySdk.builder()
          .setTracerProvider(SdkTracerProvider.builder().addSpanProcessor(SimpleSpanProcessor.create(new Collected(spans))).build())
          .build();
  private final Traces traces = Telemetry.of(sdk).traces();

  @AfterEach
  void close() {
    sdk.close();
  }

  private record Collected(List<SpanData> spans) implements SpanExporter {
    @Override
    public CompletableResultCode export(Collection<SpanData> ended) {
      spans.addAll(ended);
      return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode flush() {
      return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode shutdown() {
      return CompletableResultCode.ofSuccess();
    }
  }

  private SpanData claimedBy(Context caller) {
    traces.start("claim", SpanKind.SERVER, PARENT, caller, Attributes.of(TraceAttributes.TASK_ID, "t-1")).end();
    return spans.getLast();
  }

  @Test
  void span_isInTheTraceOfTheTask_andLinksACallerWithATraceOfItsOwn() {
    Span own = traces.start("agent", SpanKind.CLIENT, Attributes.empty());
    SpanData claim = claimedBy(Context.root().with(own));
    assertThat(claim.getTraceId()).isEqualTo(TRACE);
    assertThat(claim.getParentSpanId()).isEqualTo("b7ad6b7169203331");
    assertThat(claim.getLinks()).singleElement().satisfies(link -> assertThat(link.getSpanContext()).isEqualTo(own.getSpanContext()));
    assertThat(claim.getAttributes().get(TraceAttributes.TASK_ID)).isEqualTo("t-1");
  }

  @Test
  void caller_ofTheSameTraceIsTheParent() {
    Span same = traces.start("agent", SpanKind.CLIENT, PARENT, Context.root(), Attributes.empty());
    SpanData claim = claimedBy(Context.root().with(same));
    assertThat(claim.getParentSpanId()).isEqualTo(same.getSpanContext().getSpanId());
    assertThat(claim.getLinks()).isEmpty();
    assertThat(claimedBy(Context.root()).getLinks()).isEmpty();
  }

  @Test
  void withoutStoredTrace_theCallerIsTheParent() {
    Span own = traces.start("agent", SpanKind.CLIENT, Attributes.empty());
    try (Scope scope = own.makeCurrent()) {
      traces.start("submit", SpanKind.SERVER, TraceContext.getDefaultInstance(), Attributes.empty()).end();
    }
    assertThat(spans.getLast().getParentSpanId()).isEqualTo(own.getSpanContext().getSpanId());
  }

  @Test
  void failure_isMarkedWithoutItsText() {
    Span span = traces.start("work", SpanKind.INTERNAL, Attributes.empty());
    assertThatThrownBy(() -> Traces.within(span, () -> {
      throw new IllegalStateException("the password is hunter2");
    })).isInstanceOf(IllegalStateException.class);
    assertThat(spans.getLast().getStatus().getStatusCode()).isEqualTo(StatusData.error().getStatusCode());
    assertThat(spans.getLast().toString()).doesNotContain("hunter2");
  }

  @Test
  void step_isMarkedWhenItTellsOfAFailure() {
    StepSpan step = traces.served("fail");
    step.in(PARENT);
    step.tellsOf("attempt failed").end(null);

    assertThat(spans.getLast().getStatus()).isEqualTo(StatusData.create(StatusCode.ERROR, "attempt failed"));
  }

  @Test
  void step_withoutASpanTellsNothing() {
    traces.served("fail").tellsOf("attempt failed").end(null);

    assertThat(spans).isEmpty();
  }

  @Test
  void context_survivesEveryHop() {
    Context stored = WireTrace.fromProto(PARENT);
    SpanContext span = Span.fromContext(stored).getSpanContext();
    assertThat(span.getTraceId()).isEqualTo(TRACE);
    assertThat(WireTrace.toProto(stored)).isEqualTo(PARENT);
    assertThat(WireTrace.toProto(span)).isEqualTo(PARENT);

    Metadata metadata = new Metadata();
    WireTrace.inject(stored, metadata);
    WireTrace.inject(stored, metadata);
    assertThat(WireTrace.toProto(WireTrace.extract(Context.root(), metadata))).isEqualTo(PARENT);

    io.nats.client.impl.Headers nats = new io.nats.client.impl.Headers();
    WireTrace.inject(stored, nats);
    assertThat(WireTrace.toProto(WireTrace.extract(Context.root(), nats))).isEqualTo(PARENT);

    Map<String, String> map = new HashMap<>();
    WireTrace.inject(stored, map);
    assertThat(map).isEqualTo(WireTrace.headers(PARENT));
    Map<String, String> shouted = Map.of("TraceParent", PARENT.getTraceparent(), "TRACESTATE", "a=b");
    assertThat(WireTrace.toProto(WireTrace.extract(Context.root(), shouted))).isEqualTo(PARENT);
  }

  @Test
  void malformedContext_isNone() {
    TraceContext bad = TraceContext.newBuilder().setTraceparent("00-xyz").build();
    assertThat(WireTrace.toProto(WireTrace.fromProto(bad))).isEqualTo(TraceContext.getDefaultInstance());
    assertThat(WireTrace.extract(Context.root(), (io.nats.client.impl.Headers) null)).isEqualTo(Context.root());
  }
}
