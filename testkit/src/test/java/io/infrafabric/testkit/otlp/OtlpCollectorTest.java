package io.infrafabric.testkit.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.kit.telemetry.Telemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the services export arrives. */
class OtlpCollectorTest {
  @Test
  void collector_keepsTheTreeThatAProcessExports() {
    try (OtlpCollector collector = OtlpCollector.start()) {
      String traceId;
      try (Telemetry telemetry = Telemetry.of(exporting(collector))) {
        Tracer tracer = telemetry.openTelemetry().getTracer("test");
        Span root = tracer.spanBuilder("submit").setAttribute("if.task.id", "t-1").startSpan();
        Span child = tracer.spanBuilder("claim").setParent(Context.root().with(root)).setAttribute("if.fence", 7).startSpan();
        Span leaf = tracer.spanBuilder("complete").setParent(Context.root().with(child)).startSpan();
        leaf.setStatus(StatusCode.ERROR);
        leaf.end();
        child.end();
        root.end();
        traceId = root.getSpanContext().getTraceId();
        Span lost = tracer.spanBuilder("never ended").startSpan();
        tracer.spanBuilder("orphan").setParent(Context.root().with(lost)).startSpan().end();
      }

      TraceTree trace = collector.trace(traceId);
      assertThat(trace.names()).containsExactlyInAnyOrder("submit", "claim", "complete");
      assertThat(trace.services()).containsExactly("test-service");
      assertThat(trace.orphans()).isEmpty();
      assertThat(trace.roots()).extracting(CollectedSpan::name).containsExactly("submit");
      assertThat(trace.children(trace.roots().getFirst())).extracting(CollectedSpan::name).containsExactly("claim");
      assertThat(trace.isBelow(trace.named("complete").getFirst(), trace.roots().getFirst())).isTrue();
      assertThat(trace.isBelow(trace.roots().getFirst(), trace.named("complete").getFirst())).isFalse();
      assertThat(trace.named("claim").getFirst().attributes()).containsEntry("if.fence", "7");
      assertThat(trace.named("complete").getFirst().failed()).isTrue();
      assertThat(collector.tracesWith("if.task.id", "t-1")).extracting(TraceTree::traceId).containsExactly(traceId);
      assertThat(collector.traces()).filteredOn(other -> !other.orphans().isEmpty()).hasSize(1);
      assertThat(trace.toString()).contains("test-service: submit");
    }
  }

  private static OpenTelemetrySdk exporting(OtlpCollector collector) {
    return AutoConfiguredOpenTelemetrySdk.builder()
        .disableShutdownHook()
        .addPropertiesSupplier(
            () ->
                Map.of(
                    "otel.service.name", "test-service",
                    "otel.exporter.otlp.endpoint", collector.endpoint(),
                    "otel.metrics.exporter", "none",
                    "otel.logs.exporter", "none"))
        .build()
        .getOpenTelemetrySdk();
  }
}
