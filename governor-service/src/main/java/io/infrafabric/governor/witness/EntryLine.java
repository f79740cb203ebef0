package io.infrafabric.governor.witness;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;

/** The fields of one entry; absent ones are empty or 0. Written as JSON with sorted keys, because its bytes are what is hashed. */
final class EntryLine {
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);
  private static final HexFormat HEX = HexFormat.of();

  String agent = "";
  String claim = "";
  String component = "";
  long costMicros;
  byte[] digest = {};
  long fence;
  long gapFrom;
  long gapTo;
  String key = "";
  String model = "";
  String operation = "";
  String phase = "";
  String plan = "";
  String principal = "";
  Refused refused = Refused.NONE;
  String request = "";
  long revision;
  long session;
  Severity severity = Severity.INFO;
  String swarm = "";
  String task = "";
  Instant time = Instant.EPOCH;
  String trace = "";

  /**
   * Calls that were refused, added up; each for the same cause.
   *
   * @param code an error code without its prefix
   * @param count 0 in entries of other things
   * @param from when the first of them was refused; the time of the entry is that of the last
   * @param method that the first of them called
   */
  record Refused(String code, long count, Instant from, String method) {
    static final Refused NONE = new Refused("", 0, Instant.EPOCH, "");
  }

  enum Severity {
    INFO,
    WARNING,
    ERROR
  }

  /** A moment as it stands in entries: always the same length, so that texts compare as moments do. */
  static String time(Instant moment) {
    return TIME.format(moment);
  }

  /**
   * The entry.
   *
   * @param before the leaf hash of the one before, null for the first
   */
  byte[] bytes(byte[] before) {
    StringBuilder out = new StringBuilder(700);
    text(out, "agent", agent);
    text(out, "claim", claim);
    text(out, "component", component);
    if (costMicros != 0) {
      name(out, "cost").append("{\"micros\":").append(costMicros);
      if (!model.isEmpty()) {
        out.append(",\"model\":");
        quoted(out, model);
      }
      out.append('}');
    }
    text(out, "digest", digest.length == 0 ? "" : HEX.formatHex(digest));
    number(out, "fence", fence);
    if (gapTo != 0) {
      name(out, "gap").append("{\"from\":").append(gapFrom).append(",\"to\":").append(gapTo).append('}');
    }
    text(out, "id", key + ":" + revision);
    text(out, "operation", operation);
    text(out, "phase", phase);
    text(out, "plan", plan);
    name(out, "prev").append(before == null ? "null" : '"' + HEX.formatHex(before) + '"');
    text(out, "principal", principal);
    refused(out);
    text(out, "request", request);
    number(out, "revision", revision);
    number(out, "session", session);
    text(out, "severity", severity == Severity.INFO ? "info" : severity == Severity.WARNING ? "warning" : "error");
    text(out, "swarm", swarm);
    text(out, "task", task);
    text(out, "time", time(time));
    text(out, "trace", trace);
    return out.append(",\"v\":1}").toString().getBytes(StandardCharsets.UTF_8);
  }

  private void refused(StringBuilder out) {
    if (refused.count() > 0) {
      StringBuilder object = new StringBuilder(200);
      text(object, "code", refused.code());
      number(object, "count", refused.count());
      text(object, "from", time(refused.from()));
      text(object, "method", refused.method());
      name(out, "refused").append(object).append('}');
    }
  }

  private static void text(StringBuilder out, String name, String value) {
    if (!value.isEmpty()) {
      quoted(name(out, name), value);
    }
  }

  private static void number(StringBuilder out, String name, long value) {
    if (value != 0) {
      name(out, name).append(value);
    }
  }

  private static StringBuilder name(StringBuilder out, String name) {
    return out.append(out.isEmpty() ? '{' : ',').append('"').append(name).append("\":");
  }

  private static void quoted(StringBuilder out, String value) {
    out.append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < 0x20) {
        out.append("\\u00").append(Character.forDigit(c >> 4, 16)).append(Character.forDigit(c & 15, 16));
      } else {
        out.append(c);
      }
    }
    out.append('"');
  }
}
