package io.infrafabric.governor.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.AccountOperation;
import io.infrafabric.governor.v1.Breaker;
import io.infrafabric.governor.v1.BreakerEvent;
import io.infrafabric.governor.v1.BreakerEventType;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.Escalation;
import io.infrafabric.governor.v1.EscalationEventType;
import io.infrafabric.governor.v1.EscalationState;
import io.infrafabric.governor.v1.EscalationType;
import io.infrafabric.governor.v1.LedgerLine;
import io.infrafabric.governor.v1.Policy;
import io.infrafabric.governor.v1.PolicyLimits;
import io.infrafabric.governor.v1.PolicyRecord;
import io.infrafabric.governor.v1.PolicyTerms;
import io.infrafabric.governor.v1.Settlement;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.kit.relay.OutboundMessage;
import io.infrafabric.kit.store.Change;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.names.EscalationId;
import io.infrafabric.names.Headers;
import io.infrafabric.names.Keys;
import io.infrafabric.names.SwarmId;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;

class FactsTest {
  private static final Keys KEYS = new Keys();
  private static final SwarmId SWARM = new SwarmId("s1");

  private final Facts facts = new Facts(KEYS, InstantSource.fixed(Instant.EPOCH));

  @Test
  void aChangedStanding_isTold() {
    Standing standing = Standing.newBuilder().setSwarmId("s1").setBreaker(BreakerState.BREAKER_STATE_CLOSED).setCreditMicros(5).build();
    OutboundMessage message = told(KEYS.standing(SWARM), standing, 7, 9).getFirst();
    assertThat(message.subject()).isEqualTo("if.v1.event.standing.changed.s1");
    assertThat(message.messageId()).isEqualTo("/if/v1/standing/s1:9");
    assertThat(message.body().toStringUtf8()).isEqualTo("{\"swarmId\":\"s1\",\"breaker\":\"BREAKER_STATE_CLOSED\",\"creditMicros\":\"5\",\"revision\":\"9\"}");
    assertThat(message.headers())
        .containsEntry(Headers.CE_TYPE, "infrafabric.standing.changed.v1")
        .containsEntry(Headers.CE_SUBJECT, "s1")
        .containsEntry(Headers.CONTENT_TYPE, Headers.JSON);
  }

  @Test
  void whatIsNoRecord_isNoFact() {
    assertThat(told(KEYS.standing(SWARM), Standing.getDefaultInstance(), 7, 9)).isEmpty();
    assertThat(facts.source().ofEntry().apply(new Entry(KEYS.breaker(SWARM), ByteString.copyFromUtf8("?"), 7, 9, 0))).isEmpty();
  }

  private static BreakerEvent event(BreakerEventType type, String capability) {
    return BreakerEvent.newBuilder().setType(type).setCapability(capability).build();
  }

  @Test
  void aBreaker_isToldWhenItOpensAndCloses_eachOfACapabilityByItself() {
    Breaker breaker =
        breaker(BreakerState.BREAKER_STATE_OPEN).toBuilder()
            .addEvents(event(BreakerEventType.BREAKER_EVENT_TYPE_OPENED, ""))
            .addEvents(event(BreakerEventType.BREAKER_EVENT_TYPE_HALF_OPENED, "code:java"))
            .addEvents(event(BreakerEventType.BREAKER_EVENT_TYPE_CLOSED, "code:rust"))
            .build();
    List<OutboundMessage> told = told(KEYS.breaker(SWARM), breaker, 7, 9);
    assertThat(told)
        .extracting(OutboundMessage::subject, OutboundMessage::messageId)
        .containsExactly(
            tuple("if.v1.event.breaker.opened.s1", "/if/v1/breakers/s1:9:opened"),
            tuple("if.v1.event.breaker.half-opened.s1", "/if/v1/breakers/s1:9:code:java:half-opened"),
            tuple("if.v1.event.breaker.closed.s1", "/if/v1/breakers/s1:9:code:rust:closed"));
    assertThat(told.get(1).body().toStringUtf8()).contains("\"events\":[{\"type\":\"BREAKER_EVENT_TYPE_HALF_OPENED\",\"capability\":\"code:java\"}]");
  }

  @Test
  void aCallOnAnAccount_isToldOnce() {
    LedgerLine line =
        LedgerLine.newBuilder().setAccountId("run-1").setRequestId("R:1").setOperation(AccountOperation.ACCOUNT_OPERATION_CHARGED).setAmountMicros(7).build();
    String key = KEYS.ledger(new SwarmId("run-1"), "R:1");
    assertThat(told(key, line, 9, 9)).singleElement().satisfies(message -> {
      assertThat(message.subject()).isEqualTo("if.v1.event.account.charged.run-1");
      assertThat(message.messageId()).isEqualTo("/if/v1/ledger/run-1/R:1:9");
      assertThat(message.body().toStringUtf8()).contains("\"amountMicros\":\"7\"");
    });
    assertThat(told(key, line.toBuilder().setRefundedMicros(3).build(), 9, 12)).as("what is noted on it later").isEmpty();
  }

