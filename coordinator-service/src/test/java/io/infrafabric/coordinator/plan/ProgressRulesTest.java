package io.infrafabric.coordinator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.Samples;
import io.infrafabric.coordinator.v1.MappingRecord;
import io.infrafabric.coordinator.v1.PhaseEnd;
import io.infrafabric.coordinator.v1.PhaseRecord;
import io.infrafabric.coordinator.v1.PlanCancellation;
import io.infrafabric.coordinator.v1.PlanProgress;
import io.infrafabric.coordinator.v1.PlanRecord;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.kit.time.Times;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProgressRulesTest {
  private static PhaseRecord mapped(int children) {
    return PhaseRecord.newBuilder()
        .setName("map")
        .setMapped(true)
        .setMapping(MappingRecord.newBuilder().setChildren(children).setWholeAt(Times.toProto(Samples.NOW)))
        .build();
  }

  private static PlanRecord whole(PhaseRecord... phases) {
    return PlanRecord.newBuilder().setWholeAt(Times.toProto(Samples.NOW)).addAllPhases(java.util.List.of(phases)).build();
  }

  private static PhaseCounts counts(TaskState state, int tasks) {
    PhaseCounts counts = new PhaseCounts();
    counts.add(state, tasks);
    return counts;
  }

  @Test
  void halfOfAThousand_isFiftyPercent() {
    PhaseCounts counts = counts(TaskState.TASK_STATE_COMPLETED, 500);
    counts.add(TaskState.TASK_STATE_READY, 500);
    PlanProgress progress = ProgressRules.progress(whole(mapped(1_000)), Map.of("map", counts));
    assertThat(progress.getPercent()).isEqualTo(50.0);
    assertThat(progress.getComplete()).isFalse();
  }

  @Test
  void failedOnes_haveEnded() {
    PhaseCounts counts = counts(TaskState.TASK_STATE_COMPLETED, 7);
    counts.add(TaskState.TASK_STATE_FAILED, 1);
    counts.add(TaskState.TASK_STATE_CANCELLED, 1);
    counts.add(TaskState.TASK_STATE_QUARANTINED, 1);
    PlanProgress progress = ProgressRules.progress(whole(mapped(10)), Map.of("map", counts));
    assertThat(progress.getFailed()).isEqualTo(3);
    assertThat(progress.getCancelled()).isEqualTo(1);
    assertThat(progress.getComplete()).isTrue();
    assertThat(progress.getPercent()).isEqualTo(70.0);
  }

  @Test
  void cancelledPlan_isCompleteWhenItIsOver_andCountsWhatThereWas() {
    PhaseRecord map = PhaseRecord.newBuilder().setName("map").setMapped(true).build();
    PlanRecord cancelled =
        PlanRecord.newBuilder().setPlanId("p1").setCancellation(PlanCancellation.newBuilder().setRequestId("r")).addPhases(PhaseRecord.newBuilder().setName("split").addTaskIds("s1")).addPhases(map).build();
    PlanProgress during = ProgressRules.progress(cancelled, Map.of("split", counts(TaskState.TASK_STATE_COMPLETED, 1), "map", counts(TaskState.TASK_STATE_CANCELLED, 40)));
    assertThat(during.getComplete()).isFalse();
    assertThat(during.getCancelled()).isEqualTo(40);
    PlanRecord over =
        CancellationRules.over(
            cancelled, Map.of("split", PhaseEnd.newBuilder().setCompleted(1).build(), "map", PhaseEnd.newBuilder().setFailed(40).setCancelled(40).build()), Samples.NOW);
    PlanProgress after = ProgressRules.progress(over, Map.of("split", new PhaseCounts(), "map", new PhaseCounts()));
    assertThat(after.getTotal()).isEqualTo(41);
    assertThat(after.getCompleted()).isEqualTo(1);
    assertThat(after.getFailed()).isEqualTo(40);
    assertThat(after.getCancelled()).isEqualTo(40);
    assertThat(after.getPending()).isZero();
    assertThat(after.getComplete()).isTrue();
    assertThat(ProgressRules.progress(whole(mapped(1)).toBuilder().setCancellation(cancelled.getCancellation()).build(), Map.of("map", counts(TaskState.TASK_STATE_CANCELLED, 1))).getComplete())
        .as("nobody has looked at all of it yet")
        .isFalse();
  }

  @Test
  void phaseThatIsToBeFilled_keepsThePlanFromBeingComplete() {
    PhaseRecord split = PhaseRecord.newBuilder().setName("split").addTaskIds("s1").build();
    PhaseRecord map = PhaseRecord.newBuilder().setName("map").setMapped(true).build();
    PlanProgress progress =
        ProgressRules.progress(whole(split, map), Map.of("split", counts(TaskState.TASK_STATE_COMPLETED, 1), "map", new PhaseCounts()));
    assertThat(progress.getPercent()).isEqualTo(50.0);
    assertThat(progress.getComplete()).isFalse();
  }

  @Test
  void planThatIsOver_isToldByItsRecord_whateverIsLeftOfItsTasks() {
    PhaseRecord ended = mapped(20).toBuilder().setEnded(PhaseEnd.newBuilder().setCompleted(17).setFailed(3)).build();
    for (int left : new int[] {0, 9, 20}) {
      PlanProgress progress = ProgressRules.progress(whole(ended), Map.of("map", counts(TaskState.TASK_STATE_COMPLETED, left)));
      assertThat(progress.getTotal()).isEqualTo(20);
      assertThat(progress.getCompleted()).isEqualTo(17);
      assertThat(progress.getFailed()).isEqualTo(3);
      assertThat(progress.getPending()).isZero();
      assertThat(progress.getComplete()).isTrue();
    }
  }

  @Test
  void taskThatIsGivenUp_isNeverCountedTwiceForTheEnd() {
    PhaseRecord phase = mapped(3).toBuilder().setGivenUp(1).build();
    PhaseCounts counts = counts(TaskState.TASK_STATE_QUARANTINED, 1);
    counts.add(TaskState.TASK_STATE_COMPLETED, 1);
    counts.add(TaskState.TASK_STATE_CLAIMED, 1);
    assertThat(ProgressRules.progress(whole(phase), Map.of("map", counts)).getComplete()).isFalse();
    counts.add(TaskState.TASK_STATE_QUARANTINED, -1);
    assertThat(ProgressRules.progress(whole(phase), Map.of("map", counts)).getFailed()).isEqualTo(1);
  }

  @Test
  void planIsOver_onceEveryTaskHasEndedForGood() {
    PlanRecord plan = whole(mapped(3), PhaseRecord.newBuilder().setName("join").addTaskIds("j1").build());
    assertThat(over(plan, end(3, 0), end(0, 0)).hasOverAt()).isFalse();
    assertThat(over(plan, end(1, 2), end(1, 0)).hasOverAt()).isTrue();
    assertThat(over(plan.toBuilder().clearWholeAt().build(), end(3, 0), end(1, 0)).hasOverAt()).isFalse();
    assertThat(over(plan, end(1, 1), end(1, 0)).hasOverAt()).as("one is quarantined and may be requeued").isFalse();
    PlanRecord done = over(PhaseRules.givenUp(plan, "map"), end(1, 1), end(1, 0));
    assertThat(done.hasOverAt()).isTrue();
    assertThat(done.getPhases(0).getEnded()).isEqualTo(end(1, 2));
    assertThat(PhaseRules.over(done, Map.of(), Samples.NOW.plusSeconds(1))).isEqualTo(done);
    PlanRecord unfilled = whole(PhaseRecord.newBuilder().setName("map").setMapped(true).build());
    assertThat(PhaseRules.over(unfilled, Map.of(), Samples.NOW).hasOverAt()).isFalse();
  }

  private static PhaseEnd end(int completed, int failed) {
    return PhaseEnd.newBuilder().setCompleted(completed).setFailed(failed).build();
  }

  private static PlanRecord over(PlanRecord plan, PhaseEnd map, PhaseEnd join) {
    return PhaseRules.over(plan, Map.of("map", map, "join", join), Samples.NOW);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
  void everyTask_isCountedOnce(long seed) {
    Random random = new Random(seed);
    PhaseCounts counts = new PhaseCounts();
    int tasks = 1 + random.nextInt(200);
    for (int i = 0; i < tasks; i++) {
      counts.add(TaskState.forNumber(1 + random.nextInt(8)), 1);
    }
    PlanProgress progress = ProgressRules.progress(whole(mapped(tasks)), Map.of("map", counts));
    assertThat(progress.getCompleted() + progress.getFailed() + progress.getPending() + progress.getRunning()).isEqualTo(tasks);
    assertThat(progress.getTotal()).isEqualTo(tasks);
    assertThat(progress.getComplete()).isEqualTo(progress.getPending() + progress.getRunning() == 0);
  }
}
