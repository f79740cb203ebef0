package io.infrafabric.governor.escalation;

import static io.infrafabric.governor.books.BooksFixture.NOW;
import static io.infrafabric.governor.escalation.EscalationSamples.blocker;
import static io.infrafabric.governor.escalation.EscalationSamples.raised;
import static io.infrafabric.governor.escalation.EscalationSamples.waiting;
import static io.infrafabric.governor.escalation.EscalationSamples.written;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.BlockerState;
import io.infrafabric.coordinator.v1.Cancelled;
import io.infrafabric.coordinator.v1.Parked;
import io.infrafabric.coordinator.v1.Ready;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.escalation.EffectRules.Result;
import io.infrafabric.governor.escalation.EscalationRules.Command;
import io.infrafabric.governor.v1.Escalation;
import io.infrafabric.governor.v1.EscalationEffect;
import io.infrafabric.governor.v1.EscalationEffectState;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class EffectRulesTest {
  private static final EscalationEffect PENDING =
      EscalationEffect.newBuilder().setState(EscalationEffectState.ESCALATION_EFFECT_STATE_PENDING).build();

  private final Escalation gate = raised(CauseRules.gate(waiting(true)).orElseThrow());
  private final Escalation help = raised(CauseRules.help(blocker(BlockerState.BLOCKER_STATE_ESCALATED)).orElseThrow());

  private static Escalation decided(Escalation escalation, boolean approve, String reason) {
    return written(EscalationRules.decide(escalation, new Command(approve, "r1", "ada", reason, 0), PENDING, NOW));
  }

  @Test
  void everyTry_isTheSameRequest_andSaysWhoAndWhy() {
    CoordinatorDoor.Deed deed = EffectRules.deed(decided(gate, true, "looked at it"));
    assertThat(deed.requestId()).isEqualTo("escalation:" + gate.getEscalationId());
    assertThat(deed.principal()).isEqualTo("ada");
    assertThat(deed.reason()).isEqualTo("escalation %s: looked at it".formatted(gate.getEscalationId()));
    assertThat(EffectRules.deed(decided(gate, false, "too dear")).reason())
        .isEqualTo("rejected by ada, escalation %s: too dear".formatted(gate.getEscalationId()));
    assertThat(EffectRules.deed(decided(gate, false, "x".repeat(1_024))).reason()).hasSize(1_024);
  }

  @Test
  void aRejectedTask_isCancelledOnlyWhileItWaitsForTheAnswer() {
    Escalation no = decided(gate, false, "no");
    assertThat(EffectRules.rejectionIsOver(no, waiting(true))).isEmpty();
    Task cancelled = waiting(true).toBuilder().setCancelled(Cancelled.getDefaultInstance()).build();
    assertThat(EffectRules.rejectionIsOver(no, cancelled)).contains(Result.done("task t1 is cancelled"));
    Task ready = waiting(true).toBuilder().setReady(Ready.getDefaultInstance()).build();
    assertThat(EffectRules.rejectionIsOver(no, ready)).contains(Result.refused("task t1 has gone on and is ready"));
    assertThat(EffectRules.rejectionIsOver(no, waiting(false))).contains(Result.refused("task t1 has gone on and is waiting"));
  }

  @Test
  void aTaskWithoutHelp_isCancelledOnlyWhileThatBlockerStopsIt() {
    Escalation no = decided(help, false, "no");
    Task parked = waiting(false).toBuilder().setParked(Parked.newBuilder().addBlockerIds("b0").addBlockerIds("b1")).build();
    assertThat(EffectRules.rejectionIsOver(no, parked)).isEmpty();
    Task other = waiting(false).toBuilder().setParked(Parked.newBuilder().addBlockerIds("b0")).build();
    assertThat(EffectRules.rejectionIsOver(no, other)).contains(Result.refused("task t1 has gone on and is parked"));
  }

  @Test
  void onlyWhatTheTaskItselfRefuses_isFinal() {
    assertThat(EffectRules.failed(Optional.of(Refusal.of(ErrorCode.ERROR_CODE_TASK_ENDED, "it is completed"))))
        .isEqualTo(Result.refused("it is completed"));
    for (ErrorCode passing : new ErrorCode[] {ErrorCode.ERROR_CODE_UNAVAILABLE, ErrorCode.ERROR_CODE_OUTCOME_UNKNOWN, ErrorCode.ERROR_CODE_PERMISSION_DENIED, ErrorCode.ERROR_CODE_CONTENDED}) {
      assertThat(EffectRules.failed(Optional.of(Refusal.of(passing, "later"))).state())
          .as(passing.name())
          .isEqualTo(EscalationEffectState.ESCALATION_EFFECT_STATE_PENDING);
    }
    assertThat(EffectRules.failed(Optional.empty()).state()).isEqualTo(EscalationEffectState.ESCALATION_EFFECT_STATE_PENDING);
  }
}
