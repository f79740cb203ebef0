package io.infrafabric.governor.witness;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.governor.v1.Escalation;
import io.infrafabric.governor.v1.EscalationEventType;
import io.infrafabric.governor.v1.EscalationState;
import io.infrafabric.governor.v1.EscalationType;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.EscalationId;
import io.infrafabric.names.Keys;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** What the log says of escalations. */
class EscalationEntryTest {
  private static final Instant AT = Instant.parse("2026-11-30T10:00:00Z");

  private final Keys keys = new Keys();
  private final EntryRules rules = new EntryRules(new WitnessedKeys(keys), swarm -> "");

  private static Escalation.Builder raised() {
    return Escalation.newBuilder()
        .setEscalationId("breaker-1")
        .setType(EscalationType.ESCALATION_TYPE_BREAKER_RESET)
        .setState(EscalationState.ESCALATION_STATE_OPEN)
        .setSwarmId("s1")
        .setReason("secret reason")
        .setLastEvent(EscalationEventType.ESCALATION_EVENT_TYPE_RAISED)
        .setLastAt(Times.toProto(AT));
  }

  private String entry(Escalation escalation) {
    String key = keys.escalation(new EscalationId("breaker-1"));
    return new String(rules.written(key, escalation.toByteString(), 7, false, Instant.EPOCH).bytes(null), StandardCharsets.UTF_8);
  }

  @Test
  void anOpenOne_isAnError_andADecisionNamesWhoMadeIt() {
    assertThat(new WitnessedKeys(keys).include(keys.escalation(new EscalationId("breaker-1")))).isTrue();
    assertThat(entry(raised().build()))
        .contains("\"component\":\"governor\"", "\"operation\":\"escalation.raised\"", "\"severity\":\"error\"", "\"swarm\":\"s1\"", "\"time\":\"2026-11-30T10:00:00.000Z\"")
        .doesNotContain("secret reason");
    Escalation approved =
        raised()
            .setState(EscalationState.ESCALATION_STATE_APPROVED)
            .setPrincipal("ada")
            .setRequestId("r1")
            .setLastEvent(EscalationEventType.ESCALATION_EVENT_TYPE_APPROVED)
            .build();
    assertThat(entry(approved))
        .contains("\"operation\":\"escalation.approved\"", "\"principal\":\"ada\"", "\"request\":\"r1\"", "\"severity\":\"info\"");
  }
}
