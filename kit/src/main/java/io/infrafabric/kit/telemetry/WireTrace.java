package io.infrafabric.kit.telemetry;

import io.grpc.Metadata;
import io.infrafabric.common.v1.TraceContext;
import io.infrafabric.names.Headers;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** W3C Trace Context as it stands in records, NATS headers and gRPC metadata. Malformed input means no trace. */
public final class WireTrace {
  /** The propagator of every hop. */
  private static final W3CTraceContextPropagator W3C = W3CTraceContextPropagator.getInstance();

  private static final Metadata.Key<String> PARENT = key(Headers.TRACEPARENT);
  private static final Metadata.Key<String> STATE = key(Headers.TRACESTATE);

  private WireTrace() {}

  /** The span of the context for a record; empty when there is none. */
  public static TraceContext toProto(Context context) {
    TraceContext.Builder proto = TraceContext.newBuilder();
    W3C.inject(
        context,
        proto,
        (out, name, value) -> {
          switch (name) {
            case Headers.TRACEPARENT -> out.setTraceparent(value);
            case Headers.TRACESTATE -> out.setTracestate(value);
            default -> throw new IllegalStateException("not a W3C trace header: " + name);
          }
        });
    return proto.build();
  }

  /** The span for a record; empty when it is not valid. */
  public static TraceContext toProto(SpanContext span) {
    return toProto(Context.root().with(Span.wrap(span)));
  }

  /** A context with the span of a record as remote parent. */
  public static Context fromProto(TraceContext proto) {
    return W3C.extract(Context.root(), headers(proto), new MapGetter());
  }

  /** The headers of a record's span, none when it is empty. */
  public static Map<String, String> headers(TraceContext proto) {
    Map<String, String> headers = new HashMap<>();
    if (!proto.getTraceparent().isEmpty()) {
      headers.put(Headers.TRACEPARENT, proto.getTraceparent());
    }
    if (!proto.getTracestate().isEmpty()) {
      headers.put(Headers.TRACESTATE, proto.getTracestate());
    }
    return headers;
  }

  /** Writes the context into headers by name. */
  public static void inject(Context context, Map<String, String> headers) {
    W3C.inject(context, headers, (out, name, value) -> out.put(name, value));
  }

  /** The context with the remote span of the headers, whatever the case of their names. */
  public static Context extract(Context context, Map<String, String> headers) {
    return W3C.extract(context, headers, new MapGetter());
  }

  /** Writes the context into NATS headers. */
  public static void inject(Context context, io.nats.client.impl.Headers headers) {
    W3C.inject(context, headers, (out, name, value) -> out.put(name, value));
  }

  /** The context with the remote span of NATS headers, whatever the case of their names; they may be null. */
  public static Context extract(Context context, io.nats.client.impl.Headers headers) {
    return headers == null ? context : W3C.extract(context, headers, new NatsGetter());
  }

  /** Writes the context into gRPC metadata, in place of one that is there. */
  public static void inject(Context context, Metadata metadata) {
    if (!Span.fromContext(context).getSpanContext().isValid()) {
      return;
    }
    metadata.discardAll(PARENT);
    metadata.discardAll(STATE);
    W3C.inject(context, metadata, (out, name, value) -> out.put(key(name), value));
  }

  /** The context with the remote span of gRPC metadata. */
  public static Context extract(Context context, Metadata metadata) {
    return W3C.extract(context, metadata, new MetadataGetter());
  }

  private static Metadata.Key<String> key(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }

  private record MapGetter() implements TextMapGetter<Map<String, String>> {
    @Override
    public Iterable<String> keys(Map<String, String> headers) {
      return headers.keySet();
    }

    @Override
    public String get(Map<String, String> headers, String name) {
      String exact = headers.get(name);
      if (exact != null) {
        return exact;
      }
      return headers.entrySet().stream()
          .filter(header -> header.getKey().toLowerCase(Locale.ROOT).equals(name))
          .map(Map.Entry::getValue)
          .findFirst()
          .orElse(null);
    }
  }

  private record NatsGetter() implements TextMapGetter<io.nats.client.impl.Headers> {
    @Override
    public Iterable<String> keys(io.nats.client.impl.Headers headers) {
      return headers.keySet();
    }

    @Override
    public String get(io.nats.client.impl.Headers headers, String name) {
      List<String> values = headers.getIgnoreCase(name);
      return values == null || values.isEmpty() ? null : values.getFirst();
    }
  }

  private record MetadataGetter() implements TextMapGetter<Metadata> {
    @Override
    public Iterable<String> keys(Metadata metadata) {
      return metadata.keys();
    }

    @Override
    public String get(Metadata metadata, String name) {
      return metadata.get(key(name));
    }
  }
}
