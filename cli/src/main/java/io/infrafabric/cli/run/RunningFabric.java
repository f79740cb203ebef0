package io.infrafabric.cli.run;

import io.infrafabric.cli.fabric.Addresses;
import io.infrafabric.cli.traces.ClientTelemetry;
import io.infrafabric.cli.traces.TraceCollector;
import io.infrafabric.cli.traces.TraceCount;
import io.infrafabric.kit.telemetry.Telemetry;
import io.infrafabric.local.LocalFabric;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * A local fabric of this process, with its data under {@code .fabric/run-<time>}. Its traces go to where {@code
 * OTEL_EXPORTER_OTLP_ENDPOINT} says, else to a collector of this process.
 */
public final class RunningFabric implements AutoCloseable {
  private static final String ENDPOINT_VARIABLE = "OTEL_EXPORTER_OTLP_ENDPOINT";
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss-SSS");

  private final LocalFabric fabric;
  private final Optional<TraceCollector> collector;

  private RunningFabric(LocalFabric fabric, Optional<TraceCollector> collector) {
    this.fabric = fabric;
    this.collector = collector;
  }

  /** Starts the one that {@code ifctl} and {@code down} take; returns when all of it is ready. {@code progress} is told each step. */
  static RunningFabric start(Path home, Consumer<String> progress) {
    return start(home, progress, builder -> builder);
  }

  /** Starts one that nobody but the caller talks to and stops, also beside another; returns when all of it is ready. */
  public static RunningFabric startBeside(Path home, Consumer<String> progress) {
    return start(home, progress, LocalFabric.Builder::beside);
  }

  private static RunningFabric start(Path home, Consumer<String> progress, UnaryOperator<LocalFabric.Builder> place) {
    Path folder = newFolder(home);
    Optional<TraceCollector> collector =
        elsewhere().isPresent() ? Optional.empty() : Optional.of(TraceCollector.to(folder.resolve("traces.jsonl")));
    LocalFabric.Builder builder = place.apply(LocalFabric.of(home)).folder(folder).progress(progress);
    collector.ifPresent(
        own -> builder.setting(ENDPOINT_VARIABLE, own.endpoint()).setting("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"));
    try {
      return new RunningFabric(builder.start(), collector);
    } catch (RuntimeException | Error failure) {
      collector.ifPresent(TraceCollector::close);
      throw failure;
    }
  }

  private static Path newFolder(Path home) {
    Path run = home.resolve(".fabric").resolve("run-" + TIME.format(LocalDateTime.now()));
    try {
      return Files.createDirectories(run);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make the folder " + run + ": " + e.getMessage(), e);
    }
  }

  private static Optional<String> elsewhere() {
    return Optional.ofNullable(System.getenv(ENDPOINT_VARIABLE)).filter(value -> !value.isBlank());
  }

  /** Where its data and logs are. */
  public Path folder() {
    return fabric.folder();
  }

  /** Where its doors are. */
  public Addresses addresses() {
    return new Addresses(
        fabric.coordinators().getFirst().address(),
        fabric.governor().address(),
        fabric.chassis().address(),
        fabric.nats().address());
  }

  /** The endpoint of etcd, for judging. */
  public String etcdEndpoint() {
    return fabric.etcd().address();
  }

  /** Telemetry for clients of this process; their spans go where those of the services go. */
  public Telemetry clientTelemetry(String name) {
    return collector.map(own -> ClientTelemetry.to(own.endpoint(), name)).orElseGet(() -> Telemetry.start(name, name));
  }

  /** The file of the traces, when they are collected here. */
  public Optional<Path> traceFile() {
    return collector.map(TraceCollector::file);
  }

  /** Where the traces are: a file, or the endpoint they are sent to. */
  public String traces() {
    return collector.map(own -> own.file().toString()).or(RunningFabric::elsewhere).orElseThrow();
  }

  /** What was collected here; complete only after closing. */
  public Optional<TraceCount> traceCount() {
    return collector.map(TraceCollector::count);
  }

  /** Stops the services, which send their last spans, then NATS and etcd, then the collector. */
  @Override
  public void close() {
    fabric.close();
    collector.ifPresent(TraceCollector::close);
  }
}
