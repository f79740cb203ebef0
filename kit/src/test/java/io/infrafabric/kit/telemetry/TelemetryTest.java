package io.infrafabric.kit.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.LoggingEvent;
import io.grpc.HandlerRegistry;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerMethodDefinition;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanKind;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.slf4j.event.KeyValuePair;

class TelemetryTest {
  @Test
  void nothingIsExported_unlessAnEndpointIsSet() {
    assertThat(Telemetry.defaults(Map.of())).containsEntry("otel.traces.exporter", "none").containsEntry("otel.metrics.exporter", "none");
    assertThat(Telemetry.defaults(Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", "http://x:4317"))).containsEntry("otel.traces.exporter", "otlp");
    assertThat(Telemetry.defaults(Map.of("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://x:4317"))).containsEntry("otel.traces.exporter", "otlp");
  }

  @Test
  void startedTelemetry_makesValidSpans_andCloses() {
    try (Telemetry telemetry = Telemetry.start("test", "test-1", Map.of())) {
      var span = telemetry.traces().start("s", SpanKind.INTERNAL, Attributes.empty());
      assertThat(span.getSpanContext().isValid()).isTrue();
      span.end();
    }
  }

  @Test
  void spans_reachTheEndpoint_withServiceAndInstance() throws Exception {
    BlockingQueue<String> received = new LinkedBlockingQueue<>();
    Server collector = NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0)).fallbackHandlerRegistry(new AnyMethod(received)).build().start();
    try {
      Map<String, String> env = Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:" + collector.getPort());
      try (Telemetry telemetry = Telemetry.start("coordinator", "coordinator-7", env)) {
        telemetry.traces().start("claim", SpanKind.SERVER, Attributes.of(TraceAttributes.TASK_ID, "t-42")).end();
      }
      assertThat(received.poll(10, TimeUnit.SECONDS)).contains("claim", "t-42", "coordinator-7", "service.instance.id");
    } finally {
      collector.shutdownNow();
    }
  }

  /** Takes every unary call and keeps its request as text. */
  private static final class AnyMethod extends HandlerRegistry {
    private final BlockingQueue<String> received;

    AnyMethod(BlockingQueue<String> received) {
      this.received = received;
    }

    @Override
    public ServerMethodDefinition<?, ?> lookupMethod(String name, String authority) {
      MethodDescriptor<byte[], byte[]> method =
          MethodDescriptor.<byte[], byte[]>newBuilder(new Bytes(), new Bytes())
              .setType(MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(name)
              .build();
      return ServerMethodDefinition.create(
          method,
          ServerCalls.asyncUnaryCall(
              (request, observer) -> {
                received.add(new String(request, StandardCharsets.ISO_8859_1));
                observer.onNext(new byte[0]);
                observer.onCompleted();
              }));
    }
  }

  private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Test
  void metrics_areReadableInTheProcess() {
    Metrics metrics = Telemetry.none().metrics();
    metrics.counter("a", "A").add(2);
    metrics.counter("a", "A").increment();
    metrics.gauge("b", "B", () -> 7);
    metrics.seconds("c", "C").record(0.5);
    assertThat(metrics.snapshot()).containsExactly(Map.entry("a", 3L), Map.entry("b", 7L));
  }

  @Test
  void json_isEscaped() {
    Map<String, Object> value = new LinkedHashMap<>();
    value.put("a\"", List.of(1, true, "x\n\u0001\\"));
    value.put("n", null);
    value.put("e", Map.of());
    value.put("d", Double.NaN);
    assertThat(JsonText.of(value)).isEqualTo("{\"a\\\"\":[1,true,\"x\\n\\u0001\\\\\"],\"n\":null,\"e\":{},\"d\":\"NaN\"}");
  }

  @Test
  void logLine_hasKeyValues() {
    Logger logger = new LoggerContext().getLogger("io.infrafabric.X");
    LoggingEvent event = new LoggingEvent("", logger, Level.INFO, "listening", new IllegalStateException("no"), new Object[0]);
    event.addKeyValuePair(new KeyValuePair("port", 7070));
    String line = new String(new JsonLogEncoder().encode(event), StandardCharsets.UTF_8);
    assertThat(line).contains("\"message\":\"listening\"").contains("\"data\":{\"port\":7070}").contains("\"error\":").endsWith("}\n");
    assertThat(line.strip()).doesNotContain("\n");
  }

  @Test
  void logConfiguration_choosesTextOrJson() throws Exception {
    assertThat(appender(null)).isEqualTo("text");
    assertThat(appender("json")).isEqualTo("json");
  }

  private static String appender(String choice) throws Exception {
    LoggerContext context = new LoggerContext();
    if (choice != null) {
      context.putProperty("IF_LOG", choice);
    }
    JoranConfigurator configurator = new JoranConfigurator();
    configurator.setContext(context);
    configurator.doConfigure(TelemetryTest.class.getResource("/logback.xml"));
    String name = context.getLogger("ROOT").iteratorForAppenders().next().getName();
    context.stop();
    return name;
  }
}
