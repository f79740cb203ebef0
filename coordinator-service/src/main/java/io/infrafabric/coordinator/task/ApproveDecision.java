package io.infrafabric.coordinator.task;

import io.infrafabric.approval.ApprovalRules;
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

/**
 * Approves a task at its gate. When enough have, each counted once, it is through, and made ready like any other that waits for nothing; what
 * comes after that changes nothing.
 */
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
    Approval given =
        Approval.newBuilder()
            .setPrincipal(request.getSwarmId().isEmpty() ? request.getPrincipal() : "")
            .setSwarmId(request.getSwarmId())
            .setReason(request.getReason())
            .setAt(Times.toProto(clock.instant()))
            .setRequestId(request.getRequestId())
            .build();
    return ApprovalRules.refused(task, given)
        .<Step<Task>>map(Step::refuse)
        .orElseGet(() -> ApprovalRules.counts(task, given) ? approve(view, stored.get(), given) : Step.answer(task));
  }

  private Step<Task> approve(View view, StoredTask stored, Approval given) {
    Task.Builder next = stored.task().toBuilder().addApprovals(given);
    int needed = ApprovalRules.needed(stored.task().getSpec());
    if (next.getApprovalsCount() >= needed) {
      next.setApproval(given).getWaitingBuilder().clearAwaitsApproval();
    }
    String share = needed == 1 ? "" : ", %d of %d".formatted(next.getApprovalsCount(), needed);
    LastChange change =
        LastChange.newBuilder()
            .setRequestId(request.getRequestId())
            .setEvent(TaskEventType.TASK_EVENT_TYPE_APPROVED)
            .setAt(given.getAt())
            .setTrace(stored.task().getTrace())
            .setReason("approved by " + ApprovalRules.by(given) + share + (request.getReason().isEmpty() ? "" : ": " + request.getReason()))
            .build();
    Task approved = next.build();
    return Step.commit(
        Txn.builder().put(view, records.keys().task(id), stored.next(approved, change)).build(),
        revision -> approved.toBuilder().setRevision(revision).build());
  }
}
