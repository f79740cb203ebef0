package io.infrafabric.testkit.otlp;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** One trace: its spans by start, and how they hang together. */
public final class TraceTree {
  private final String traceId;
  private final List<CollectedSpan> spans;
  private final Map<String, CollectedSpan> byId = new HashMap<>();

  TraceTree(String traceId, Collection<CollectedSpan> spans) {
    this.traceId = traceId;
    this.spans = spans.stream().sorted(Comparator.comparingLong(CollectedSpan::startNanos)).toList();
    this.spans.forEach(span -> byId.put(span.spanId(), span));
  }

  /** 32 hex digits. */
  public String traceId() {
    return traceId;
  }

  public List<CollectedSpan> spans() {
    return spans;
  }

  /** The names of all spans. */
  public Set<String> names() {
    Set<String> names = new TreeSet<>();
    spans.forEach(span -> names.add(span.name()));
    return names;
  }

  /** The services that took part. */
  public Set<String> services() {
    Set<String> services = new TreeSet<>();
    spans.forEach(span -> services.add(span.service()));
    return services;
  }

  /** The spans of that name. */
  public List<CollectedSpan> named(String name) {
    return spans.stream().filter(span -> span.name().equals(name)).toList();
  }

  /** Spans without a parent. */
  public List<CollectedSpan> roots() {
    return spans.stream().filter(span -> span.parentId().isEmpty()).toList();
  }

  /** Spans whose parent is not here: the trace is broken there, or the parent was not exported (yet). */
  public List<CollectedSpan> orphans() {
    return spans.stream().filter(span -> span.parentId().isPresent() && parent(span).isEmpty()).toList();
  }

  /** The parent, if it is here. */
  public Optional<CollectedSpan> parent(CollectedSpan span) {
    return span.parentId().map(byId::get);
  }

  /** The spans right below. */
  public List<CollectedSpan> children(CollectedSpan span) {
    return spans.stream().filter(child -> child.parentId().filter(span.spanId()::equals).isPresent()).toList();
  }

  /** True when {@code span} is below {@code ancestor}, however far. */
  public boolean isBelow(CollectedSpan span, CollectedSpan ancestor) {
    Optional<CollectedSpan> above = parent(span);
    for (int steps = 0; above.isPresent() && steps < spans.size(); steps++) {
      if (above.get().equals(ancestor)) {
        return true;
      }
      above = parent(above.get());
    }
    return false;
  }

  /** The tree as indented text, for messages. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("trace " + traceId + "\n");
    roots().forEach(root -> print(root, 1, text));
    orphans().forEach(orphan -> print(orphan, 1, text.append("  (orphan)\n")));
    return text.toString();
  }

  private void print(CollectedSpan span, int depth, StringBuilder text) {
    text.append("  ".repeat(depth)).append(span.service()).append(": ").append(span.name()).append('\n');
    if (depth < 50) {
      children(span).forEach(child -> print(child, depth + 1, text));
    }
  }
}
