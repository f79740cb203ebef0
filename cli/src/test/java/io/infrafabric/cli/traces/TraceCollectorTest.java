package io.infrafabric.cli.traces;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.context.Scope;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TraceCollectorTest {
  private static final ByteString TRACE = ByteString.fromHex("0af7651916cd43dd8448eb211c80319c");
  private static final ByteString SPAN = ByteString.fromHex("b7ad6b7169203331");
  private static final ByteString PARENT = ByteString.fromHex("00f067aa0ba902b7");

  @TempDir Path folder;

  @Test
  void line_hasIdsInHexAndEnumsAsNumbers() {
    var span =
        io.opentelemetry.proto.trace.v1.Span.newBuilder()
            .setTraceId(TRACE)
            .setSpanId(SPAN)
            .setParentSpanId(PARENT)
            .setName("claim")
            .setKind(io.opentelemetry.proto.trace.v1.Span.SpanKind.SPAN_KIND_SERVER)
            .setStartTimeUnixNano(5)
            .build();
    var request =
        ExportTraceServiceRequest.newBuilder()
            .addResourceSpans(ResourceSpans.newBuilder().addScopeSpans(ScopeSpans.newBuilder().addSpans(span)))
            .build();

    assertThat(OtlpJson.line(request))
        .isEqualTo(
            """
            {"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0af7651916cd43dd8448eb211c80319c",\
            "spanId":"b7ad6b7169203331","parentSpanId":"00f067aa0ba902b7","name":"claim","kind":2,\
            "startTimeUnixNano":"5"}]}]}]}""");
  }

  @Test
  void count_tellsSpansWhoseParentNeverCame() {
    SpanLedger ledger = new SpanLedger(10);
    ledger.add(span(SPAN, PARENT));
    assertThat(ledger.count()).isEqualTo(new TraceCount(1, 1, 1, true));

    ledger.add(span(PARENT, ByteString.EMPTY));
    assertThat(ledger.count()).isEqualTo(new TraceCount(1, 2, 0, true));
  }

  @Test
  void count_saysThatItIsNotComplete() {
    SpanLedger ledger = new SpanLedger(1);
    ledger.add(span(SPAN, ByteString.EMPTY));
    ledger.add(span(PARENT, ByteString.EMPTY));

    assertThat(ledger.count()).isEqualTo(new TraceCount(1, 1, 0, false));
  }

  @Test
  void collector_writesWhatClientsSend() throws IOException {
    Path file = folder.resolve("traces.jsonl");
    try (TraceCollector collector = TraceCollector.to(file)) {
      try (var telemetry = ClientTelemetry.to(collector.endpoint(), "test")) {
        Span parent = telemetry.traces().start("parent", SpanKind.INTERNAL, Attributes.empty());
        try (Scope scope = parent.makeCurrent()) {
          telemetry.traces().start("child", SpanKind.INTERNAL, Attributes.empty()).end();
        }
        parent.end();
      }
      assertThat(collector.count()).isEqualTo(new TraceCount(1, 2, 0, true));
    }
    assertThat(Files.readString(file)).contains("\"name\":\"parent\"", "\"name\":\"child\"").endsWith("\n");
  }

  private static io.opentelemetry.proto.trace.v1.Span span(ByteString id, ByteString parent) {
    return io.opentelemetry.proto.trace.v1.Span.newBuilder().setTraceId(TRACE).setSpanId(id).setParentSpanId(parent).build();
  }
}
