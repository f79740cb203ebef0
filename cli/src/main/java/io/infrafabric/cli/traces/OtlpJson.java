package io.infrafabric.cli.traces;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Set;

/**
 * OTLP/JSON: proto3 JSON but for ids, which are hex, and enums, which are numbers (OpenTelemetry protocol, "JSON Protobuf
 * Encoding").
 */
final class OtlpJson {
  private static final JsonFormat.Printer PRINTER =
      JsonFormat.printer().printingEnumsAsInts().omittingInsignificantWhitespace();
  private static final Set<String> IDS = Set.of("traceId", "spanId", "parentSpanId");

  private OtlpJson() {}

  /** One line. */
  static String line(ExportTraceServiceRequest request) {
    try {
      JsonElement json = JsonParser.parseString(PRINTER.print(request));
      idsToHex(json);
      return json.toString();
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("OTLP has no Any fields", e);
    }
  }

  private static void idsToHex(JsonElement json) {
    if (json.isJsonArray()) {
      json.getAsJsonArray().forEach(OtlpJson::idsToHex);
    } else if (json instanceof JsonObject object) {
      for (var member : object.entrySet()) {
        if (IDS.contains(member.getKey()) && member.getValue().isJsonPrimitive()) {
          byte[] id = Base64.getDecoder().decode(member.getValue().getAsString());
          member.setValue(new JsonPrimitive(HexFormat.of().formatHex(id)));
        } else {
          idsToHex(member.getValue());
        }
      }
    }
  }
}
