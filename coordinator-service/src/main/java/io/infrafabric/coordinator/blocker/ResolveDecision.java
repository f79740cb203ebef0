package io.infrafabric.coordinator.blocker;

import com.google.protobuf.ByteString;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.TraceContext;
import io.infrafabric.coordinator.commitment.CommitmentRules;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.task.StoredTask;
import io.infrafabric.coordinator.task.TaskStates;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.BlockerEventType;
import io.infrafabric.coordinator.v1.BlockerRecord;
import io.infrafabric.coordinator.v1.BlockerState;
import io.infrafabric.coordinator.v1.Claimed;
import io.infrafabric.coordinator.v1.LastChange;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.store.Decision;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Step;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.kit.store.View;
import io.infrafabric.kit.telemetry.StepSpan;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.BlockerId;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Ends a blocker; with the last one of its task the holder goes on, in the same transaction, also when it has as many claims by now as it may
 * have at once. What was resolved stays as it was.
 */
final class ResolveDecision implements Decision<Blocker> {
  private final Records records;
  private final BlockerId id;
  private final TaskId task;
  private final SwarmId holder;
  private final By by;
  private final String requestId;
  private final String resolution;
  private final StepSpan span;
  private final InstantSource clock;

  /** Who resolves. */
  sealed interface By {
    /** The holder of the blocked claim. */
    record Holder(SwarmId swarm, long fence) implements By {}

    /** A named person. */
    record Person(String principal) implements By {}

    /** The fabric, because everything that the blocker waited for is done or the claim has ended. */
    record Fabric() implements By {}
  }

  /**
   * @param of the blocker as the caller knows it
   */
  ResolveDecision(Records records, Blocker of, By by, String requestId, String resolution, StepSpan span, InstantSource clock) {
    this.records = records;
    this.id = new BlockerId(of.getBlockerId());
    this.task = new TaskId(of.getTaskId());
    this.holder = new SwarmId(of.getSwarmId());
    this.by = by;
    this.requestId = requestId;
    this.resolution = resolution;
    this.span = span;
    this.clock = clock;
  }

  @Override
  public Set<String> reads() {
    Set<String> keys = new HashSet<>();
    keys.add(records.keys().session(holder));
    HelpRules.helpTasks(id).forEach(help -> keys.add(records.keys().task(help)));
    return keys;
  }

  @Override
  public Set<String> writes() {
    return Set.of(records.keys().task(task), records.keys().blocker(id), records.keys().commitments(holder));
  }

  @Override
  public Set<String> shared() {
    return Set.of(records.keys().task(task), records.keys().commitments(holder));
  }

  @Override
  public Step<Blocker> decide(View view) {
    Optional<BlockerRecord> record = records.blocker(view, id);
    if (record.isEmpty()) {
      return Step.refuse(notFound(id, task));
    }
    Blocker blocker = record.get().getBlocker();
    Optional<StoredTask> stored = records.task(view, task);
    boolean parked = BlockerRules.isParkedBy(stored.map(StoredTask::task), blocker);
    Optional<Refusal> refusal = refused(blocker, stored.flatMap(found -> TaskStates.claim(found.task())));
    if (refusal.isPresent()) {
      return Step.refuse(refusal.get());
    }
    if (blocker.hasResolvedAt()) {
      return Step.answer(blocker);
    }
    if (by instanceof By.Fabric && parked && !isDone(view, blocker, stored.orElseThrow().task())) {
      return Step.answer(blocker);
    }
    return parked ? release(view, stored.orElseThrow(), record.get()) : close(view, record.get());
  }

  /** The refusal about a blocker that is not there, or not one of this task. */
  static Refusal notFound(BlockerId id, TaskId task) {
    return Refusal.of(ErrorCode.ERROR_CODE_BLOCKER_NOT_FOUND, "task " + task + " has no blocker " + id).with("blocker_id", id).with("task_id", task);
  }

  /**
   * @param held the claim of its task now: the one that it stops, or stopped, with another fence when a newer session has inherited it
   */
  private Optional<Refusal> refused(Blocker blocker, Optional<Claimed> held) {
    if (!(by instanceof By.Holder(SwarmId swarm, long fence))) {
      return Optional.empty();
    }
    if (!blocker.getSwarmId().equals(swarm.value())) {
      return Optional.of(
          Refusal.of(ErrorCode.ERROR_CODE_NOT_THE_HOLDER, "blocker " + id + " is of swarm " + blocker.getSwarmId() + ", not of " + swarm)
              .with("blocker_id", id)
              .with("holder", blocker.getSwarmId()));
    }
    long current = held.filter(claim -> claim.getInherited() > 0 && claim.getSwarmId().equals(swarm.value())).map(Claimed::getFence).orElse(blocker.getFence());
    if (current != fence) {
      return Optional.of(
          Refusal.of(ErrorCode.ERROR_CODE_STALE_FENCE, "blocker " + id + " is not of a claim with fence " + fence)
              .with("blocker_id", id)
              .with("fence", fence));
    }
    return Optional.empty();
  }

