package io.infrafabric.governor.witness;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.governor.v1.Breaker;
import io.infrafabric.governor.v1.BreakerEvent;
import io.infrafabric.governor.v1.BreakerEventType;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.Keys;
import io.infrafabric.names.SwarmId;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** What the log says of breakers. */
class BreakerEntryTest {
  private static final Instant AT = Instant.parse("2026-11-30T10:00:00Z");

  private final Keys keys = new Keys();
  private final EntryRules rules = new EntryRules(new WitnessedKeys(keys), swarm -> "");

  private String entry(Breaker breaker, boolean created) {
    byte[] bytes = rules.written(keys.breaker(new SwarmId("s1")), breaker.toByteString(), 7, created, Instant.EPOCH).bytes(null);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static Breaker.Builder closed() {
    return Breaker.newBuilder().setSwarmId("s1").setState(BreakerState.BREAKER_STATE_CLOSED).setSince(Times.toProto(AT));
  }

  private static BreakerEvent event(BreakerEventType type, String principal) {
    return BreakerEvent.newBuilder().setType(type).setCapability("code:java").setPrincipal(principal).setAt(Times.toProto(AT.plusSeconds(1))).build();
  }

  @Test
  void breakerOfACapability_isToldAsWhatHappened_andNotAsTheStateOfTheWhole() {
    assertThat(entry(closed().addEvents(event(BreakerEventType.BREAKER_EVENT_TYPE_OPENED, "ada")).build(), false))
        .contains("\"operation\":\"breaker.opened\"", "\"severity\":\"warning\"", "\"principal\":\"ada\"", "\"time\":\"2026-11-30T10:00:01.000Z\"", "\"swarm\":\"s1\"");
    assertThat(entry(closed().addEvents(event(BreakerEventType.BREAKER_EVENT_TYPE_HALF_OPENED, "")).build(), false)).contains("\"operation\":\"breaker.half-opened\"");
    assertThat(entry(closed().addEvents(event(BreakerEventType.BREAKER_EVENT_TYPE_CLOSED, "ada")).build(), false))
        .contains("\"operation\":\"breaker.closed\"", "\"severity\":\"info\"", "\"principal\":\"ada\"");
  }

  @Test
  void ofSeveral_theGravestIsTold() {
    Breaker both = closed().addEvents(event(BreakerEventType.BREAKER_EVENT_TYPE_CLOSED, "")).addEvents(event(BreakerEventType.BREAKER_EVENT_TYPE_OPENED, "")).build();
    assertThat(entry(both, false)).contains("\"operation\":\"breaker.opened\"");
  }

  @Test
  void recordsOfOld_areToldByTheirState() {
    assertThat(entry(closed().build(), true)).contains("\"operation\":\"breaker.registered\"");
    assertThat(entry(closed().build(), false)).contains("\"operation\":\"breaker.closed\"");
    assertThat(entry(closed().setState(BreakerState.BREAKER_STATE_OPEN).build(), false)).contains("\"operation\":\"breaker.opened\"");
  }
}