  @Test
  void aRegistration_closesNoBreaker() {
    assertThat(told(KEYS.breaker(SWARM), breaker(BreakerState.BREAKER_STATE_CLOSED), 7, 7)).isEmpty();
  }

  @Test
  void aPolicy_isToldWhenItComesIntoForceOrIntoTheShadow() {
    PolicyRecord.Builder record =
        PolicyRecord.newBuilder()
            .setLastRevision(4)
            .setPolicy(Policy.newBuilder().setRevision(4).setTerms(PolicyTerms.newBuilder().setLimits(PolicyLimits.newBuilder().setMaxSwarmsPerTask(1).setFailureThreshold(1))));
    assertThat(told(KEYS.policyInForce(), record.setSlot("current").build(), 7, 9)).extracting(OutboundMessage::subject).containsExactly("if.v1.event.policy.applied.4");
    assertThat(told(KEYS.policyInForce(), record.clone().setLastRevision(5).build(), 7, 9)).as("it only counts the revision of a shadow").isEmpty();
    assertThat(told(KEYS.policyShadow(), record.setSlot("shadow").build(), 7, 9)).extracting(OutboundMessage::subject).containsExactly("if.v1.event.policy.shadowed.4");
    assertThat(told(KEYS.policy(4), record.setSlot("4").build(), 7, 9)).isEmpty();
  }

  @Test
  void aSnapshot_tellsTheSameMessagesAsTheChanges() {
    Entry entry = entry(KEYS.breaker(SWARM), breaker(BreakerState.BREAKER_STATE_OPEN), 7, 9);
    assertThat(facts.source().ofEntry().apply(entry)).isEqualTo(facts.source().ofChange().apply(new Change.Written(entry)));
  }

  private static Escalation escalation(EscalationEventType event) {
    return Escalation.newBuilder()
        .setEscalationId("gate-1")
        .setType(EscalationType.ESCALATION_TYPE_APPROVAL_GATE)
        .setState(EscalationState.ESCALATION_STATE_OPEN)
        .setLevel(2)
        .setLastEvent(event)
        .build();
  }

  @Test
  void anEscalation_isToldWithEachTurn_butNotWithEachTry() {
    String key = KEYS.escalation(new EscalationId("gate-1"));
    OutboundMessage raised = told(key, escalation(EscalationEventType.ESCALATION_EVENT_TYPE_RAISED), 7, 7).getFirst();
    assertThat(raised.subject()).isEqualTo("if.v1.event.escalation.raised.gate-1");
    assertThat(raised.messageId()).isEqualTo("/if/v1/escalations/gate-1:7");
    assertThat(raised.headers()).containsEntry(Headers.CE_TYPE, "infrafabric.escalation.raised.v1");
    assertThat(raised.body().toStringUtf8()).contains("\"revision\":\"7\"");
    assertThat(told(key, escalation(EscalationEventType.ESCALATION_EVENT_TYPE_TRIED), 7, 8)).isEmpty();
    assertThat(told(key, escalation(EscalationEventType.ESCALATION_EVENT_TYPE_CARRIED_OUT), 7, 9).getFirst().subject())
        .isEqualTo("if.v1.event.escalation.carried-out.gate-1");
  }

  @Test
  void anEscalationWhoseWayWasMissed_isToldByItsState() {
    Entry entry = entry(KEYS.escalation(new EscalationId("gate-1")), escalation(EscalationEventType.ESCALATION_EVENT_TYPE_TRIED), 7, 8);
    assertThat(facts.source().ofEntry().apply(entry))
        .extracting(OutboundMessage::subject)
        .containsExactly("if.v1.event.escalation.raised-again.gate-1");
  }

  @Test
  void bookingsAndWarnings_haveIdsOfTheirOwn() {
    OutboundMessage booked = facts.booked(Settlement.newBuilder().setClaimId("c1").setSwarmId("s1").build());
    assertThat(booked.subject()).isEqualTo("if.v1.event.settlement.booked.c1");
    assertThat(booked.messageId()).isEqualTo("settlement/s1/c1:booked");
    OutboundMessage low = facts.low(Account.newBuilder().setAccountId("s1").setRevision(9).build());
    assertThat(low.subject()).isEqualTo("if.v1.event.account.low.s1");
    assertThat(low.messageId()).isEqualTo("/if/v1/accounts/s1:9:low");
  }

  private List<OutboundMessage> told(String key, MessageLite record, long created, long modified) {
    return facts.source().ofChange().apply(new Change.Written(entry(key, record, created, modified)));
  }

  private static Entry entry(String key, MessageLite record, long created, long modified) {
    return new Entry(key, record.toByteString(), created, modified, 0);
  }

  private static Breaker breaker(BreakerState state) {
    return Breaker.newBuilder().setSwarmId("s1").setState(state).build();
  }
}
