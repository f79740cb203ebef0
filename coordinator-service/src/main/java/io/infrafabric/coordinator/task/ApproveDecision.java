package io.infrafabric.coordinator.task;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.claim.ClaimRules;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.v1.Approval;
import io.infrafabric.coordinator.v1.ApproveTaskRequest;
import io.infrafabric.coordinator.v1.LastChange;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.store.Decision;
import io.infrafabric.kit.store.Step;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.kit.store.View;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.TaskId;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;

/** Lets a task through its approval gate; it is made ready like any other that waits for nothing. The first approval stands. */
final class ApproveDecision implements Decision<Task> {
  private final Records records;
  private final TaskId id;
  private final ApproveTaskRequest request;
  private final InstantSource clock;

  ApproveDecision(Records records, ApproveTaskRequest request, InstantSource clock) {
    this.records = records;
    this.id = new TaskId(request.getTaskId());
    this.request = request;
    this.clock = clock;
  }

  @Override
  public Set<String> reads() {
    return Set.of();
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
    if (task.hasApproval()) {
      return Step.answer(task);
    }
    if (TaskStates.isTerminal(task)) {
      return Step.refuseCertainly(ClaimRules.ended(task));
    }
    if (!task.hasWaiting() || !task.getWaiting().getAwaitsApproval()) {
      return Step.refuse(
          Refusal.of(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "task " + id + " needs no approval").with("task_id", id).withField("task_id", "a task with needs_approval"));
    }
    return approve(view, stored.get());
  }

  private Step<Task> approve(View view, StoredTask stored) {
    var now = Times.toProto(clock.instant());
    Task.Builder next =
        stored.task().toBuilder()
            .setApproval(
                Approval.newBuilder()
                    .setPrincipal(request.getPrincipal())
                    .setReason(request.getReason())
                    .setAt(now)
                    .setRequestId(request.getRequestId()));
    next.getWaitingBuilder().clearAwaitsApproval();
    LastChange change =
        LastChange.newBuilder()
            .setRequestId(request.getRequestId())
            .setEvent(TaskEventType.TASK_EVENT_TYPE_APPROVED)
            .setAt(now)
            .setTrace(stored.task().getTrace())
            .setReason("approved by " + request.getPrincipal() + (request.getReason().isEmpty() ? "" : ": " + request.getReason()))
            .build();
    Task approved = next.build();
    return Step.commit(
        Txn.builder().put(view, records.keys().task(id), stored.next(approved, change)).build(),
        revision -> approved.toBuilder().setRevision(revision).build());
  }
}
