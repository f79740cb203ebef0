package io.infrafabric.coordinator.plan;

import io.infrafabric.coordinator.v1.PlanProgress;
import io.infrafabric.coordinator.v1.PlanRecord;
import io.infrafabric.coordinator.v1.PlanState;

/** How a plan stands, as a word. Pure. */
final class PlanStates {
  private PlanStates() {}

  /**
   * The state of a plan.
   *
   * @param progress of the same plan
   */
  static PlanState of(PlanRecord plan, PlanProgress progress) {
    if (!plan.hasWholeAt()) {
      return PlanState.PLAN_STATE_STORING;
    }
    if (!progress.getComplete()) {
      return PlanState.PLAN_STATE_RUNNING;
    }
    return progress.getFailed() == 0 ? PlanState.PLAN_STATE_COMPLETED : PlanState.PLAN_STATE_FAILED;
  }
}
