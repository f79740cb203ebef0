package io.infrafabric.coordinator.plan;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.TraceContext;
import io.infrafabric.coordinator.claim.EndRules;
import io.infrafabric.coordinator.commitment.CommitmentRules;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.task.StoredTask;
import io.infrafabric.coordinator.task.TaskStates;
import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.Claimed;
import io.infrafabric.coordinator.v1.Commitment;
import io.infrafabric.coordinator.v1.Completed;
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

/**
 * Completes a task with the result of its twin, which was completed first; the promise of its holder, if any, is freed in the same transaction.
 * What the twin has cost is booked with the twin's own claim. Answers whether it did something.
 */
final class AdoptDecision implements Decision<Boolean> {
  private final Records records;
  private final TaskId id;
  private final TaskId twin;
  private final Optional<SwarmId> holder;
  private final StepSpan span;
  private final InstantSource clock;

  /**
   * @param holder who holds the task, as far as the caller knows; when another does by now the step is refused as CONTENDED
   */
  AdoptDecision(Records records, TaskId id, TaskId twin, Optional<SwarmId> holder, StepSpan span, InstantSource clock) {
    this.records = records;
    this.id = id;
    this.twin = twin;
    this.holder = holder;
    this.span = span;
    this.clock = clock;
  }

  @Override
  public Set<String> reads() {
    return Set.of(records.keys().task(twin));
  }

  @Override
  public Set<String> writes() {
    Set<String> keys = new HashSet<>(shared());
    keys.add(records.keys().task(id));
    return keys;
  }

  @Override
  public Set<String> shared() {
    return holder.map(swarm -> Set.of(records.keys().commitments(swarm))).orElse(Set.of());
  }

  @Override
  public Step<Boolean> decide(View view) {
    Optional<StoredTask> stored = records.task(view, id).filter(found -> found.task().getTwinId().equals(twin.value()));
    Optional<Task> done = records.task(view, twin).map(StoredTask::task);
    if (stored.isEmpty() || done.isEmpty() || !(StragglerRules.next(stored.get().task(), done.get()) instanceof StragglerRules.Next.Adopt)) {
      return Step.answer(false);
    }
    Optional<Claimed> held = TaskStates.claim(stored.get().task());
    if (held.isPresent() && !held.map(claim -> new SwarmId(claim.getSwarmId())).equals(holder)) {
      return Step.refuseCertainly(Refusal.of(ErrorCode.ERROR_CODE_CONTENDED, "task " + id + " has changed just now").with("task_id", id));
    }
    return adopt(view, stored.get(), held, done.get().getCompleted());
  }

  private Step<Boolean> adopt(View view, StoredTask stored, Optional<Claimed> held, Completed byTheTwin) {
    Instant now = clock.instant();
    TraceContext trace = span.in(stored.task().getTrace());
    span.task(id.value());
    String reason = "its twin " + twin + " was completed first, by swarm " + byTheTwin.getClaim().getSwarmId();
    Completed result = byTheTwin.toBuilder().clearCostMicros().build();
    Task next =
        held.isPresent()
            ? EndRules.end(EndRules.goingOn(stored.task()), new EndRules.End.Supersede(result, reason), "", now).task()
            : stored.task().toBuilder().setCompleted(result.toBuilder().setAt(Times.toProto(now))).build();
    // Whoever completed it; the fence is left out because it is none of this task's.
    LastChange change =
        LastChange.newBuilder()
            .setEvent(TaskEventType.TASK_EVENT_TYPE_COMPLETED)
            .setAt(Times.toProto(now))
            .setTrace(trace)
            .setSwarmId(byTheTwin.getClaim().getSwarmId())
            .setClaimId(byTheTwin.getClaim().getClaimId())
            .setReason(reason)
            .build();
    Txn.Builder txn =
        Txn.builder().put(view, records.keys().task(id), stored.next(next, change)).unchanged(view, records.keys().task(twin));
    held.ifPresent(
        claim -> {
          Commitment ended =
              Commitment.newBuilder()
                  .setClaimId(claim.getClaimId())
                  .setEnd(ClaimEnd.CLAIM_END_SUPERSEDED)
                  .setFence(claim.getFence())
                  .setAt(Times.toProto(now))
                  .setTrace(trace)
                  .build();
          String book = records.keys().commitments(holder.orElseThrow());
          txn.put(view, book, Records.bytes(CommitmentRules.ended(records.commitments(view, holder.get()), ended)));
        });
    return Step.commit(txn.build(), revision -> true);
  }
}
