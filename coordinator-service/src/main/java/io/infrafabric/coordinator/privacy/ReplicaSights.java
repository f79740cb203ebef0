package io.infrafabric.coordinator.privacy;

import static io.infrafabric.coordinator.v1.TaskSight.TASK_SIGHT_OUTSIDE;
import static io.infrafabric.coordinator.v1.TaskSight.TASK_SIGHT_RESULT;
import static io.infrafabric.coordinator.v1.TaskSight.TASK_SIGHT_SPEC;
import static io.infrafabric.coordinator.v1.TaskSight.TASK_SIGHT_WHOLE;

import io.infrafabric.coordinator.claim.Inheritance;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.task.StoredTask;
import io.infrafabric.coordinator.v1.BlockerRecord;
import io.infrafabric.coordinator.v1.PlanRecord;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSight;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.store.View;
import io.infrafabric.names.BlockerId;
import io.infrafabric.names.PlanId;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * Finds out what a swarm has to do with a task. What it holds is asked of the store, so that a claim that was made a moment ago counts at
 * every coordinator; what those tasks come after never changes, so that a copy will do.
 */
public final class ReplicaSights {
  private final Replica replica;
  private final Records records;
  private final InstantSource clock;
  private final Executor slow;

  /**
   * @param slow for reading the tasks that a swarm holds, not on the replica's thread
   */
  public ReplicaSights(Replica replica, Records records, InstantSource clock, Executor slow) {
    this.replica = replica;
    this.records = records;
    this.clock = clock;
    this.slow = slow;
  }

  /**
   * How much of a task a swarm sees.
   *
   * @param task as the store has it now
   */
  public CompletableFuture<TaskSight> of(Task task, SwarmId reader) {
    if (PrivacyRules.holds(task, reader)) {
      return CompletableFuture.completedFuture(TASK_SIGHT_WHOLE);
    }
    if (PrivacyRules.isOffered(task, reader, clock.instant()) || PrivacyRules.isToSignOff(task, reader)) {
      return CompletableFuture.completedFuture(TASK_SIGHT_SPEC);
    }
    if (!task.hasCompleted()) {
      return CompletableFuture.completedFuture(TASK_SIGHT_OUTSIDE);
    }
    return Inheritance.open(replica, records, reader)
        .thenCompose(held -> view(task, held).thenApplyAsync(view -> needs(task, reader, held, view) ? TASK_SIGHT_RESULT : TASK_SIGHT_OUTSIDE, slow));
  }

  /** The copy, and what it does not have yet of the tasks that the swarm holds and of the blocker. */
  private CompletableFuture<View> view(Task task, List<TaskId> held) {
    Set<String> unknown = new HashSet<>();
    held.forEach(id -> unknown.add(records.keys().task(id)));
    blocker(task).ifPresent(id -> unknown.add(records.keys().blocker(id)));
    unknown.removeIf(key -> replica.get(key).isPresent());
    CompletableFuture<Map<String, Entry>> read = unknown.isEmpty() ? CompletableFuture.completedFuture(Map.of()) : replica.refresh(unknown);
    return read.thenApply(found -> key -> Optional.ofNullable(found.get(key)).or(() -> replica.get(key)));
  }

  private boolean needs(Task task, SwarmId reader, List<TaskId> held, View view) {
    return held.stream().map(id -> records.task(view, id)).flatMap(Optional::stream).map(StoredTask::task).anyMatch(later -> PrivacyRules.isRightAfter(later, task, plan(later, task)))
        || blocker(task).flatMap(id -> records.blocker(view, id)).map(BlockerRecord::getBlocker).filter(found -> PrivacyRules.helps(found, reader, held)).isPresent();
  }

  /** The plan of both, which is large; absent where it would say nothing. */
  private Optional<PlanRecord> plan(Task later, Task earlier) {
    String plan = later.getSpec().getPlanId();
    return later.hasPlanPlace() && earlier.hasPlanPlace() && plan.equals(earlier.getSpec().getPlanId()) ? records.plan(replica, new PlanId(plan)) : Optional.empty();
  }

  private static Optional<BlockerId> blocker(Task task) {
    return Optional.of(task.getSpec().getBlockerId()).filter(id -> !id.isEmpty()).map(BlockerId::new);
  }
}
