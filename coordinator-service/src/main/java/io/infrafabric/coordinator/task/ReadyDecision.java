package io.infrafabric.coordinator.task;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.v1.LastChange;
import io.infrafabric.coordinator.v1.Ready;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.store.Decision;
import io.infrafabric.kit.store.Step;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.kit.store.View;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.PlanId;
import io.infrafabric.names.TaskId;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Makes a waiting task ready when nothing holds it back any more; answers whether it did. A completed task stays so (I6), as
 * does a completed phase, and so I12 holds. The plan is compared, because it may be cancelled meanwhile.
 */
final class ReadyDecision implements Decision<Boolean> {
  private final Records records;
  private final TaskId task;
  private final List<String> dependencies;
  private final Optional<PlanId> plan;
  private final InstantSource clock;

  /**
   * @param plan that the task names, which may hold it, or may be cancelled
   */
  ReadyDecision(Records records, TaskId task, List<String> dependencies, Optional<PlanId> plan, InstantSource clock) {
    this.records = records;
    this.task = task;
    this.dependencies = List.copyOf(dependencies);
    this.plan = plan;
    this.clock = clock;
  }

  @Override
  public Set<String> reads() {
    Set<String> keys = new HashSet<>();
    for (String dependency : dependencies) {
      keys.add(records.keys().task(new TaskId(dependency)));
      keys.add(records.keys().archived(new TaskId(dependency)));
    }
    plan.ifPresent(id -> keys.add(records.keys().plan(id)));
    return keys;
  }

  @Override
  public Set<String> writes() {
    return Set.of(records.keys().task(task));
  }

  @Override
  public Step<Boolean> decide(View view) {
    StoredTask stored = records.task(view, task).orElse(null);
    Instant now = clock.instant();
    if (stored == null || !stored.task().hasWaiting() || !ReadinessRules.mayGo(stored.task().getWaiting(), now)) {
      return Step.answer(false);
    }
    for (String dependency : dependencies) {
      TaskId other = new TaskId(dependency);
      if (records.task(view, other).isEmpty() && records.archived(view, other).isEmpty()) {
        // It may be archived, which the copy does not show: the refusal reads it.
        return Step.refuse(Refusal.of(ErrorCode.ERROR_CODE_TASK_NOT_FOUND, "task " + task + " waits for " + other + ", which is not there"));
      }
      if (!records.isCompleted(view, other)) {
        return Step.answer(false);
      }
    }
    if (!records.phaseIsOpen(view, stored.task()) || plan.filter(named -> records.isCancelled(view, named)).isPresent()) {
      return Step.answer(false);
    }
    Task next = stored.task().toBuilder().setReady(Ready.newBuilder().setSince(Times.toProto(now))).build();
    LastChange change =
        LastChange.newBuilder()
            .setEvent(TaskEventType.TASK_EVENT_TYPE_READY)
            .setAt(Times.toProto(now))
            .setTrace(stored.task().getTrace())
            .build();
    Txn.Builder txn = Txn.builder().put(view, records.keys().task(task), stored.next(next, change));
    plan.ifPresent(named -> txn.unchanged(view, records.keys().plan(named)));
    return Step.commit(txn.build(), revision -> true);
  }
}
