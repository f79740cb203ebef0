package io.infrafabric.coordinator.task;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.commitment.HelpMoney;
import io.infrafabric.coordinator.plan.CancellationRules;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.v1.LastChange;
import io.infrafabric.coordinator.v1.Ready;
import io.infrafabric.coordinator.v1.Requeue;
import io.infrafabric.coordinator.v1.RequeueTaskRequest;
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
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;

/**
 * Gives a quarantined task another round of attempts, unless its plan, which is compared, is cancelled. A task goes on from here only, so that what
 * is final stays so (I6).
 */
final class RequeueDecision implements Decision<Task> {
  private final Records records;
  private final TaskId id;
  private final Optional<PlanId> plan;
  private final RequeueTaskRequest request;
  private final InstantSource clock;

  /**
   * @param plan that the task names, as far as the caller knows; when it is another the call is refused as CONTENDED
   */
  RequeueDecision(Records records, TaskId id, Optional<PlanId> plan, RequeueTaskRequest request, InstantSource clock) {
    this.records = records;
    this.id = id;
    this.plan = plan;
    this.request = request;
    this.clock = clock;
  }

  @Override
  public Set<String> reads() {
    return plan.map(named -> Set.of(records.keys().plan(named))).orElse(Set.of());
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
    if (task.getRequeue().getRequestId().equals(request.getRequestId())) {
      return Step.answer(task);
    }
    if (task.hasQuarantined() && isHelp(task)) {
      return Step.refuseCertainly(
          Refusal.of(
                  ErrorCode.ERROR_CODE_TASK_ENDED,
                  "task " + id + " is help whose money has gone back: resolve blocker " + task.getSpec().getBlockerId() + ", or have its swarm raise another")
              .with("task_id", id)
              .with("blocker_id", task.getSpec().getBlockerId()));
    }
    if (!task.hasQuarantined()) {
      return Step.refuse(notQuarantined(task));
    }
    if (!Records.planOf(task.getSpec()).equals(plan)) {
      return Step.refuseCertainly(Refusal.of(ErrorCode.ERROR_CODE_CONTENDED, "task " + id + " is not known here yet").with("task_id", id));
    }
    return plan.filter(named -> records.isCancelled(view, named)).isPresent()
        ? Step.refuse(CancellationRules.cancelled(task.getSpec().getPlanId()).with("task_id", id))
        : requeue(view, stored.get());
  }

  /** Help is not tried again: what was set aside for it has been given back with its last attempt. */
  static boolean isHelp(Task task) {
    return HelpMoney.payer(task.getSpec()).isPresent();
  }

  /** The refusal of a task that cannot be requeued. */
  static Refusal notQuarantined(Task task) {
    String word = TaskStates.word(TaskStates.of(task));
    String id = task.getSpec().getTaskId();
    boolean ended = TaskStates.isTerminal(task);
    return Refusal.of(
            ended ? ErrorCode.ERROR_CODE_TASK_ENDED : ErrorCode.ERROR_CODE_TASK_NOT_READY,
            "task " + id + " is " + word + "; only a quarantined task is requeued")
        .with("task_id", id)
        .with("state", word);
  }

  private Step<Task> requeue(View view, StoredTask stored) {
    var now = Times.toProto(clock.instant());
    Task next =
        stored.task().toBuilder()
            .setReady(Ready.newBuilder().setSince(now))
            .clearParkedFor()
            .setRequeue(
                Requeue.newBuilder()
                    .setPrincipal(request.getPrincipal())
                    .setAt(now)
                    .setRequestId(request.getRequestId())
                    .setAttempts(stored.task().getAttempt()))
            .build();
    LastChange change =
        LastChange.newBuilder()
            .setRequestId(request.getRequestId())
            .setEvent(TaskEventType.TASK_EVENT_TYPE_REQUEUED)
            .setAt(now)
            .setTrace(stored.task().getTrace())
            .setReason("requeued by " + request.getPrincipal())
            .build();
    Txn.Builder txn = Txn.builder().put(view, records.keys().task(id), stored.next(next, change));
    plan.ifPresent(named -> txn.unchanged(view, records.keys().plan(named)));
    return Step.commit(txn.build(), revision -> next.toBuilder().setRevision(revision).build());
  }
}
