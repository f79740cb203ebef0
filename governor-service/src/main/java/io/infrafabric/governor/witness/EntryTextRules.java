package io.infrafabric.governor.witness;

import java.util.List;

/** Entries as other texts than their own. */
final class EntryTextRules {
  private static final List<String> TEXTS =
      List.of("time", "component", "operation", "severity", "swarm", "agent", "task", "plan", "phase", "claim", "trace", "request", "principal", "id");

  private static final List<String> NUMBERS = List.of("fence", "revision", "micros");

  private EntryTextRules() {}

  /** The first line of a CSV. */
  static String csvHeader() {
    return "index," + String.join(",", TEXTS) + ",fence,revision,cost_micros,model,digest,refused_code,refused_count\n";
  }

  /** The line of an entry in a CSV (RFC 4180). */
  static String csv(long index, String entry) {
    StringBuilder line = new StringBuilder().append(index);
    TEXTS.forEach(field -> line.append(',').append(cell(text(entry, field))));
    NUMBERS.forEach(field -> line.append(',').append(number(entry, field)));
    return line.append(',').append(cell(text(entry, "model"))).append(',').append(text(entry, "digest")).append(',').append(text(entry, "code")).append(',').append(number(entry, "count")).append('\n').toString();
  }

  /** What the change cost, in micro-USD. */
  static long costMicros(String entry) {
    String micros = number(entry, "micros");
    return micros.isEmpty() ? 0 : Long.parseLong(micros);
  }

  /** The value of a field, still escaped; empty without one. */
  private static String text(String entry, String field) {
    String begin = "\"" + field + "\":\"";
    int at = entry.indexOf(begin);
    if (at < 0) {
      return "";
    }
    int from = at + begin.length();
    int end = entry.indexOf('"', from);
    while (escaped(entry, end)) {
      end = entry.indexOf('"', end + 1);
    }
    return entry.substring(from, end);
  }

  private static boolean escaped(String entry, int quote) {
    int slashes = 0;
    while (entry.charAt(quote - 1 - slashes) == '\\') {
      slashes++;
    }
    return slashes % 2 == 1;
  }

  private static String number(String entry, String field) {
    String begin = "\"" + field + "\":";
    int at = entry.indexOf(begin);
    int end = at + begin.length();
    while (at >= 0 && Character.isDigit(entry.charAt(end))) {
      end++;
    }
    return at < 0 ? "" : entry.substring(at + begin.length(), end);
  }

  /** Quoted where it must be; a spreadsheet takes a cell that begins like a formula for one. */
  private static String cell(String text) {
    String safe = text.matches("[=+@-].*") ? "'" + text : text;
    return safe.matches("(?s).*[\",\\\\\r\n].*") ? '"' + safe.replace("\"", "\"\"") + '"' : safe;
  }
}
