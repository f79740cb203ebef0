package io.infrafabric.testkit.otlp;

import com.google.protobuf.ByteString;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** OTLP's spans as ours. */
final class SpanReader {
  private SpanReader() {}

  static List<CollectedSpan> read(ExportTraceServiceRequest request) {
    return request.getResourceSpansList().stream().flatMap(resource -> read(resource).stream()).toList();
  }

  private static List<CollectedSpan> read(ResourceSpans resource) {
    String service = attributes(resource.getResource().getAttributesList()).getOrDefault("service.name", "");
    return resource.getScopeSpansList().stream()
        .flatMap(scope -> scope.getSpansList().stream())
        .map(span -> read(service, span))
        .toList();
  }

  private static CollectedSpan read(String service, Span span) {
    return new CollectedSpan(
        service,
        hex(span.getTraceId()),
        hex(span.getSpanId()),
        Optional.of(hex(span.getParentSpanId())).filter(id -> !id.isEmpty()),
        span.getName(),
        span.getKind(),
        span.getLinksList().stream().map(link -> hex(link.getTraceId())).collect(Collectors.toUnmodifiableSet()),
        attributes(span.getAttributesList()),
        span.getStatus().getCode() == Status.StatusCode.STATUS_CODE_ERROR,
        span.getStartTimeUnixNano(),
        span.getEndTimeUnixNano());
  }

  private static Map<String, String> attributes(List<KeyValue> pairs) {
    return pairs.stream().collect(Collectors.toMap(KeyValue::getKey, pair -> text(pair.getValue()), (first, second) -> second));
  }

  private static String text(AnyValue value) {
    return switch (value.getValueCase()) {
      case STRING_VALUE -> value.getStringValue();
      case BOOL_VALUE -> Boolean.toString(value.getBoolValue());
      case INT_VALUE -> Long.toString(value.getIntValue());
      case DOUBLE_VALUE -> Double.toString(value.getDoubleValue());
      case ARRAY_VALUE -> value.getArrayValue().getValuesList().stream().map(SpanReader::text).collect(Collectors.joining(","));
      default -> value.toString();
    };
  }

  private static String hex(ByteString id) {
    return HexFormat.of().formatHex(id.toByteArray());
  }
}
