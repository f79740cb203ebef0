package io.infrafabric.cli.traces;

import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import io.opentelemetry.proto.collector.trace.v1.TraceServiceGrpc.TraceServiceImplBase;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * Takes spans over OTLP/gRPC on a loopback port and appends them to a file of OTLP/JSON lines, which Jaeger's page can open.
 * What is over its limits is dropped, and {@link TraceCount#complete()} says so.
 */
public final class TraceCollector extends TraceServiceImplBase implements AutoCloseable {
  private static final int MESSAGE_BYTES = 16 * 1024 * 1024;
  private static final int SPANS = 1_000_000;
  private static final long FILE_BYTES = 1L << 30;

  private final Path file;
  private final BufferedWriter writer;
  private final Server server;
  private final SpanLedger ledger = new SpanLedger(SPANS);
  private long written;
  private boolean closed;

  private TraceCollector(Path file) throws IOException {
    this.file = file;
    this.writer = Files.newBufferedWriter(file);
    this.server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .maxInboundMessageSize(MESSAGE_BYTES)
            .addService(this)
            .build()
            .start();
  }

  /** Starts one that writes to this file. */
  public static TraceCollector to(Path file) {
    try {
      return new TraceCollector(file);
    } catch (IOException e) {
      throw new UncheckedIOException("traces cannot be collected in " + file + ": " + e.getMessage(), e);
    }
  }

  /** What {@code OTEL_EXPORTER_OTLP_ENDPOINT} is set to. */
  public String endpoint() {
    return "http://127.0.0.1:" + server.getPort();
  }

  /** Where the spans are written. */
  public Path file() {
    return file;
  }

  /** What came so far. */
  public TraceCount count() {
    return ledger.count();
  }

  @Override
  public void export(ExportTraceServiceRequest request, StreamObserver<ExportTraceServiceResponse> observer) {
    request
        .getResourceSpansList()
        .forEach(resource -> resource.getScopeSpansList().forEach(scope -> scope.getSpansList().forEach(ledger::add)));
    append(OtlpJson.line(request));
    observer.onNext(ExportTraceServiceResponse.getDefaultInstance());
    observer.onCompleted();
  }

  private synchronized void append(String line) {
    if (closed || written + line.length() > FILE_BYTES) {
      return;
    }
    try {
      writer.write(line);
      writer.newLine();
      written += line.length() + 1;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Takes no more and writes what it has. */
  @Override
  public void close() {
    server.shutdown();
    try {
      if (!server.awaitTermination(2, TimeUnit.SECONDS)) {
        server.shutdownNow();
      }
    } catch (InterruptedException e) {
      server.shutdownNow();
      Thread.currentThread().interrupt();
    }
    synchronized (this) {
      closed = true;
      try {
        writer.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
