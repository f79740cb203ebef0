package io.infrafabric.governor.escalation;

import static io.infrafabric.governor.books.BooksFixture.NOW;
import static io.infrafabric.governor.escalation.EscalationSamples.exhausted;
import static io.infrafabric.governor.escalation.EscalationSamples.raised;
import static io.infrafabric.governor.escalation.EscalationSamples.waiting;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.escalation.EscalationRules.Command;
import io.infrafabric.governor.v1.Escalation;
import io.infrafabric.governor.v1.RequestBudgetRequest;
import org.junit.jupiter.api.Test;

class CommandRulesTest {
  private final Escalation trip = raised(CauseRules.trip(exhausted(NOW), "").orElseThrow());
  private final Escalation gate = raised(CauseRules.gate(waiting(true)).orElseThrow());

  private static Command command(boolean approve, long grantMicros) {
    return new Command(approve, "r1", "ada", "why", grantMicros);
  }

  @Test
  void whatMovesMoney_isForThoseWhoMay_andSayingNoIsForAll() {
    assertThat(CommandRules.refused(trip, command(true, 1), false)).map(Refusal::code).contains(ErrorCode.ERROR_CODE_PERMISSION_DENIED);
    assertThat(CommandRules.refused(trip, command(true, 1), true)).isEmpty();
    assertThat(CommandRules.refused(trip, command(false, 0), false)).isEmpty();
    assertThat(CommandRules.refused(gate, command(true, 0), false)).isEmpty();
    assertThat(CommandRules.refused(gate, command(true, 1), true)).map(Refusal::code).contains(ErrorCode.ERROR_CODE_INVALID_ARGUMENT);
  }

  @Test
  void aDecision_hasAPersonAndAReason() {
    assertThat(CommandRules.validate("gate-1", command(true, 0))).isEmpty();
    Refusal all = CommandRules.validate("Gate", new Command(true, "", "", " ", -1)).orElseThrow();
    assertThat(all.fields()).extracting(Refusal.Field::path).containsExactly("request_id", "escalation_id", "principal", "reason", "grant_micros");
    for (String nobody : new String[] {" ", "a\nb", " ada", "x".repeat(256), "\u00e4da"}) {
      assertThat(CommandRules.validate("gate-1", new Command(true, "r1", nobody, "why", 0))).as(nobody).isPresent();
    }
  }

  @Test
  void aRequestForMoney_hasASwarmAndAReason() {
    assertThat(CommandRules.validate(RequestBudgetRequest.newBuilder().setRequestId("r").setSwarmId("s1").setReason("more").build())).isEmpty();
    assertThat(CommandRules.validate(RequestBudgetRequest.newBuilder().setAmountMicros(-1).build()).orElseThrow().fields())
        .extracting(Refusal.Field::path)
        .containsExactly("request_id", "swarm_id", "amount_micros", "reason");
  }
}
