package io.infrafabric.coordinator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.Samples;
import io.infrafabric.coordinator.v1.PlanCancellation;
import io.infrafabric.coordinator.v1.PlanProgress;
import io.infrafabric.coordinator.v1.PlanRecord;
import io.infrafabric.coordinator.v1.PlanState;
import io.infrafabric.kit.time.Times;
import org.junit.jupiter.api.Test;

class PlanStatesTest {
  private static final PlanRecord WHOLE = PlanRecord.newBuilder().setPlanId("p1").setWholeAt(Times.toProto(Samples.NOW)).build();

  private static PlanProgress progress(int total, int completed, int failed) {
    return PlanProgress.newBuilder().setTotal(total).setCompleted(completed).setFailed(failed).setComplete(completed + failed == total).build();
  }

  @Test
  void planThatIsNotWhole_isBeingStored_howeverFarItsTasksAre() {
    PlanRecord begun = WHOLE.toBuilder().clearWholeAt().build();
    assertThat(PlanStates.of(begun, progress(2, 0, 0))).isEqualTo(PlanState.PLAN_STATE_STORING);
  }

  @Test
  void planRuns_untilItsLastTaskHasEnded_andThenHowItsTasksEndedDecides() {
    assertThat(PlanStates.of(WHOLE, progress(3, 0, 0))).isEqualTo(PlanState.PLAN_STATE_RUNNING);
    assertThat(PlanStates.of(WHOLE, progress(3, 1, 1))).isEqualTo(PlanState.PLAN_STATE_RUNNING);
    assertThat(PlanStates.of(WHOLE, progress(3, 3, 0))).isEqualTo(PlanState.PLAN_STATE_COMPLETED);
    assertThat(PlanStates.of(WHOLE, progress(3, 2, 1))).isEqualTo(PlanState.PLAN_STATE_FAILED);
  }

  @Test
  void cancelledPlan_isBeingCancelledUntilItIsOver_unlessEverythingWasCompleted() {
    PlanRecord cancelled = WHOLE.toBuilder().setCancellation(PlanCancellation.newBuilder().setRequestId("r")).build();
    PlanRecord over = cancelled.toBuilder().setOverAt(Times.toProto(Samples.NOW)).build();
    assertThat(PlanStates.of(cancelled, progress(3, 1, 1))).isEqualTo(PlanState.PLAN_STATE_CANCELLING);
    assertThat(PlanStates.of(cancelled.toBuilder().clearWholeAt().build(), progress(3, 0, 1))).isEqualTo(PlanState.PLAN_STATE_CANCELLING);
    assertThat(PlanStates.of(over, progress(3, 1, 2))).isEqualTo(PlanState.PLAN_STATE_CANCELLED);
    assertThat(PlanStates.of(over, progress(0, 0, 0))).as("a mapping of which nothing was stored").isEqualTo(PlanState.PLAN_STATE_CANCELLED);
    assertThat(PlanStates.of(over, progress(3, 3, 0))).as("it came too late").isEqualTo(PlanState.PLAN_STATE_COMPLETED);
  }
}
