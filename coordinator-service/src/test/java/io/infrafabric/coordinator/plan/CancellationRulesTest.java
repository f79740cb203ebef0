package io.infrafabric.coordinator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.Samples;
import io.infrafabric.coordinator.v1.MappingRecord;
import io.infrafabric.coordinator.v1.PhaseEnd;
import io.infrafabric.coordinator.v1.PhaseRecord;
import io.infrafabric.coordinator.v1.PlanCancellation;
import io.infrafabric.coordinator.v1.PlanRecord;
import io.infrafabric.kit.time.Times;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CancellationRulesTest {
  private static final PlanCancellation WISH =
      PlanCancellation.newBuilder().setRequestId("r1").setReason("too dear").setAt(Times.toProto(Samples.NOW)).build();
  private static final PlanRecord PLAN =
      PlanRecord.newBuilder()
          .setPlanId("p1")
          .setWholeAt(Times.toProto(Samples.NOW))
          .addPhases(PhaseRecord.newBuilder().setName("a").addAllTaskIds(List.of("a1", "a2", "a3")))
          .addPhases(PhaseRecord.newBuilder().setName("b").addTaskIds("b1").addAfter("a"))
          .addPhases(PhaseRecord.newBuilder().setName("each").setMapped(true).addAfter("b"))
          .build();
  private static final PlanRecord CANCELLED = PLAN.toBuilder().setCancellation(WISH).build();

  private static PhaseEnd end(int completed, int failed, int cancelled) {
    return PhaseEnd.newBuilder().setCompleted(completed).setFailed(failed).setCancelled(cancelled).build();
  }

  @Test
  void firstCancellation_stands() {
    assertThat(CancellationRules.cancel(PLAN, WISH)).isEqualTo(new PlanDecision.Next.Write(CANCELLED));
    PlanCancellation other = WISH.toBuilder().setRequestId("r2").setReason("too late").build();
    assertThat(CancellationRules.cancel(CANCELLED, other)).isEqualTo(new PlanDecision.Next.Write(CANCELLED));
    PlanRecord over = CANCELLED.toBuilder().setOverAt(Times.toProto(Samples.NOW)).build();
    assertThat(CancellationRules.cancel(over, other)).as("a retry that comes late").isEqualTo(new PlanDecision.Next.Write(over));
  }

  @Test
  void planThatIsOver_isNotCancelled() {
    PlanRecord over = PLAN.toBuilder().setOverAt(Times.toProto(Samples.NOW)).build();
    assertThat(CancellationRules.cancel(over, WISH))
        .isInstanceOfSatisfying(
            PlanDecision.Next.Refuse.class,
            refused -> {
              assertThat(refused.refusal().code()).isEqualTo(ErrorCode.ERROR_CODE_PLAN_ENDED);
              assertThat(refused.refusal().message()).isEqualTo("plan p1 is over since 2026-03-01T12:00:00Z: there is nothing to cancel");
              assertThat(refused.refusal().metadata()).containsEntry("plan_id", "p1");
            });
  }

  @Test
  void reason_namesThePlan() {
    assertThat(CancellationRules.reason(CANCELLED)).isEqualTo("plan p1 was cancelled: too dear");
    assertThat(CancellationRules.reason(CANCELLED.toBuilder().setCancellation(WISH.toBuilder().clearReason()).build())).isEqualTo("plan p1 was cancelled");
  }

  @Test
  void lookAtTheBytes_tellsTheSameAsTheRecord() {
    PlanRecord.Builder large = PLAN.toBuilder().addDomains(io.infrafabric.coordinator.v1.Domain.newBuilder().setName("net"));
    IntStream.range(0, 1_000).forEach(i -> large.addCriticalPath("task-" + i).addFillerIds("filler-" + i).getPhasesBuilder(0).addTaskIds("task-" + i));
    assertThat(CancellationRules.isCancelled(large.build().toByteString())).isFalse();
    assertThat(CancellationRules.isCancelled(large.setCancellation(WISH).build().toByteString())).isTrue();
    assertThat(CancellationRules.isCancelled(large.setOverAt(Times.toProto(Samples.NOW)).build().toByteString())).isTrue();
    assertThat(CancellationRules.isCancelled(large.setCancellation(PlanCancellation.getDefaultInstance()).build().toByteString())).isTrue();
    assertThat(CancellationRules.isCancelled(PlanRecord.getDefaultInstance().toByteString())).isFalse();
  }

  @Test
  void cancelledPlan_opensNoPhase_andNotesNone() {
    assertThat(PhaseRules.open(PLAN)).containsExactly("a");
    assertThat(PhaseRules.open(CANCELLED)).isEmpty();
    assertThat(PhaseRules.completed(CANCELLED, "a", Samples.NOW)).isEqualTo(CANCELLED);
    assertThat(PhaseRules.over(CANCELLED, Map.of("a", end(3, 0, 0), "b", end(1, 0, 0)), Samples.NOW)).isEqualTo(CANCELLED);
  }

  @Test
  void cancelledPlan_isOver_withHowItsTasksEnded_andThoseThatWereNeverStored() {
    PlanRecord over = CancellationRules.over(CANCELLED, Map.of("a", end(1, 1, 0), "b", end(0, 1, 1), "each", end(0, 7, 7)), Samples.NOW);
    assertThat(over.getOverAt()).isEqualTo(Times.toProto(Samples.NOW));
    assertThat(over.getPhasesList()).extracting(phase -> phase.getName() + " " + phase.getEnded().getCompleted() + " " + phase.getEnded().getFailed() + " " + phase.getEnded().getCancelled())
        .as("a3 was never stored; how many more children there would have been nobody knows")
        .containsExactly("a 1 2 1", "b 0 1 1", "each 0 7 7");
    assertThat(over.getPhasesList()).noneMatch(PhaseRecord::hasCompletedAt);
    assertThat(CancellationRules.over(over, Map.of(), Samples.NOW.plusSeconds(1))).isEqualTo(over);
    assertThat(CancellationRules.over(PLAN, Map.of(), Samples.NOW)).as("nobody has cancelled it").isEqualTo(PLAN);
  }

  @Test
  void phaseThatWasCompletedJustBefore_isCompleted() {
    PlanRecord filled =
        CANCELLED.toBuilder().setPhases(2, PhaseRecord.newBuilder().setName("each").setMapped(true).setMapping(MappingRecord.newBuilder().setChildren(2).setWholeAt(Times.toProto(Samples.NOW)))).build();
    PlanRecord over = CancellationRules.over(filled, Map.of("a", end(3, 0, 0), "b", end(0, 1, 1), "each", end(0, 1, 1)), Samples.NOW);
    assertThat(over.getPhasesList()).extracting(phase -> phase.getName() + " " + phase.hasCompletedAt()).containsExactly("a true", "b false", "each false");
    assertThat(over.getPhases(2).getEnded()).isEqualTo(end(0, 2, 2));
  }
}
