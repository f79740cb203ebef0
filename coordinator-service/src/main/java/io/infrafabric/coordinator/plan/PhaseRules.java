package io.infrafabric.coordinator.plan;

import io.infrafabric.coordinator.v1.PhaseEnd;
import io.infrafabric.coordinator.v1.PhaseRecord;
import io.infrafabric.coordinator.v1.PlanPlace;
import io.infrafabric.coordinator.v1.PlanRecord;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.TaskId;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** When the tasks of a phase may be done. Pure. Once open a phase stays open, because completed is final, unless the plan is cancelled. */
public final class PhaseRules {
  private PhaseRules() {}

  /** Whether a phase's tasks may be claimed, as far as the plan is concerned: it is whole and all the phase is after is completed. */
  public static boolean isOpen(PlanRecord plan, String phase) {
    return !plan.hasCancellation() && named(plan, phase).isPresent() && !isHeld(plan, phase) && openBefore(plan, phase).isEmpty();
  }

  /** The same for a task by its place; a filler waits for its plan alone. */
  public static boolean isOpen(PlanRecord plan, PlanPlace place) {
    return place.getFiller() ? plan.hasWholeAt() && !plan.hasCancellation() : isOpen(plan, place.getPhase());
  }

  /** Whether the plan has yet to have all of its tasks, or those of the phase. */
  public static boolean isHeld(PlanRecord plan, PlanPlace place) {
    return place.getFiller() ? !plan.hasWholeAt() : isHeld(plan, place.getPhase());
  }

  /** Whether tasks of the phase are still to be stored. */
  public static boolean isHeld(PlanRecord plan, String phase) {
    return !plan.hasWholeAt() || named(plan, phase).filter(PhaseRules::isFilled).isEmpty();
  }

  /** Whether all tasks that the phase will have are known. */
  static boolean isFilled(PhaseRecord phase) {
    return !phase.getMapped() || phase.getMapping().hasWholeAt();
  }

  /** The phases that come before this one and are not completed. */
  public static List<String> openBefore(PlanRecord plan, String phase) {
    Set<String> completed = new HashSet<>();
    plan.getPhasesList().stream().filter(PhaseRecord::hasCompletedAt).map(PhaseRecord::getName).forEach(completed::add);
    return named(plan, phase).stream().flatMap(found -> found.getAfterList().stream()).filter(name -> !completed.contains(name)).toList();
  }

  /** Whether a phase comes right after another one. */
  public static boolean isAfter(PlanRecord plan, String phase, String before) {
    return named(plan, phase).stream().anyMatch(found -> found.getAfterList().contains(before));
  }

  /** The phase of that name. */
  static Optional<PhaseRecord> named(PlanRecord plan, String phase) {
    return plan.getPhasesList().stream().filter(found -> found.getName().equals(phase)).findFirst();
  }

  /** The phases whose tasks may be claimed. */
  static Set<String> open(PlanRecord plan) {
    Set<String> open = new HashSet<>();
    plan.getPhasesList().stream().map(PhaseRecord::getName).filter(name -> isOpen(plan, name)).forEach(open::add);
    return open;
  }

  /** Tasks that a phase has once it is filled. */
  static int total(PhaseRecord phase) {
    return phase.getMapped() ? phase.getMapping().getChildren() : phase.getTaskIdsCount();
  }

  /** The tasks of a phase, in the order of the plan. */
  static Stream<TaskId> taskIds(PlanRecord plan, PhaseRecord phase) {
    return phase.getMapped()
        ? MappingRules.childIds(plan.getPlanId(), phase.getName(), phase.getMapping().getChildren()).map(TaskId::new)
        : phase.getTaskIdsList().stream().map(TaskId::new);
  }

  /**
   * The plan once it is over, or as it is when a task may still change: quarantined ones may be requeued until they are given up. When one that was
   * cancelled is over, {@link CancellationRules#over} says.
   *
   * @param ended how many of each phase have ended for good; no more than truly have
   */
  static PlanRecord over(PlanRecord plan, Map<String, PhaseEnd> ended, Instant at) {
    if (plan.hasOverAt() || !plan.hasWholeAt() || plan.hasCancellation()) {
      return plan;
    }
    PlanRecord.Builder next = plan.toBuilder();
    for (PhaseRecord.Builder phase : next.getPhasesBuilderList()) {
      PhaseEnd end = ended.getOrDefault(phase.getName(), PhaseEnd.getDefaultInstance());
      if (!isFilled(phase.build()) || end.getCompleted() + end.getFailed() + phase.getGivenUp() < total(phase.build())) {
        return plan;
      }
      phase.setEnded(end.toBuilder().setFailed(end.getFailed() + phase.getGivenUp()));
    }
    return next.setOverAt(Times.toProto(at)).build();
  }

  /** The plan once one more quarantined task of this phase is given up. */
  public static PlanRecord givenUp(PlanRecord plan, String phase) {
    PlanRecord.Builder next = plan.toBuilder();
    next.getPhasesBuilderList().stream().filter(found -> found.getName().equals(phase)).forEach(found -> found.setGivenUp(found.getGivenUp() + 1));
    return next.build();
  }

  /** The plan once this phase is completed; one that is cancelled opens no phase any more, and stays as it is until it is over. */
  static PlanRecord completed(PlanRecord plan, String phase, Instant at) {
    if (plan.hasCancellation()) {
      return plan;
    }
    PlanRecord.Builder next = plan.toBuilder();
    for (PhaseRecord.Builder found : next.getPhasesBuilderList()) {
      if (found.getName().equals(phase) && !found.hasCompletedAt()) {
        found.setCompletedAt(Times.toProto(at));
      }
    }
    return next.build();
  }
}