  private boolean isDone(View view, Blocker blocker, Task blocked) {
    return NextRules.next(blocker, Optional.of(blocked), other -> records.task(view, other).map(StoredTask::task), records.policy(view).limits()) instanceof NextRules.Next.Finish;
  }

  private Step<Blocker> release(View view, StoredTask stored, BlockerRecord record) {
    Instant now = clock.instant();
    TraceContext trace = span.in(stored.task().getTrace());
    span.task(task.value()).swarm(holder.value()).fence(record.getBlocker().getFence());
    long helpMicros =
        HelpRules.helpTasks(id).stream()
            .map(help -> records.task(view, help))
            .flatMap(Optional::stream)
            .mapToLong(help -> HelpRules.costMicros(help.task()))
            .sum();
    Optional<Entry> session = view.get(records.keys().session(holder));
    Task next =
        BlockerRules.released(
            stored.task(), record.getBlocker(), helpMicros, now, session.map(entry -> OptionalLong.of(entry.modRevision())).orElse(OptionalLong.empty()));
    TaskEventType event = next.hasClaimed() ? TaskEventType.TASK_EVENT_TYPE_RESUMED : TaskEventType.TASK_EVENT_TYPE_PARKED;
    Blocker resolved = resolved(record.getBlocker(), now);
    LastChange change = Changes.of(stored.task(), event, requestId, "blocker " + id + " is resolved by " + resolved.getResolvedBy(), trace, now);
    Txn.Builder txn =
        Txn.builder()
            .put(view, records.keys().task(task), stored.next(next, next.hasClaimed() ? resumed(change, resolved) : change))
            .put(view, records.keys().blocker(id), bytes(record, resolved, trace, now));
    if (next.hasClaimed()) {
      String claim = next.getClaimed().getClaimId();
      txn.put(view, records.keys().commitments(holder), Records.bytes(CommitmentRules.parked(records.commitments(view, holder), claim, false)));
    }
    reads().forEach(key -> txn.unchanged(view, key));
    return Step.commit(txn.build(), revision -> resolved);
  }

  /** The holder is told what it has waited for, of the record alone. */
  private static LastChange resumed(LastChange change, Blocker by) {
    return change.toBuilder().setBlockerId(by.getBlockerId()).setResolution(by.getResolution()).setResolvedBy(by.getResolvedBy()).build();
  }

  /** The claim has ended otherwise: there is nothing to go on with. */
  private Step<Blocker> close(View view, BlockerRecord record) {
    if (by instanceof By.Holder(SwarmId swarm, long fence)) {
      return Step.refuse(
          Refusal.of(ErrorCode.ERROR_CODE_STALE_FENCE, "the claim of task " + task + " with fence " + fence + " has ended")
              .with("task_id", task)
              .with("fence", fence));
    }
    Instant now = clock.instant();
    Blocker resolved = resolved(record.getBlocker(), now);
    return Step.commit(
        Txn.builder()
            .put(view, records.keys().blocker(id), bytes(record, resolved, record.getTrace(), now))
            .unchanged(view, records.keys().task(task))
            .build(),
        revision -> resolved);
  }

  private ByteString bytes(BlockerRecord record, Blocker resolved, TraceContext trace, Instant now) {
    return Records.bytes(
        record.toBuilder()
            .setBlocker(resolved)
            .setResolveRequestId(requestId)
            .setEvent(BlockerEventType.BLOCKER_EVENT_TYPE_RESOLVED)
            .setAt(Times.toProto(now))
            .setTrace(trace)
            .build());
  }

  private Blocker resolved(Blocker blocker, Instant now) {
    return blocker.toBuilder()
        .setState(BlockerState.BLOCKER_STATE_RESOLVED)
        .setResolvedAt(Times.toProto(now))
        .setResolution(resolution)
        .setResolvedBy(
            switch (by) {
              case By.Holder(SwarmId swarm, long fence) -> swarm.value();
              case By.Person(String principal) -> principal;
              case By.Fabric() -> "fabric";
            })
        .build();
  }
}
