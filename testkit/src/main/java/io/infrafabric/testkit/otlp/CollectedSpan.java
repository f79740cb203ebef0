package io.infrafabric.testkit.otlp;

import io.opentelemetry.proto.trace.v1.Span;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A span as it was exported.
 *
 * @param service the service.name of the process
 * @param traceId 32 hex digits
 * @param spanId 16 hex digits
 * @param parentId of the parent, empty for a root
 * @param linkedTraceIds traces that it links to
 * @param attributes values as text
 * @param failed true when its status is an error
 */
public record CollectedSpan(
    String service,
    String traceId,
    String spanId,
    Optional<String> parentId,
    String name,
    Span.SpanKind kind,
    Set<String> linkedTraceIds,
    Map<String, String> attributes,
    boolean failed,
    long startNanos,
    long endNanos) {}
