package io.infrafabric.cli.ifctl;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.cli.output.Format;
import io.infrafabric.cli.output.Output;
import io.infrafabric.coordinator.v1.PlanState;
import io.infrafabric.coordinator.v1.PlanSummary;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What {@code --watch} shows of what has no stream. */
class FollowTest {
  private final ByteArrayOutputStream shown = new ByteArrayOutputStream();

  private Follow<PlanSummary> follow(Format format, PlanState only) {
    return new Follow<>(
        new Output(format, new PrintStream(shown, true, StandardCharsets.UTF_8)),
        PlanSummary::getPlanId,
        plan -> plan.toBuilder().clearPhases().build(),
        plan -> only == PlanState.PLAN_STATE_UNSPECIFIED || plan.getState() == only,
        plan -> plan.getPlanId() + " " + Shown.word(plan.getState()));
  }

  private static PlanSummary plan(String id, PlanState state, int phases) {
    return PlanSummary.newBuilder().setPlanId(id).setState(state).setPhases(phases).build();
  }

  private List<String> lines() {
    List<String> lines = shown.toString(StandardCharsets.UTF_8).lines().toList();
    shown.reset();
    return lines;
  }

  @Test
  void everythingIsShownOnce_thenOnlyWhatIsNews() {
    Follow<PlanSummary> follow = follow(Format.TABLE, PlanState.PLAN_STATE_UNSPECIFIED);
    follow.show(List.of(plan("a", PlanState.PLAN_STATE_RUNNING, 1), plan("b", PlanState.PLAN_STATE_RUNNING, 1)));
    assertThat(lines()).containsExactly("a running", "b running");
    follow.show(List.of(plan("a", PlanState.PLAN_STATE_RUNNING, 2), plan("b", PlanState.PLAN_STATE_RUNNING, 1)));
    assertThat(lines()).as("what changes all the time is no news").isEmpty();
    follow.show(List.of(plan("a", PlanState.PLAN_STATE_COMPLETED, 2), plan("b", PlanState.PLAN_STATE_RUNNING, 1), plan("c", PlanState.PLAN_STATE_STORING, 1)));
    assertThat(lines()).containsExactly("a completed", "c storing");
  }

  @Test
  void whatLeavesTheList_isShownOnce_andWhatWasNeverInItIsNot() {
    Follow<PlanSummary> follow = follow(Format.TABLE, PlanState.PLAN_STATE_RUNNING);
    follow.show(List.of(plan("a", PlanState.PLAN_STATE_RUNNING, 1), plan("b", PlanState.PLAN_STATE_FAILED, 1)));
    assertThat(lines()).containsExactly("a running");
    follow.show(List.of(plan("a", PlanState.PLAN_STATE_FAILED, 1), plan("b", PlanState.PLAN_STATE_FAILED, 1)));
    assertThat(lines()).containsExactly("a failed");
    follow.show(List.of(plan("a", PlanState.PLAN_STATE_COMPLETED, 1), plan("b", PlanState.PLAN_STATE_RUNNING, 1)));
    assertThat(lines()).containsExactly("b running");
  }

  @Test
  void forPrograms_aLineIsAnObject() {
    follow(Format.JSON, PlanState.PLAN_STATE_UNSPECIFIED).show(List.of(plan("a", PlanState.PLAN_STATE_RUNNING, 1)));
    assertThat(lines()).containsExactly("{\"planId\":\"a\",\"state\":\"PLAN_STATE_RUNNING\",\"phases\":1,\"completedPhases\":0}");
  }
}
