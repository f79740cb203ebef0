package io.infrafabric.governor.escalation;

import static io.infrafabric.governor.books.BooksFixture.NOW;
import static io.infrafabric.governor.escalation.EscalationSamples.TERMS;
import static io.infrafabric.governor.escalation.EscalationSamples.blocker;
import static io.infrafabric.governor.escalation.EscalationSamples.exhausted;
import static io.infrafabric.governor.escalation.EscalationSamples.raised;
import static io.infrafabric.governor.escalation.EscalationSamples.spent;
import static io.infrafabric.governor.escalation.EscalationSamples.waiting;
import static io.infrafabric.governor.escalation.EscalationSamples.written;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.BlockerState;
import io.infrafabric.governor.escalation.EscalationRules.Command;
import io.infrafabric.governor.v1.DeliveryState;
import io.infrafabric.governor.v1.Escalation;
import io.infrafabric.governor.v1.EscalationEffect;
import io.infrafabric.governor.v1.EscalationEffectState;
import io.infrafabric.governor.v1.EscalationEventType;
import io.infrafabric.governor.v1.EscalationState;
import io.infrafabric.kit.time.Times;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class EscalationRulesTest {
  private static final Duration HOUR = Duration.ofHours(1);
  private static final EscalationEffect PENDING =
      EscalationEffect.newBuilder().setState(EscalationEffectState.ESCALATION_EFFECT_STATE_PENDING).build();

  private final Cause gate = CauseRules.gate(waiting(true)).orElseThrow();
  private final Cause trip = CauseRules.trip(exhausted(NOW), "").orElseThrow();

  private static Turn review(Escalation known, Optional<Cause> cause, Instant now) {
    return EscalationRules.review(Optional.of(known), cause, "it went", TERMS, true, now);
  }

  private static Command approve(String requestId, String principal) {
    return new Command(true, requestId, principal, "fine", 0);
  }

  private static Escalation approved(Cause cause) {
    return written(EscalationRules.decide(raised(cause), approve("r1", "ada"), PENDING, NOW));
  }

  private static ErrorCode codeOf(Turn turn) {
    assertThat(turn).isInstanceOf(Turn.Refuse.class);
    return ((Turn.Refuse) turn).refusal().code();
  }

  @Test
  void aCause_isRaisedOnce_withAllThatIsKnown() {
    Escalation raised = raised(trip);
    assertThat(raised.getState()).isEqualTo(EscalationState.ESCALATION_STATE_OPEN);
    assertThat(raised.getLevel()).isEqualTo(1);
    assertThat(raised.getSwarmId()).isEqualTo("s1");
    assertThat(Times.toInstant(raised.getDeadline())).isEqualTo(NOW.plus(HOUR));
    assertThat(raised.getLastEvent()).isEqualTo(EscalationEventType.ESCALATION_EVENT_TYPE_RAISED);
    assertThat(raised.getLinksList()).singleElement().satisfies(link -> assertThat(link.getUri()).isEqualTo("https://ops.example.org/e/" + trip.id()));
    assertThat(raised.getInstructionsList()).first().asString().startsWith("ifctl escalation approve " + trip.id() + " --by YOU --reason WHY");
    assertThat(raised.getDeliveriesList()).singleElement().satisfies(delivery -> assertThat(delivery.getState()).isEqualTo(DeliveryState.DELIVERY_STATE_PENDING));
    assertThat(review(raised, Optional.of(trip), NOW.plus(HOUR).minusMillis(1))).isEqualTo(new Turn.Keep());
  }

  @Test
  void withoutRoomOrCause_nothingIsRaised() {
    assertThat(EscalationRules.review(Optional.empty(), Optional.of(trip), "", TERMS, false, NOW)).isEqualTo(new Turn.Keep());
    assertThat(EscalationRules.review(Optional.empty(), Optional.empty(), "", TERMS, true, NOW)).isEqualTo(new Turn.Keep());
  }

  @Test
  void oneThatNobodyDecides_isRaisedAgain_higherEachTime_andToldAnew() {
    Escalation delivered =
        raised(trip).toBuilder().setDeliveries(0, raised(trip).getDeliveries(0).toBuilder().setState(DeliveryState.DELIVERY_STATE_DEAD)).build();
    Escalation second = written(review(delivered, Optional.of(trip), NOW.plus(HOUR)));
    assertThat(second.getLevel()).isEqualTo(2);
    assertThat(second.getLastEvent()).isEqualTo(EscalationEventType.ESCALATION_EVENT_TYPE_RAISED_AGAIN);
    assertThat(Times.toInstant(second.getDeadline())).isEqualTo(NOW.plus(HOUR).plus(HOUR));
    assertThat(second.getRaisedAt()).isEqualTo(delivered.getRaisedAt());
    assertThat(second.getDeliveries(0).getState()).isEqualTo(DeliveryState.DELIVERY_STATE_PENDING);
    assertThat(written(review(second, Optional.of(trip), NOW.plus(HOUR).plus(HOUR))).getLevel()).isEqualTo(3);
  }

  @Test
  void oneWhoseCauseGoes_isOver_andComesBackWithItUnlessItWasAGate() {
    Escalation over = written(review(raised(trip), Optional.empty(), NOW));
    assertThat(over.getState()).isEqualTo(EscalationState.ESCALATION_STATE_OBSOLETE);
    assertThat(over.getDecisionReason()).isEqualTo("it went");
    Escalation back = written(review(over, Optional.of(trip), NOW));
    assertThat(back.getState()).isEqualTo(EscalationState.ESCALATION_STATE_OPEN);
    assertThat(back.getLevel()).isEqualTo(2);
    assertThat(back.getDecisionReason()).isEmpty();
    Escalation passed = written(review(raised(gate), Optional.empty(), NOW));
    assertThat(review(passed, Optional.of(gate), NOW)).isEqualTo(new Turn.Keep());
  }

  @Test
  void whatIsDecided_isForgottenLater_butNotWhileItsCauseIsThere() {
    Escalation rejected = written(MoneyRules.reject(raised(trip), new Command(false, "r1", "ada", "no", 0), NOW));
    Instant late = NOW.plus(TERMS.keep());
    assertThat(review(rejected, Optional.empty(), late.minusMillis(1))).isEqualTo(new Turn.Keep());
    assertThat(review(rejected, Optional.empty(), late)).isEqualTo(new Turn.Delete());
    assertThat(review(rejected, Optional.of(trip), late)).isEqualTo(new Turn.Keep());
    assertThat(review(approved(gate), Optional.empty(), late)).as("not carried out yet").isEqualTo(new Turn.Keep());
  }

  @Test
  void theFirstDecisionStands_andItsRequestIsAnsweredAgain() {
    Escalation approved = approved(gate);
    assertThat(Stage.of(approved)).isEqualTo(new Stage.Decided(true, "ada", "fine"));
    assertThat(approved.getLastEvent()).isEqualTo(EscalationEventType.ESCALATION_EVENT_TYPE_APPROVED);
    assertThat(EscalationRules.decide(approved, approve("r1", "ada"), PENDING, NOW)).isEqualTo(new Turn.Keep());
    assertThat(codeOf(EscalationRules.decide(approved, approve("r2", "bob"), PENDING, NOW))).isEqualTo(ErrorCode.ERROR_CODE_ESCALATION_DECIDED);
    Command otherwise = new Command(false, "r1", "ada", "no", 0);
    assertThat(codeOf(EscalationRules.decide(approved, otherwise, PENDING, NOW))).isEqualTo(ErrorCode.ERROR_CODE_REQUEST_ID_REUSED);
    Escalation over = written(review(raised(gate), Optional.empty(), NOW));
    assertThat(codeOf(EscalationRules.decide(over, approve("r1", "ada"), PENDING, NOW))).isEqualTo(ErrorCode.ERROR_CODE_ESCALATION_DECIDED);
  }

  @Test
  void anEffect_isNotedOnce_andAFailureOnlyWhenItIsAnother() {
    Escalation approved = approved(gate);
    Escalation waits = written(EscalationRules.carriedOut(approved, EscalationEffectState.ESCALATION_EFFECT_STATE_PENDING, "away", NOW));
    assertThat(Stage.of(waits)).isInstanceOf(Stage.Decided.class);
    assertThat(waits.getLastEvent()).isEqualTo(EscalationEventType.ESCALATION_EVENT_TYPE_TRIED);
    assertThat(EscalationRules.carriedOut(waits, EscalationEffectState.ESCALATION_EFFECT_STATE_PENDING, "away", NOW)).isEqualTo(new Turn.Keep());
    Escalation done = written(EscalationRules.carriedOut(waits, EscalationEffectState.ESCALATION_EFFECT_STATE_DONE, "approved", NOW));
    assertThat(Stage.of(done)).isEqualTo(new Stage.Settled(true, "ada", NOW));
    assertThat(EscalationRules.carriedOut(done, EscalationEffectState.ESCALATION_EFFECT_STATE_REFUSED, "late", NOW)).isEqualTo(new Turn.Keep());
  }

  @Test
  void aRequestForMoney_isOneQuestion_andKeepsTheWordsOfTheSwarmWhenItIsRaisedAgain() {
    Cause asks = CauseRules.budget(spent(1), Optional.empty(), 20, true).orElseThrow();
    Escalation asked = written(EscalationRules.request(Optional.empty(), asks, "r1", 5_000_000, TERMS, true, NOW));
    assertThat(asked.getRequestedMicros()).isEqualTo(5_000_000);
    assertThat(asked.getLastEvent()).isEqualTo(EscalationEventType.ESCALATION_EVENT_TYPE_RAISED);
    assertThat(EscalationRules.request(Optional.of(asked), asks, "r1", 5_000_000, TERMS, true, NOW)).isEqualTo(new Turn.Keep());
    assertThat(codeOf(EscalationRules.request(Optional.of(asked), asks, "r1", 6_000_000, TERMS, true, NOW))).isEqualTo(ErrorCode.ERROR_CODE_REQUEST_ID_REUSED);
    Escalation more = written(EscalationRules.request(Optional.of(asked), asks, "r2", 6_000_000, TERMS, true, NOW));
    assertThat(more.getLevel()).isEqualTo(1);
    assertThat(more.getRequestedMicros()).isEqualTo(6_000_000);
    assertThat(more.getLastEvent()).isEqualTo(EscalationEventType.ESCALATION_EVENT_TYPE_REQUESTED);
    Cause low = CauseRules.budget(spent(9_000_000), Optional.empty(), 20, true).orElseThrow();
    Escalation again = written(review(more, Optional.of(low), NOW.plus(HOUR)));
    assertThat(again.getReason()).isEqualTo(more.getReason());
    assertThat(again.getRequestedMicros()).isEqualTo(6_000_000);
  }

  @Test
  void aRequestForMoney_isRefusedAfterTheAnswer_andWithoutRoom() {
    Cause asks = CauseRules.budget(spent(1), Optional.empty(), 20, true).orElseThrow();
    Escalation no = written(MoneyRules.reject(raised(asks), new Command(false, "r1", "ada", "no", 0), NOW));
    assertThat(codeOf(EscalationRules.request(Optional.of(no), asks, "r2", 0, TERMS, true, NOW))).isEqualTo(ErrorCode.ERROR_CODE_ESCALATION_DECIDED);
    assertThat(codeOf(EscalationRules.request(Optional.empty(), asks, "r2", 0, TERMS, false, NOW))).isEqualTo(ErrorCode.ERROR_CODE_OVERLOADED);
  }

  @Test
  void oneOfANewerVersion_isLeftAlone() {
    Escalation foreign = raised(trip).toBuilder().setStateValue(77).build();
    assertThat(review(foreign, Optional.empty(), NOW.plus(TERMS.keep()))).isEqualTo(new Turn.Keep());
    assertThat(codeOf(EscalationRules.decide(foreign, approve("r1", "ada"), PENDING, NOW))).isEqualTo(ErrorCode.ERROR_CODE_ESCALATION_DECIDED);
  }

  @Test
  void aBlockerThatGetsHelp_isNothingToDecide() {
    Cause help = CauseRules.help(blocker(BlockerState.BLOCKER_STATE_ESCALATED)).orElseThrow();
    Optional<Cause> helped = CauseRules.help(blocker(BlockerState.BLOCKER_STATE_WAITING));
    assertThat(written(review(raised(help), helped, NOW)).getState()).isEqualTo(EscalationState.ESCALATION_STATE_OBSOLETE);
  }
}
