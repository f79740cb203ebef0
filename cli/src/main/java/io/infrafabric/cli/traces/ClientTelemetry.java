package io.infrafabric.cli.traces;

import io.infrafabric.kit.telemetry.Telemetry;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.exporter.otlp.trace.OtlpGrpcSpanExporter;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;

/** The spans of this process' own clients, sent to a collector of this process. */
public final class ClientTelemetry {
  private ClientTelemetry() {}

  /** Telemetry of a program of that name that sends its spans over OTLP/gRPC. */
  public static Telemetry to(String endpoint, String serviceName) {
    OtlpGrpcSpanExporter exporter = OtlpGrpcSpanExporter.builder().setEndpoint(endpoint).build();
    Attributes attributes =
        Attributes.builder().put("service.name", serviceName).put("service.namespace", "infrafabric").build();
    SdkTracerProvider tracers =
        SdkTracerProvider.builder()
            .setResource(Resource.create(attributes))
            .addSpanProcessor(BatchSpanProcessor.builder(exporter).build())
            .build();
    return Telemetry.of(OpenTelemetrySdk.builder().setTracerProvider(tracers).build());
  }
}
