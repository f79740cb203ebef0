package io.infrafabric.coordinator.plan;

import static io.infrafabric.coordinator.plan.PlanFixture.phase;
import static io.infrafabric.coordinator.plan.PlanFixture.plan;
import static io.infrafabric.coordinator.plan.PlanFixture.spec;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.v1.Phase;
import io.infrafabric.coordinator.v1.PhaseRecord;
import io.infrafabric.coordinator.v1.Plan;
import io.infrafabric.coordinator.v1.PlanRecord;
import io.infrafabric.error.Refusal;
import io.infrafabric.coordinator.Samples;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.Limits;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PlanRulesTest {
  private static String wrong(Plan plan) {
    return PlanRules.check(plan).map(Refusal::message).orElse("");
  }

  @Test
  void goodPlan_isTaken() {
    assertThat(wrong(plan("p", phase("a", spec("t1")), phase("b", spec("t2", "t1", "elsewhere"))))).isEmpty();
  }

  @Test
  void everythingThatIsWrong_isNamedWithItsPlace() {
    Plan plan =
        plan(
            "P 1",
            phase("a", spec("t1"), spec("t1")),
            phase("a", spec("t2").setPlanId("other")).addAfter("nowhere"),
            phase("B!"),
            phase("c", spec("t3").setMaxCostMicros(-1)).addAfter("a").setIndependent(true));
    assertThat(wrong(plan))
        .contains("plan.plan_id")
        .contains("plan.phases[0].tasks[1].task_id: task t1 stands twice")
        .contains("plan.phases[1].name: phase a stands twice")
        .contains("plan.phases[1].after[0]: phase a is after nowhere, which is no phase of the plan; they are a, B!, c")
        .contains("plan.phases[1].tasks[0].plan_id")
        .contains("plan.phases[2].name")
        .contains("plan.phases[2].tasks: at least one task")
        .contains("plan.phases[3].independent")
        .contains("plan.phases[3].tasks[0].max_cost_micros");
    assertThat(wrong(Plan.getDefaultInstance())).contains("plan.phases: at least one phase");
  }

  @Test
  void tooManyTasks_areRefused() {
    Phase.Builder many = Phase.newBuilder().setName("a");
    IntStream.rangeClosed(0, Limits.TASKS_PER_PLAN).forEach(i -> many.addTasks(spec("t" + i)));
    assertThat(wrong(plan("p", many))).contains("1001 tasks, at most 1000");
    assertThat(wrong(plan("p", many.removeTasks(0)))).isEmpty();
  }

  @Test
  void completePlan_namesThePhaseBefore_andThePlanInItsTasks() {
    Plan full = PlanRules.complete(plan("p", phase("a", spec("")), phase("b", spec("t2")), phase("c", spec("t3")).setIndependent(true)), "r");
    assertThat(full.getPhasesList()).extracting(phase -> phase.getName() + phase.getAfterList()).containsExactly("a[]", "b[a]", "c[]");
    assertThat(full.getPhases(0).getTasks(0).getTaskId()).startsWith("t-");
    assertThat(full.getPhases(0).getTasks(0).getPlanId()).isEqualTo("p");
    assertThat(full).isEqualTo(PlanRules.complete(full, "another request"));
  }

  @Test
  void digest_isOfTheContentAndNotOfWhatIsTold() {
    Plan plan = plan("p", phase("a", spec("t1")));
    Plan told = plan.toBuilder().setWhole(true).setCreatedAt(Times.toProto(Samples.NOW)).addCriticalPath("t1").build();
    assertThat(PlanRules.digest(PlanRules.complete(told, "r"))).isEqualTo(PlanRules.digest(PlanRules.complete(plan, "q")));
    assertThat(PlanRules.digest(PlanRules.complete(plan("p", phase("a", spec("t2"))), "r")))
        .isNotEqualTo(PlanRules.digest(PlanRules.complete(plan, "r")));
  }

  @Test
  void phase_isOpenWhenThePlanIsWholeAndAllBeforeItIsCompleted() {
    PlanRecord begun =
        PlanRecord.newBuilder()
            .addPhases(PhaseRecord.newBuilder().setName("a"))
            .addPhases(PhaseRecord.newBuilder().setName("b").addAfter("a"))
            .build();
    assertThat(PhaseRules.open(begun)).isEmpty();
    PlanRecord whole = begun.toBuilder().setWholeAt(Times.toProto(Samples.NOW)).build();
    assertThat(PhaseRules.open(whole)).containsExactly("a");
    assertThat(PhaseRules.openBefore(whole, "b")).containsExactly("a");
    PlanRecord further = PhaseRules.completed(whole, "a", Samples.NOW);
    assertThat(PhaseRules.open(further)).containsExactlyInAnyOrder("a", "b");
    assertThat(PhaseRules.completed(further, "a", Samples.NOW.plusSeconds(1))).isEqualTo(further);
    assertThat(PhaseRules.isOpen(further, "unknown")).isFalse();
  }
}
