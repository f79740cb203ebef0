package io.infrafabric.coordinator.claim;

import io.infrafabric.coordinator.commitment.CommitmentRules;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.session.SessionRules;
import io.infrafabric.coordinator.task.StoredTask;
import io.infrafabric.coordinator.task.TaskStates;
import io.infrafabric.coordinator.v1.Claimed;
import io.infrafabric.coordinator.v1.LastChange;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskEventType;
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
import java.util.Optional;
import java.util.Set;

/**
 * Parks a held task because a breaker of its holder is open, or lets it go on. It compares the standing and the session: what was done on an old
 * view of a breaker is not done. Done twice it is done once. Answers whether it did something.
 */
final class HeldDecision implements Decision<Boolean> {
  private final Records records;
  private final TaskId task;
  private final SwarmId swarm;
  private final StepSpan span;
  private final InstantSource clock;

  HeldDecision(Records records, TaskId task, SwarmId swarm, StepSpan span, InstantSource clock) {
    this.records = records;
    this.task = task;
    this.swarm = swarm;
    this.span = span;
    this.clock = clock;
  }

  @Override
  public Set<String> reads() {
    return Set.of(records.keys().standing(swarm), records.keys().session(swarm), records.keys().policyInForce());
  }

  @Override
  public Set<String> writes() {
    return Set.of(records.keys().task(task), records.keys().commitments(swarm));
  }

  @Override
  public Set<String> shared() {
    return Set.of(records.keys().commitments(swarm));
  }

  @Override
  public Step<Boolean> decide(View view) {
    Optional<StoredTask> stored = records.task(view, task);
    Optional<Claimed> claim = stored.flatMap(found -> TaskStates.claim(found.task())).filter(held -> held.getSwarmId().equals(swarm.value()));
    if (claim.isEmpty()) {
      return Step.answer(false);
    }
    boolean lives = SessionRules.covers(records.session(view, swarm), records.sessionRevision(view, swarm), claim.get().getSessionRevision());
    Task held = stored.get().task();
    return switch (HeldRules.next(held, records.standing(view, swarm), lives, records.policy(view).breaker())) {
      case HeldRules.Next.Park(String why) -> write(view, stored.get(), HeldRules.parked(held), why);
      case HeldRules.Next.Resume(String why) -> write(view, stored.get(), HeldRules.resumed(held, clock.instant()), why);
      case HeldRules.Next.Rest rest -> Step.answer(false);
      case HeldRules.Next.Revoke revoke -> Step.answer(false);
    };
  }

  private Step<Boolean> write(View view, StoredTask stored, Task next, String why) {
    Instant now = clock.instant();
    Claimed claim = TaskStates.claim(stored.task()).orElseThrow();
    span.task(task.value()).swarm(swarm.value()).claim(claim.getClaimId()).fence(claim.getFence());
    LastChange change =
        LastChange.newBuilder()
            .setEvent(next.hasClaimed() ? TaskEventType.TASK_EVENT_TYPE_RESUMED : TaskEventType.TASK_EVENT_TYPE_PARKED)
            .setAt(Times.toProto(now))
            .setTrace(span.in(stored.task().getTrace()))
            .setSwarmId(claim.getSwarmId())
            .setClaimId(claim.getClaimId())
            .setFence(claim.getFence())
            .setReason(why)
            .build();
    Txn txn =
        Txn.builder()
            .put(view, records.keys().task(task), stored.next(next, change))
            .put(
                view,
                records.keys().commitments(swarm),
                Records.bytes(CommitmentRules.parked(records.commitments(view, swarm), claim.getClaimId(), next.hasParked())))
            .unchanged(view, records.keys().standing(swarm))
            .unchanged(view, records.keys().session(swarm))
            .build();
    return Step.commit(txn, revision -> true);
  }
}
