/**
 * Traces, metrics and logs: starts OpenTelemetry from the usual {@code OTEL_*} variables with no exporter unless an
 * endpoint is set, carries W3C trace context over gRPC metadata, NATS headers and etcd records, and counts. Ids never
 * become metric labels. No global state: whoever needs {@link io.infrafabric.kit.telemetry.Telemetry} is given it.
 */
package io.infrafabric.kit.telemetry;
