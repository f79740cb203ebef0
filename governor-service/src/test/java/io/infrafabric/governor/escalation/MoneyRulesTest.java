package io.infrafabric.governor.escalation;

import static io.infrafabric.governor.books.BooksFixture.NOW;
import static io.infrafabric.governor.books.BooksFixture.written;
import static io.infrafabric.governor.escalation.EscalationSamples.exhausted;
import static io.infrafabric.governor.escalation.EscalationSamples.raised;
import static io.infrafabric.governor.escalation.EscalationSamples.spent;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.governor.books.Books;
import io.infrafabric.governor.breaker.BreakerRules;
import io.infrafabric.governor.escalation.EscalationRules.Command;
import io.infrafabric.governor.v1.Escalation;
import io.infrafabric.governor.v1.ResetRequest;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MoneyRulesTest {
  private final Books stopped = exhausted(NOW);
  private final Escalation trip = raised(CauseRules.trip(stopped, "").orElseThrow());

  private static Command approve(long grantMicros) {
    return new Command(true, "r1", "ada", "it may go on", grantMicros);
  }

  private static ErrorCode codeOf(Turn turn) {
    assertThat(turn).isInstanceOf(Turn.Refuse.class);
    return ((Turn.Refuse) turn).refusal().code();
  }

  @Test
  void anApproval_resetsTheBreakerInTheSameTransaction() {
    Turn turn = MoneyRules.approve(trip, stopped, approve(5_000_000), NOW);
    assertThat(turn).isInstanceOf(Turn.WriteWithBooks.class);
    Turn.WriteWithBooks both = (Turn.WriteWithBooks) turn;
    assertThat(both.before()).isEqualTo(stopped);
    assertThat(both.after().isBreakerOpen()).isFalse();
    assertThat(both.after().breaker().getPrincipal()).isEqualTo("ada");
    assertThat(both.after().breaker().getRequestId()).isEqualTo("escalation:" + trip.getEscalationId());
    assertThat(both.after().account().getGrantedMicros()).isEqualTo(15_000_000);
    assertThat(both.next().getGrantMicros()).isEqualTo(5_000_000);
    assertThat(both.next().getEffect().getDetail()).isEqualTo("the breaker of swarm s1 is reset, $5.00 granted to swarm s1");
    assertThat(Stage.of(both.next())).isInstanceOf(Stage.Settled.class);
  }

  @Test
  void anApproval_isRefusedAsAResetWouldBe() {
    assertThat(codeOf(MoneyRules.approve(trip, stopped, approve(0), NOW))).isEqualTo(ErrorCode.ERROR_CODE_INVALID_MONEY);
    ResetRequest byHand =
        ResetRequest.newBuilder().setRequestId("x").setSwarmId("s1").setPrincipal("bob").setReason("so").setGrantMicros(1).build();
    Books reset = written(BreakerRules.reset(stopped, byHand, NOW));
    assertThat(codeOf(MoneyRules.approve(trip, reset, approve(1), NOW))).isEqualTo(ErrorCode.ERROR_CODE_INVALID_ARGUMENT);
  }

  @Test
  void anApproval_isOfTheTripThatItWasAskedAbout() {
    Books again = exhausted(NOW.plusSeconds(60));
    assertThat(codeOf(MoneyRules.approve(trip, again, approve(1), NOW))).isEqualTo(ErrorCode.ERROR_CODE_ESCALATION_DECIDED);
  }

  @Test
  void aRejection_leavesTheSwarmStopped() {
    Turn turn = MoneyRules.reject(trip, new Command(false, "r1", "ada", "not today", 0), NOW);
    assertThat(EscalationSamples.written(turn).getEffect().getDetail()).isEqualTo("the breaker of swarm s1 stays open");
  }

  @Test
  void aGrant_isWhatThePersonSays_orElseWhatWasAskedFor() {
    Books low = spent(9_000_000);
    Escalation question = raised(CauseRules.budget(low, Optional.empty(), 20, false).orElseThrow());
    assertThat(codeOf(MoneyRules.approve(question, low, approve(0), NOW))).isEqualTo(ErrorCode.ERROR_CODE_INVALID_MONEY);
    Escalation asked = question.toBuilder().setRequestedMicros(3_000_000).build();
    assertThat(((Turn.WriteWithBooks) MoneyRules.approve(asked, low, approve(0), NOW)).after().account().getGrantedMicros()).isEqualTo(13_000_000);
    Turn.WriteWithBooks more = (Turn.WriteWithBooks) MoneyRules.approve(asked, low, approve(4_000_000), NOW);
    assertThat(more.after().account().getGrantedMicros()).isEqualTo(14_000_000);
    assertThat(more.next().getGrantMicros()).isEqualTo(4_000_000);
  }

  @Test
  void aGrant_isRefusedWhenMoneyCameMeanwhile_orThereWouldBeTooMuch() {
    Books low = spent(9_000_000);
    Escalation question = raised(CauseRules.budget(low, Optional.empty(), 20, false).orElseThrow());
    Books richer = low.with(low.account().toBuilder().setGrantedMicros(11_000_000).build());
    assertThat(codeOf(MoneyRules.approve(question, richer, approve(1), NOW))).isEqualTo(ErrorCode.ERROR_CODE_ESCALATION_DECIDED);
    assertThat(codeOf(MoneyRules.approve(question, low, approve(1_000_000_000_000_000L), NOW))).isEqualTo(ErrorCode.ERROR_CODE_INVALID_MONEY);
  }
}
