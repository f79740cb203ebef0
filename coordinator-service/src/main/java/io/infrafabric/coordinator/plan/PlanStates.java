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
    if (progress.getComplete() && progress.getFailed() == 0 && progress.getTotal() > 0) {
      return PlanState.PLAN_STATE_COMPLETED; // a cancellation that came too late for everything has changed nothing
    }
    if (plan.hasCancellation()) {
      return plan.hasOverAt() ? PlanState.PLAN_STATE_CANCELLED : PlanState.PLAN_STATE_CANCELLING;
    }
    if (!plan.hasWholeAt()) {
      return PlanState.PLAN_STATE_STORING;
    }
    return progress.getComplete() ? PlanState.PLAN_STATE_FAILED : PlanState.PLAN_STATE_RUNNING;
  }
}
