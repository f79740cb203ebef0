package io.infrafabric.governor.webhook;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.infrafabric.governor.v1.Escalation;
import io.infrafabric.kit.time.Times;
import java.nio.charset.StandardCharsets;

/** What a webhook is told: {@code type}, {@code timestamp} and, as {@code data}, the escalation in proto3 JSON. */
final class BodyRules {
  private static final JsonFormat.Printer JSON = JsonFormat.printer().omittingInsignificantWhitespace();

  private BodyRules() {}

  /** The body about an escalation as it is now; where else it is posted to is nobody's business. */
  static byte[] of(Escalation escalation) {
    Escalation told = escalation.toBuilder().clearDeliveries().clearRequestId().clearLastEvent().clearLastAt().build();
    String type = escalation.getLevel() > 1 ? "escalation.raised_again" : "escalation.raised";
    String body =
        "{\"type\":\"%s\",\"timestamp\":\"%s\",\"data\":%s}".formatted(type, Times.toInstant(escalation.getRaisedAt()), json(told));
    return body.getBytes(StandardCharsets.UTF_8);
  }

  private static String json(Escalation escalation) {
    try {
      return JSON.print(escalation);
    } catch (InvalidProtocolBufferException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
