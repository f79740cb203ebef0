package io.infrafabric.governor.witness;

import io.infrafabric.governor.v1.QueryRequest;
import io.infrafabric.kit.telemetry.JsonText;
import io.infrafabric.kit.time.Times;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Which entries match. The text of an entry is canonical and a quotation mark inside a value is escaped: so a field has a value
 * exactly when the entry contains the two as they are written.
 */
record EntryFilter(List<String> contained, String from, String before) implements Predicate<String> {
  private static final String TIME = "\"time\":\"";

  /** The filters of a query. */
  static EntryFilter of(QueryRequest request) {
    List<String> contained = new ArrayList<>();
    add(contained, "component", request.getComponent());
    add(contained, "operation", request.getOperation());
    add(contained, "severity", request.getSeverity());
    add(contained, "swarm", request.getSwarmId());
    add(contained, "task", request.getTaskId());
    add(contained, "plan", request.getPlanId());
    add(contained, "trace", request.getTraceId());
    String from = request.hasFrom() ? EntryLine.time(Times.toInstant(request.getFrom())) : "";
    String before = request.hasTo() ? EntryLine.time(Times.toInstant(request.getTo())) : "";
    return new EntryFilter(contained, from, before);
  }

  /** The entries of a trace. */
  static EntryFilter ofTrace(String trace) {
    List<String> contained = new ArrayList<>();
    add(contained, "trace", trace);
    return new EntryFilter(contained, "", "");
  }

  private static void add(List<String> contained, String field, String value) {
    if (!value.isEmpty()) {
      contained.add("\"" + field + "\":" + JsonText.of(value));
    }
  }

  @Override
  public boolean test(String entry) {
    for (String part : contained) {
      if (!entry.contains(part)) {
        return false;
      }
    }
    if (from.isEmpty() && before.isEmpty()) {
      return true;
    }
    int at = entry.indexOf(TIME) + TIME.length();
    String time = entry.substring(at, entry.indexOf('"', at));
    return time.compareTo(from) >= 0 && (before.isEmpty() || time.compareTo(before) < 0);
  }
}
