package io.infrafabric.coordinator.task;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.claim.ClaimRules;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.v1.LastChange;
import io.infrafabric.coordinator.v1.Ownership;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.store.Decision;
import io.infrafabric.kit.store.Step;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.kit.store.View;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Gives a task that nobody holds to other owners, or to anyone; answers it as it is then. */
final class ReassignDecision implements Decision<Task> {
  private final Records records;
  private final TaskId id;
  private final Ownership to;
  private final Set<SwarmId> absent;
  private final InstantSource clock;

  /**
   * @param to without the time
   * @param absent swarms that must have no session: when one has, the task stays as it is
   */
  ReassignDecision(Records records, TaskId id, Ownership to, Set<SwarmId> absent, InstantSource clock) {
    this.records = records;
    this.id = id;
    this.to = to;
    this.absent = Set.copyOf(absent);
    this.clock = clock;
  }

  @Override
  public Set<String> reads() {
    return absent.stream().map(records.keys()::session).collect(Collectors.toSet());
  }

  @Override
  public Set<String> writes() {
    return Set.of(records.keys().task(id));
  }

  @Override
  public Step<Task> decide(View view) {
    Optional<StoredTask> stored = records.task(view, id);
    if (stored.isEmpty()) {
      return Step.refuse(Refusal.of(ErrorCode.ERROR_CODE_TASK_NOT_FOUND, "there is no task " + id).with("task_id", id));
    }
    Task task = stored.get().task();
    boolean done = !to.getRequestId().isEmpty() && task.getOwnership().getRequestId().equals(to.getRequestId());
    if (done || absent.stream().anyMatch(swarm -> records.session(view, swarm).isPresent())) {
      return Step.answer(task);
    }
    if (TaskStates.isTerminal(task)) {
      return Step.refuse(ClaimRules.ended(task));
    }
    if (TaskStates.claim(task).isPresent()) {
      String state = TaskStates.word(TaskStates.of(task));
      return Step.refuse(
          Refusal.of(ErrorCode.ERROR_CODE_TASK_NOT_READY, "task " + id + " is " + state + ": cancel it, or reassign it when it is given back")
              .with("task_id", id)
              .with("state", state));
    }
    return reassign(view, stored.get());
  }

  private Step<Task> reassign(View view, StoredTask stored) {
    var now = Times.toProto(clock.instant());
    Task next = stored.task().toBuilder().setOwnership(to.toBuilder().setAt(now)).build();
    String whose = to.getOwnerSwarmIdsCount() == 0 ? "anyone" : String.join(", ", to.getOwnerSwarmIdsList());
    LastChange change =
        LastChange.newBuilder()
            .setRequestId(to.getRequestId())
            .setEvent(TaskEventType.TASK_EVENT_TYPE_REASSIGNED)
            .setAt(now)
            .setTrace(stored.task().getTrace())
            .setReason("given to " + whose + " by " + to.getPrincipal() + (to.getReason().isEmpty() ? "" : ": " + to.getReason()))
            .build();
    Txn.Builder txn = Txn.builder().put(view, records.keys().task(id), stored.next(next, change));
    reads().forEach(key -> txn.unchanged(view, key));
    return Step.commit(txn.build(), revision -> next.toBuilder().setRevision(revision).build());
  }
}
