package io.infrafabric.coordinator.plan;

import static io.infrafabric.coordinator.v1.TaskState.TASK_STATE_CANCELLED;
import static io.infrafabric.coordinator.v1.TaskState.TASK_STATE_COMPLETED;
import static io.infrafabric.coordinator.v1.TaskState.TASK_STATE_FAILED;

import io.infrafabric.coordinator.duty.Deference;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.v1.PhaseEnd;
import io.infrafabric.coordinator.v1.PhaseRecord;
import io.infrafabric.coordinator.v1.PlanRecord;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.names.PlanId;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;

/**
 * Notes in a plan that a phase is completed, which opens those after it, and in the end that the plan is over. The index may lag but
 * never runs ahead, and completed, failed and cancelled are final: so what it counts as such is. Every replica does it, the elected
 * one at once and the others what is left over.
 */
public final class PhaseKeeper implements PlanIndex.Listener {
  private final Replica replica;
  private final Records records;
  private final PlanIndex index;
  private final Deference deference;
  private final InstantSource clock;
  private final Map<String, Instant> suspects = new ConcurrentHashMap<>();
  private volatile Runnable wakeUp = () -> {};

  public PhaseKeeper(Replica replica, Records records, PlanIndex index, BooleanSupplier elected, InstantSource clock) {
    this.replica = replica;
    this.records = records;
    this.index = index;
    this.deference = new Deference(elected);
    this.clock = clock;
    index.addListener(this);
  }

  /** What to call when there is something to look at. */
  public void onWork(Runnable wake) {
    this.wakeUp = wake;
  }

  @Override
  public void onChange(String planId) {
    if (suspects.putIfAbsent(planId, clock.instant()) == null) {
      wakeUp.run();
    }
  }

  /** Looks at every plan of which something has changed; answers how many phases it began to note as completed, and plans as over. */
  public int runOnce(Instant now) {
    int noted = 0;
    for (Map.Entry<String, Instant> suspect : suspects.entrySet()) {
      if (!deference.mayAct(suspect.getValue(), now)) {
        continue;
      }
      suspects.remove(suspect.getKey(), suspect.getValue());
      noted += look(suspect.getKey(), now);
    }
    return noted;
  }

  private int look(String planId, Instant now) {
    Optional<PlanRecord> plan = index.plan(planId).filter(found -> found.hasWholeAt() && !found.hasCancellation());
    int noted = 0;
    for (PhaseRecord phase : plan.map(PlanRecord::getPhasesList).orElseGet(java.util.List::of)) {
      if (!phase.hasCompletedAt()
          && PhaseRules.isFilled(phase)
          && index.counts(planId, phase.getName()).of(TASK_STATE_COMPLETED) >= PhaseRules.total(phase)) {
        noted++;
        note(planId, there -> PhaseRules.completed(there, phase.getName(), now));
      }
    }
    Map<String, PhaseEnd> ended = plan.filter(found -> !found.hasOverAt()).map(this::ended).orElse(Map.of());
    if (noted == 0 && plan.isPresent() && !PhaseRules.over(plan.get(), ended, now).equals(plan.get())) {
      noted++;
      note(planId, there -> PhaseRules.over(there, ended, now));
    }
    return noted;
  }

  /** What has ended for good. */
  private Map<String, PhaseEnd> ended(PlanRecord plan) {
    Map<String, PhaseEnd> ended = new HashMap<>();
    for (PhaseRecord phase : plan.getPhasesList()) {
      PhaseCounts counts = index.counts(plan.getPlanId(), phase.getName());
      int cancelled = counts.of(TASK_STATE_CANCELLED);
      ended.put(
          phase.getName(),
          PhaseEnd.newBuilder().setCompleted(counts.of(TASK_STATE_COMPLETED)).setFailed(counts.of(TASK_STATE_FAILED) + cancelled).setCancelled(cancelled).build());
    }
    return ended;
  }

  private void note(String planId, UnaryOperator<PlanRecord> change) {
    replica
        .decide(PlanDecision.update(records, new PlanId(planId), change))
        .whenComplete(
            (done, failure) -> {
              if (failure != null) {
                suspects.putIfAbsent(planId, clock.instant());
              }
            });
  }
}
