package io.infrafabric.coordinator.task;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.commitment.HelpMoney;
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
import io.infrafabric.names.TaskId;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;

/** Gives a quarantined task another round of attempts. A task goes on from here only, so that what is final stays so (I6). */
final class RequeueDecision implements Decision<Task> {
  private final Records records;
  private final TaskId id;
  private final RequeueTaskRequest request;
  private final InstantSource clock;

  RequeueDecision(Records records, TaskId id, RequeueTaskRequest request, InstantSource clock) {
    this.records = records;
    this.id = id;
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
    return task.hasQuarantined() ? requeue(view, stored.get()) : Step.refuse(notQuarantined(task));
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
    return Step.commit(
        Txn.builder().put(view, records.keys().task(id), stored.next(next, change)).build(),
        revision -> next.toBuilder().setRevision(revision).build());
  }
}
