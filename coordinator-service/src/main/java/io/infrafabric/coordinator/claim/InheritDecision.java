package io.infrafabric.coordinator.claim;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.session.SessionRules;
import io.infrafabric.coordinator.task.StoredTask;
import io.infrafabric.coordinator.v1.Claimed;
import io.infrafabric.coordinator.v1.LastChange;
import io.infrafabric.coordinator.v1.SessionRecord;
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
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;

/**
 * Writes a claim anew under the session that has inherited it: the same claim with another fence, the revision of this transaction, so that the
 * process that had the old fence can report nothing any more. Answers the task as it is then; nothing when the swarm does not hold it.
 */
final class InheritDecision implements Decision<Optional<Task>> {
  private final Records records;
  private final TaskId task;
  private final SwarmId swarm;
  private final String sessionId;
  private final StepSpan span;
  private final InstantSource clock;

  InheritDecision(Records records, TaskId task, SwarmId swarm, String sessionId, StepSpan span, InstantSource clock) {
    this.records = records;
    this.task = task;
    this.swarm = swarm;
    this.sessionId = sessionId;
    this.span = span;
    this.clock = clock;
  }

  @Override
  public Set<String> reads() {
    return Set.of(records.keys().session(swarm));
  }

  @Override
  public Set<String> writes() {
    return Set.of(records.keys().task(task));
  }

  @Override
  public Step<Optional<Task>> decide(View view) {
    Optional<SessionRecord> session = records.session(view, swarm).filter(open -> open.getSessionId().equals(sessionId));
    if (session.isEmpty()) {
      return Step.refuse(
          Refusal.of(ErrorCode.ERROR_CODE_SESSION_NOT_FOUND, "swarm " + swarm + " has no live session with that id").with("swarm_id", swarm));
    }
    long revision = records.sessionRevision(view, swarm);
    Optional<StoredTask> stored = records.task(view, task);
    Optional<Claimed> claim = stored.flatMap(found -> InheritRules.claim(found.task(), swarm));
    if (claim.isEmpty() || !SessionRules.covers(session, revision, claim.get().getSessionRevision())) {
      // The copy may lag behind the session's, and has yet to show what the swarm's book does.
      return Step.commit(Txn.builder().unchanged(view, records.keys().task(task)).build(), read -> Optional.empty());
    }
    return claim.get().getSessionRevision() == revision
        ? Step.answer(stored.map(StoredTask::task))
        : inherit(view, stored.orElseThrow(), claim.get(), revision);
  }

  private Step<Optional<Task>> inherit(View view, StoredTask stored, Claimed claim, long revision) {
    Task next = InheritRules.inherited(stored.task(), revision);
    LastChange change =
        LastChange.newBuilder()
            .setEvent(TaskEventType.TASK_EVENT_TYPE_INHERITED)
            .setAt(Times.toProto(clock.instant()))
            .setTrace(span.in(stored.task().getTrace()))
            .setSwarmId(claim.getSwarmId())
            .setClaimId(claim.getClaimId())
            .setReason("a newer session of swarm " + swarm + " goes on with what had fence " + claim.getFence())
            .build();
    span.task(task.value()).swarm(claim.getSwarmId()).claim(claim.getClaimId()).fence(claim.getFence());
    Txn txn =
        Txn.builder()
            .put(view, records.keys().task(task), stored.next(next, change))
            .unchanged(view, records.keys().session(swarm))
            .build();
    return Step.commit(txn, fence -> Optional.of(InheritRules.fenced(next, fence)));
  }
}
