package io.infrafabric.coordinator.task;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.TraceContext;
import io.infrafabric.coordinator.claim.ClaimRules;
import io.infrafabric.coordinator.claim.EndRules;
import io.infrafabric.coordinator.commitment.CommitmentRules;
import io.infrafabric.coordinator.commitment.HelpMoney;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.v1.Cancelled;
import io.infrafabric.coordinator.v1.Claimed;
import io.infrafabric.coordinator.v1.Commitment;
import io.infrafabric.coordinator.v1.LastChange;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.store.Decision;
import io.infrafabric.kit.store.Step;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.kit.store.View;
import io.infrafabric.kit.telemetry.StepSpan;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** Ends a task that nobody wants any more; the promise of its holder, if any, is freed in the same transaction. */
final class CancelDecision implements Decision<Task> {
  private final Records records;
  private final TaskId id;
  private final Cancellation cancellation;
  private final Optional<SwarmId> holder;
  private final Optional<SwarmId> payer;
  private final StepSpan span;
  private final InstantSource clock;

  /**
   * Why a task is cancelled.
   *
   * @param requestId of the submitter or operator who wants it; empty for a deadline
   * @param byDeadline whether it is only cancelled if its deadline has passed
   */
  record Cancellation(String requestId, String reason, boolean byDeadline) {}

  /**
   * @param holder who held it when the call came in; when another does by now the call is refused as CONTENDED
   * @param payer who pays for it instead, as far as the caller knows; likewise
   */
  CancelDecision(
      Records records,
      TaskId id,
      Cancellation cancellation,
      Optional<SwarmId> holder,
      Optional<SwarmId> payer,
      StepSpan span,
      InstantSource clock) {
    this.records = records;
    this.id = id;
    this.cancellation = cancellation;
    this.holder = holder;
    this.payer = payer;
    this.span = span;
    this.clock = clock;
  }

  @Override
  public Set<String> reads() {
    return Set.of();
  }

  @Override
  public Set<String> writes() {
    Set<String> keys = new HashSet<>();
    keys.add(records.keys().task(id));
    holder.ifPresent(swarm -> keys.add(records.keys().commitments(swarm)));
    payer.ifPresent(swarm -> keys.add(records.keys().commitments(swarm)));
    return keys;
  }

  @Override
  public Step<Task> decide(View view) {
    Optional<StoredTask> stored = records.task(view, id);
    if (stored.isEmpty()) {
      return Step.refuse(Refusal.of(ErrorCode.ERROR_CODE_TASK_NOT_FOUND, "there is no task " + id).with("task_id", id));
    }
    Task task = stored.get().task();
    if (task.hasCancelled()) {
      return Step.answer(task);
    }
    if (TaskStates.isTerminal(task)) {
      // An operator may have given a quarantined one another chance.
      return task.hasQuarantined() ? Step.refuse(ClaimRules.ended(task)) : Step.refuseCertainly(ClaimRules.ended(task));
    }
    if (cancellation.byDeadline() && !ClockRules.isOverdue(task, clock.instant())) {
      return Step.answer(task);
    }
    Optional<SwarmId> now = TaskStates.claim(task).map(claim -> new SwarmId(claim.getSwarmId()));
    if ((now.isPresent() && !now.equals(holder)) || !HelpMoney.payer(task.getSpec()).equals(payer)) {
      return Step.refuseCertainly(Refusal.of(ErrorCode.ERROR_CODE_CONTENDED, "task " + id + " has changed just now").with("task_id", id));
    }
    return cancel(view, stored.get(), now);
  }

  private Step<Task> cancel(View view, StoredTask stored, Optional<SwarmId> held) {
    Instant at = clock.instant();
    String requestId = cancellation.requestId();
    String reason = cancellation.reason();
    TraceContext trace = span.in(stored.task().getTrace());
    span.task(id.value());
    Claimed claim = TaskStates.claim(stored.task()).orElse(Claimed.getDefaultInstance());
    Task next =
        held.isPresent()
            ? EndRules.end(EndRules.goingOn(stored.task()), new EndRules.End.Cancel(reason), requestId, at).task()
            : stored.task().toBuilder().setCancelled(Cancelled.newBuilder().setAt(Times.toProto(at)).setReason(reason)).build();
    LastChange change =
        LastChange.newBuilder()
            .setRequestId(requestId)
            .setEvent(TaskEventType.TASK_EVENT_TYPE_CANCELLED)
            .setAt(Times.toProto(at))
            .setTrace(trace)
            .setSwarmId(claim.getSwarmId())
            .setClaimId(claim.getClaimId())
            .setFence(claim.getFence())
            .setReason(reason)
            .build();
    Txn.Builder txn = Txn.builder().put(view, records.keys().task(id), stored.next(next, change));
    held.ifPresent(
        swarm -> {
          Commitment ended =
              Commitment.newBuilder()
                  .setClaimId(claim.getClaimId())
                  .setEnd(next.getAttempts(next.getAttemptsCount() - 1).getEnd())
                  .setFence(claim.getFence())
                  .setAt(Times.toProto(at))
                  .setTrace(trace)
                  .build();
          txn.put(view, records.keys().commitments(swarm), Records.bytes(CommitmentRules.ended(records.commitments(view, swarm), ended)));
        });
    payer.ifPresent(
        swarm -> txn.put(view, records.keys().commitments(swarm), Records.bytes(HelpMoney.finished(records.commitments(view, swarm), next.getSpec()))));
    return Step.commit(txn.build(), revision -> next.toBuilder().setRevision(revision).build());
  }
}
