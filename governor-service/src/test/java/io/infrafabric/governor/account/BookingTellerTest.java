package io.infrafabric.governor.account;

import static io.infrafabric.governor.books.BooksFixture.granted;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.common.v1.TraceContext;
import io.infrafabric.governor.relay.Facts;
import io.infrafabric.governor.v1.Settlement;
import io.infrafabric.kit.relay.OutboundMessage;
import io.infrafabric.kit.telemetry.Telemetry;
import io.infrafabric.kit.telemetry.TraceAttributes;
import io.infrafabric.names.Keys;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class BookingTellerTest {
  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
  private static final String SPAN = "b7ad6b7169203331";

  private final List<SpanData> spans = new ArrayList<>();
  private final List<OutboundMessage> published = new ArrayList<>();

  @Test
  void eachBooking_isASpanBelowItsClaimAndAFact() {
    teller(CompletableFuture.completedFuture(null)).accept(granted(100), new Settled(List.of(booking("c1"), booking("c2")), false, List.of()));
    assertThat(published)
        .extracting(OutboundMessage::subject)
        .containsExactly("if.v1.event.settlement.booked.c1", "if.v1.event.settlement.booked.c2");
    assertThat(spans)
        .hasSize(2)
        .allSatisfy(
            span -> {
              assertThat(span.getName()).isEqualTo("settle");
              assertThat(span.getTraceId()).isEqualTo(TRACE);
              assertThat(span.getParentSpanId()).isEqualTo(SPAN);
              assertThat(span.getAttributes().get(TraceAttributes.TASK_ID)).isEqualTo("t1");
            });
  }

  @Test
  void littleMoney_isAWarning() {
    teller(CompletableFuture.completedFuture(null)).accept(granted(100), new Settled(List.of(booking("c1")), true, List.of()));
    assertThat(published).extracting(OutboundMessage::subject).contains("if.v1.event.account.low.s1");
  }

  @Test
  void aFactThatCannotBePublished_isCounted() {
    Telemetry telemetry = telemetry();
    new BookingTeller(
            new Facts(new Keys(), InstantSource.system()),
            message -> CompletableFuture.failedFuture(new IllegalStateException("NATS is away")),
            telemetry)
        .accept(granted(100), new Settled(List.of(booking("c1")), false, List.of()));
    assertThat(telemetry.metrics().snapshot()).containsEntry("if.settlement.untold", 1L).containsEntry("if.settlement.booked", 1L);
  }

  private BookingTeller teller(CompletableFuture<?> answer) {
    return new BookingTeller(
        new Facts(new Keys(), InstantSource.system()),
        message -> {
          published.add(message);
          return answer;
        },
        telemetry());
  }

  private Telemetry telemetry() {
    SdkTracerProvider tracer = SdkTracerProvider.builder().addSpanProcessor(SimpleSpanProcessor.create(new Kept())).build();
    return Telemetry.of(OpenTelemetrySdk.builder().setTracerProvider(tracer).build());
  }

  private static Booking booking(String claim) {
    return new Booking(
        Settlement.newBuilder().setClaimId(claim).setSwarmId("s1").setTaskId("t1").setCostMicros(1).build(),
        TraceContext.newBuilder().setTraceparent("00-" + TRACE + "-" + SPAN + "-01").build());
  }

  private final class Kept implements SpanExporter {
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
}
