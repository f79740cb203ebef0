package io.infrafabric.kit.nats;

import io.infrafabric.common.v1.TraceContext;
import io.infrafabric.kit.telemetry.WireTrace;
import io.infrafabric.names.Headers;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The headers of an event: CloudEvents 1.0 in binary mode (values percent-encoded as its bindings say) and the trace.
 *
 * @param id unique within the source; also the message id of the stream
 * @param type such as {@code infrafabric.task.completed.v1}
 * @param source such as {@code /coordinator}
 * @param time when it happened
 * @param subject the id that it is about
 * @param trace where it stands in its trace
 */
public record EventHeaders(String id, String type, String source, Instant time, String subject, TraceContext trace) {
  private static final String SPECVERSION = "1.0";

  /** The headers by name, for JSON bodies. */
  public Map<String, String> toMap() {
    Map<String, String> headers = new HashMap<>(WireTrace.headers(trace));
    headers.put(Headers.CE_SPECVERSION, SPECVERSION);
    headers.put(Headers.CE_ID, encode(id));
    headers.put(Headers.CE_TYPE, encode(type));
    headers.put(Headers.CE_SOURCE, encode(source));
    headers.put(Headers.CE_TIME, time.toString());
    headers.put(Headers.CE_SUBJECT, encode(subject));
    headers.put(Headers.CONTENT_TYPE, Headers.JSON);
    return headers;
  }

  /** Reads the headers of a message; empty when it is no event of CloudEvents 1.0 or its time is malformed. */
  public static Optional<EventHeaders> of(Map<String, String> headers) {
    if (!SPECVERSION.equals(headers.get(Headers.CE_SPECVERSION))) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new EventHeaders(
              decode(headers.getOrDefault(Headers.CE_ID, "")),
              decode(headers.getOrDefault(Headers.CE_TYPE, "")),
              decode(headers.getOrDefault(Headers.CE_SOURCE, "")),
              Instant.parse(headers.getOrDefault(Headers.CE_TIME, "")),
              decode(headers.getOrDefault(Headers.CE_SUBJECT, "")),
              trace(headers)));
    } catch (DateTimeParseException | IllegalArgumentException malformed) {
      return Optional.empty();
    }
  }

  private static TraceContext trace(Map<String, String> headers) {
    return WireTrace.toProto(WireTrace.extract(io.opentelemetry.context.Context.root(), headers));
  }

  private static String encode(String value) {
    StringBuilder out = new StringBuilder();
    for (byte b : value.getBytes(StandardCharsets.UTF_8)) {
      int c = b & 0xff;
      if (c > 0x20 && c < 0x7f && c != '"' && c != '%') {
        out.append((char) c);
      } else {
        out.append("%%%02X".formatted(c));
      }
    }
    return out.toString();
  }

  private static String decode(String value) {
    return java.net.URLDecoder.decode(value.replace("+", "%2B"), StandardCharsets.UTF_8);
  }
}
