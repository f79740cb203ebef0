package io.infrafabric.governor.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.governor.escalation.Turn;
import io.infrafabric.governor.v1.Delivery;
import io.infrafabric.governor.v1.DeliveryState;
import io.infrafabric.governor.v1.Escalation;
import io.infrafabric.governor.v1.EscalationEventType;
import io.infrafabric.governor.v1.EscalationState;
import io.infrafabric.governor.v1.EscalationType;
import io.infrafabric.governor.webhook.DeliveryRules.Attempt;
import io.infrafabric.governor.webhook.DeliveryRules.Pace;
import io.infrafabric.kit.time.Times;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DeliveryRulesTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final String SINK = "hooks.example.org/1";
  private static final Pace PACE = new Pace(Duration.ofSeconds(5), 3, Duration.ofSeconds(1), Duration.ofSeconds(60));

  private final Escalation raised =
      Escalation.newBuilder()
          .setEscalationId("gate-1")
          .setType(EscalationType.ESCALATION_TYPE_APPROVAL_GATE)
          .setState(EscalationState.ESCALATION_STATE_OPEN)
          .setLevel(1)
          .setRaisedAt(Times.toProto(NOW))
          .setReason("task t1 waits")
          .addDeliveries(Delivery.newBuilder().setSink("other").setState(DeliveryState.DELIVERY_STATE_PENDING).setNextAt(Times.toProto(NOW)))
          .addDeliveries(Delivery.newBuilder().setSink(SINK).setState(DeliveryState.DELIVERY_STATE_PENDING).setNextAt(Times.toProto(NOW)))
          .build();

  private static Escalation written(Turn turn) {
    assertThat(turn).isInstanceOf(Turn.Write.class);
    return ((Turn.Write) turn).next();
  }

  private static Delivery mine(Escalation escalation) {
    return escalation.getDeliveries(1);
  }

  private static Attempt begin(Escalation known, Instant now) {
    return DeliveryRules.begun(DeliveryRules.begin(known, SINK, known.getLevel(), PACE, now), SINK, known.getLevel()).orElseThrow();
  }

  private static Answer failed(Optional<Duration> notBefore) {
    return new Answer.Failed("status 500", notBefore);
  }

  @Test
  void aTry_isBegunByOne_andTheNextOneIsDueThoughNobodyHearsOfIt() {
    Attempt first = begin(raised, NOW);
    assertThat(first.number()).isEqualTo(1);
    assertThat(first.id()).isEqualTo("gate-1.1");
    Escalation begun = first.escalation();
    assertThat(begun.getDeliveries(0)).isEqualTo(raised.getDeliveries(0));
    assertThat(DeliveryRules.begin(begun, SINK, 1, PACE, NOW)).as("by another").isEqualTo(new Turn.Keep());
    Instant next = Times.toInstant(mine(begun).getNextAt());
    assertThat(Duration.between(NOW, next)).isBetween(Duration.ofMillis(5_800), Duration.ofMillis(6_000));
    assertThat(begin(begun, next).number()).isEqualTo(2);
    assertThat(begin(begun, next).id()).isEqualTo("gate-1.1");
  }

  @Test
  void whatWasAcknowledged_isNeverSentAgain_howeverLateItsOtherTriesFail() {
    Attempt first = begin(raised, NOW);
    Attempt second = begin(first.escalation(), NOW.plusSeconds(10));
    Escalation delivered = written(DeliveryRules.ended(second.escalation(), first, new Answer.Acknowledged(), PACE, NOW.plusSeconds(11)));
    assertThat(mine(delivered).getState()).isEqualTo(DeliveryState.DELIVERY_STATE_DELIVERED);
    assertThat(DeliveryRules.ended(delivered, second, failed(Optional.empty()), PACE, NOW.plusSeconds(15))).isEqualTo(new Turn.Keep());
    assertThat(DeliveryRules.begin(delivered, SINK, 1, PACE, NOW.plusSeconds(100))).isEqualTo(new Turn.Keep());
  }

  @Test
  void failures_areTriedAgainWithGrowingWaits_untilItIsADeadLetter() {
    Escalation known = raised;
    Instant now = NOW;
    Duration before = Duration.ZERO;
    for (int i = 1; i < PACE.tries(); i++) {
      known = written(DeliveryRules.ended(begin(known, now).escalation(), begin(known, now), failed(Optional.empty()), PACE, now));
      assertThat(mine(known).getLastError()).isEqualTo("status 500");
      Duration wait = Duration.between(now, Times.toInstant(mine(known).getNextAt()));
      assertThat(wait).isGreaterThan(before);
      before = wait;
      now = now.plus(wait);
    }
    Attempt last = begin(known, now);
    Escalation dead = written(DeliveryRules.ended(last.escalation(), last, failed(Optional.empty()), PACE, now));
    assertThat(mine(dead).getState()).isEqualTo(DeliveryState.DELIVERY_STATE_DEAD);
    assertThat(mine(dead).getTries()).isEqualTo(3);
    assertThat(mine(dead).getLastError()).isEqualTo("status 500");
    assertThat(dead.getLastEvent()).isEqualTo(EscalationEventType.ESCALATION_EVENT_TYPE_UNDELIVERED);
    assertThat(DeliveryRules.begin(dead, SINK, 1, PACE, now.plusSeconds(600))).isEqualTo(new Turn.Keep());
  }

  @Test
  void aLastTryThatNobodyHearsOf_isADeadLetterTooInTheEnd() {
    Escalation known = raised;
    Instant now = NOW;
    for (int i = 0; i < PACE.tries(); i++) {
      known = begin(known, now).escalation();
      now = Times.toInstant(mine(known).getNextAt());
    }
    Turn given = DeliveryRules.begin(known, SINK, 1, PACE, now);
    assertThat(mine(written(given)).getState()).isEqualTo(DeliveryState.DELIVERY_STATE_DEAD);
    assertThat(DeliveryRules.begun(given, SINK, 1)).isEmpty();
  }

  @Test
  void aSinkThatWantsTime_getsIt_withinReason() {
    Attempt first = begin(raised, NOW);
    Escalation later = written(DeliveryRules.ended(first.escalation(), first, failed(Optional.of(Duration.ofSeconds(30))), PACE, NOW));
    assertThat(Times.toInstant(mine(later).getNextAt())).isEqualTo(NOW.plusSeconds(30));
    Escalation never = written(DeliveryRules.ended(first.escalation(), first, failed(Optional.of(Duration.ofDays(30))), PACE, NOW));
    assertThat(Times.toInstant(mine(never).getNextAt())).isEqualTo(NOW.plusSeconds(60));
  }

  @Test
  void aSinkThatIsGone_orNotNamedAnyMore_isToldNothing() {
    Attempt first = begin(raised, NOW);
    assertThat(mine(written(DeliveryRules.ended(first.escalation(), first, new Answer.Gone(), PACE, NOW))).getState())
        .isEqualTo(DeliveryState.DELIVERY_STATE_DEAD);
    assertThat(mine(written(DeliveryRules.orphaned(raised, SINK, 1, NOW))).getState()).isEqualTo(DeliveryState.DELIVERY_STATE_DEAD);
  }

  @Test
  void aTryOfALowerLevel_saysNothingOfAHigherOne() {
    Attempt first = begin(raised, NOW);
    Escalation again = raised.toBuilder().setLevel(2).build();
    assertThat(DeliveryRules.ended(again, first, new Answer.Acknowledged(), PACE, NOW)).isEqualTo(new Turn.Keep());
    assertThat(begin(again, NOW).id()).isEqualTo("gate-1.2");
  }

  @Test
  void waits_areDoubledAndCapped_andDifferBetweenEscalations() {
    assertThat(PACE.waitAfter(1, "a")).isBetween(Duration.ofMillis(800), Duration.ofSeconds(1));
    assertThat(PACE.waitAfter(4, "a")).isBetween(Duration.ofMillis(6_400), Duration.ofSeconds(8));
    assertThat(PACE.waitAfter(60, "a")).isBetween(Duration.ofSeconds(48), Duration.ofSeconds(60));
    assertThat(PACE.waitAfter(4, "gate-1")).isNotEqualTo(PACE.waitAfter(4, "gate-2"));
  }

  @Test
  void aBody_tellsTheEscalation_andNotWhoElseIsTold() {
    String body = new String(BodyRules.of(raised), StandardCharsets.UTF_8);
    assertThat(body)
        .isEqualTo(
            "{\"type\":\"escalation.raised\",\"timestamp\":\"2026-01-01T00:00:00Z\",\"data\":{\"escalationId\":\"gate-1\","
                + "\"type\":\"ESCALATION_TYPE_APPROVAL_GATE\",\"state\":\"ESCALATION_STATE_OPEN\",\"reason\":\"task t1 waits\","
                + "\"raisedAt\":\"2026-01-01T00:00:00Z\",\"level\":1}}");
    assertThat(new String(BodyRules.of(raised.toBuilder().setLevel(2).build()), StandardCharsets.UTF_8)).startsWith("{\"type\":\"escalation.raised_again\"");
  }
}
