package io.infrafabric.testkit.otlp;

import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import io.opentelemetry.proto.collector.trace.v1.TraceServiceGrpc;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * An OTLP/gRPC collector on a free loopback port that keeps the spans it is sent. Point a process at it with
 * {@link #environment}.
 */
public final class OtlpCollector implements AutoCloseable {
  private final List<CollectedSpan> spans = new CopyOnWriteArrayList<>();
  private final Server server;

  private OtlpCollector() {
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .addService(new Traces())
            .build();
  }

  private final class Traces extends TraceServiceGrpc.TraceServiceImplBase {
    @Override
    public void export(ExportTraceServiceRequest request, StreamObserver<ExportTraceServiceResponse> observer) {
      spans.addAll(SpanReader.read(request));
      observer.onNext(ExportTraceServiceResponse.getDefaultInstance());
      observer.onCompleted();
    }
  }

  /** Starts one. */
  public static OtlpCollector start() {
    OtlpCollector collector = new OtlpCollector();
    try {
      collector.server.start();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    return collector;
  }

  /** Where it listens, {@code http://127.0.0.1:port}. */
  public String endpoint() {
    return "http://127.0.0.1:" + server.getPort();
  }

  /** What makes a process send its spans here, soon. */
  public Map<String, String> environment() {
    return Map.of(
        "OTEL_EXPORTER_OTLP_ENDPOINT", endpoint(),
        "OTEL_EXPORTER_OTLP_PROTOCOL", "grpc",
        "OTEL_BSP_SCHEDULE_DELAY", "100");
  }

  /** Every span so far. */
  public List<CollectedSpan> spans() {
    return List.copyOf(spans);
  }

  /** The trace as far as it has come in; without spans when nothing has. */
  public TraceTree trace(String traceId) {
    return new TraceTree(traceId, spans.stream().filter(span -> span.traceId().equals(traceId)).toList());
  }

  /** Every trace, by its first span. */
  public List<TraceTree> traces() {
    return spans.stream().map(CollectedSpan::traceId).distinct().map(this::trace).toList();
  }

  /** The traces with a span that has this attribute. */
  public List<TraceTree> tracesWith(String attribute, String value) {
    return traces().stream()
        .filter(trace -> trace.spans().stream().anyMatch(span -> value.equals(span.attributes().get(attribute))))
        .toList();
  }

  /** Forgets the spans. */
  public void clear() {
    spans.clear();
  }

  @Override
  public void close() {
    server.shutdownNow();
  }
}
