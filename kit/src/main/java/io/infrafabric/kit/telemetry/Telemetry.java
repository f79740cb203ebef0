package io.infrafabric.kit.telemetry;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Traces and metrics of one process. Exports nothing unless {@code OTEL_EXPORTER_OTLP_ENDPOINT} (or the variable of one
 * signal) is set; every other {@code OTEL_*} variable of autoconfigure works too.
 */
public final class Telemetry implements AutoCloseable {
  private static final String SCOPE = "io.infrafabric";
  private static final Duration FLUSH_PATIENCE = Duration.ofSeconds(5);

  private final OpenTelemetry openTelemetry;
  private final Traces traces;
  private final Metrics metrics;

  private Telemetry(OpenTelemetry openTelemetry) {
    this.openTelemetry = openTelemetry;
    this.traces = new Traces(openTelemetry.getTracer(SCOPE));
    this.metrics = new Metrics(openTelemetry.getMeter(SCOPE));
  }

  /** Starts with the environment of the process. */
  public static Telemetry start(String serviceName, String instanceId) {
    return start(serviceName, instanceId, System.getenv());
  }

  /** Starts; {@code env} decides which exporters are on. */
  public static Telemetry start(String serviceName, String instanceId, Map<String, String> env) {
    Attributes resource =
        Attributes.builder()
            .put("service.name", env.getOrDefault("OTEL_SERVICE_NAME", serviceName))
            .put("service.namespace", "infrafabric")
            .put("service.instance.id", instanceId)
            .build();
    return new Telemetry(
        AutoConfiguredOpenTelemetrySdk.builder()
            .disableShutdownHook()
            .addPropertiesSupplier(() -> defaults(env))
            .addTracerProviderCustomizer((provider, config) -> provider.addSpanProcessor(new UnseenSpans()))
            // A new resource: the SDK warns when an attribute of one it has put together is replaced.
            .addResourceCustomizer(
                (found, config) -> Resource.create(found.getAttributes().toBuilder().putAll(resource).build(), found.getSchemaUrl()))
            .build()
            .getOpenTelemetrySdk());
  }

  /** Telemetry that records nothing but the counters. */
  public static Telemetry none() {
    return new Telemetry(OpenTelemetry.noop());
  }

  /** Telemetry over a given OpenTelemetry: for tests that look at spans. */
  public static Telemetry of(OpenTelemetry openTelemetry) {
    return new Telemetry(openTelemetry);
  }

  /** The spans. */
  public Traces traces() {
    return traces;
  }

  /** The counters, gauges and histograms. */
  public Metrics metrics() {
    return metrics;
  }

  /** For what the kit does not wrap. */
  public OpenTelemetry openTelemetry() {
    return openTelemetry;
  }

  /** Sends what is still held, for 5 s at most, and stops. */
  @Override
  public void close() {
    if (openTelemetry instanceof OpenTelemetrySdk sdk) {
      sdk.shutdown().join(FLUSH_PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  /** What autoconfigure takes when the environment says nothing; its own default is OTLP to localhost, which floods logs. */
  static Map<String, String> defaults(Map<String, String> env) {
    boolean all = isSet(env, "OTEL_EXPORTER_OTLP_ENDPOINT");
    Map<String, String> defaults = new HashMap<>();
    env.forEach(
        (name, value) -> {
          if (name.startsWith("OTEL_")) {
            defaults.put(name.toLowerCase(Locale.ROOT).replace('_', '.'), value);
          }
        });
    defaults.putIfAbsent("otel.traces.exporter", all || isSet(env, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") ? "otlp" : "none");
    // Not with the common endpoint: Jaeger answers metrics with UNIMPLEMENTED, and the exporter logs that for ever.
    defaults.putIfAbsent("otel.metrics.exporter", isSet(env, "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT") ? "otlp" : "none");
    defaults.putIfAbsent("otel.logs.exporter", "none");
    defaults.putIfAbsent("otel.bsp.schedule.delay", "500");
    return defaults;
  }

  private static boolean isSet(Map<String, String> env, String name) {
    return !env.getOrDefault(name, "").isBlank();
  }
}
