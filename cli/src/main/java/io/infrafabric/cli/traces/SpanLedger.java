package io.infrafabric.cli.traces;

import io.opentelemetry.proto.trace.v1.Span;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;

/** Remembers which spans came and which parents they name. Thread-safe. */
final class SpanLedger {
  private final int limit;
  private final Set<String> traces = new HashSet<>();
  private final Map<String, String> parents = new HashMap<>();
  private boolean full;

  /** A ledger of at most this many spans. */
  SpanLedger(int limit) {
    this.limit = limit;
  }

  synchronized void add(Span span) {
    String trace = HexFormat.of().formatHex(span.getTraceId().toByteArray());
    if (parents.size() >= limit) {
      full = true;
      return;
    }
    traces.add(trace);
    String parent = span.getParentSpanId().isEmpty() ? "" : trace + HexFormat.of().formatHex(span.getParentSpanId().toByteArray());
    parents.put(trace + HexFormat.of().formatHex(span.getSpanId().toByteArray()), parent);
  }

  synchronized TraceCount count() {
    long orphans = parents.values().stream().filter(parent -> !parent.isEmpty() && !parents.containsKey(parent)).count();
    return new TraceCount(traces.size(), parents.size(), Math.toIntExact(orphans), !full);
  }
}
