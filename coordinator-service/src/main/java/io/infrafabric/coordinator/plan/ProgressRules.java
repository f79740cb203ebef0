package io.infrafabric.coordinator.plan;

import static io.infrafabric.coordinator.v1.TaskState.TASK_STATE_CANCELLED;
import static io.infrafabric.coordinator.v1.TaskState.TASK_STATE_CLAIMED;
import static io.infrafabric.coordinator.v1.TaskState.TASK_STATE_COMPLETED;
import static io.infrafabric.coordinator.v1.TaskState.TASK_STATE_FAILED;
import static io.infrafabric.coordinator.v1.TaskState.TASK_STATE_PARKED;
import static io.infrafabric.coordinator.v1.TaskState.TASK_STATE_QUARANTINED;
import static io.infrafabric.coordinator.v1.TaskState.TASK_STATE_READY;
import static io.infrafabric.coordinator.v1.TaskState.TASK_STATE_WAITING;

import io.infrafabric.coordinator.v1.PhaseRecord;
import io.infrafabric.coordinator.v1.PlanProgress;
import io.infrafabric.coordinator.v1.PlanRecord;
import java.util.Map;

/** How far a plan is. Pure. */
final class ProgressRules {
  private ProgressRules() {}

  /**
   * The progress of a plan. Of one that is over its record tells, because its tasks may have left etcd, and of a mapping that was cancelled nobody knows how
   * many there would have been. One that is cancelled is complete when it is over.
   *
   * @param phases counts of every phase, by name
   */
  static PlanProgress progress(PlanRecord plan, Map<String, PhaseCounts> phases) {
    int total = 0;
    int completed = 0;
    int failed = 0;
    int cancelled = 0;
    int running = 0;
    int unfilled = 0;
    int unended = 0;
    for (PhaseRecord phase : plan.getPhasesList()) {
      if (phase.hasEnded()) {
        total += phase.getEnded().getCompleted() + phase.getEnded().getFailed();
        completed += phase.getEnded().getCompleted();
        failed += phase.getEnded().getFailed();
        cancelled += phase.getEnded().getCancelled();
        continue;
      }
      PhaseCounts counts = phases.get(phase.getName());
      unfilled += PhaseRules.isFilled(phase) ? 0 : 1;
      total += PhaseRules.isFilled(phase) ? PhaseRules.total(phase) : counts.all();
      completed += counts.of(TASK_STATE_COMPLETED);
      failed += counts.of(TASK_STATE_FAILED, TASK_STATE_CANCELLED, TASK_STATE_QUARANTINED) + phase.getGivenUp();
      cancelled += counts.of(TASK_STATE_CANCELLED);
      running += counts.of(TASK_STATE_CLAIMED, TASK_STATE_PARKED);
      unended += counts.of(TASK_STATE_WAITING, TASK_STATE_READY, TASK_STATE_CLAIMED, TASK_STATE_PARKED);
    }
    // A task that is given up may for a moment be counted as that and as quarantined: the two are watched each by itself.
    failed = Math.min(failed, total - completed);
    return PlanProgress.newBuilder()
        .setTotal(total)
        .setCompleted(completed)
        .setFailed(failed)
        .setCancelled(Math.min(cancelled, failed))
        .setRunning(running)
        .setPending(Math.max(0, total - completed - failed - running))
        .setPercent(total == 0 ? 0 : 100.0 * completed / (total + unfilled))
        .setComplete(plan.hasOverAt() || (plan.hasWholeAt() && !plan.hasCancellation() && unfilled == 0 && unended == 0 && completed + failed >= total))
        .build();
  }
}
