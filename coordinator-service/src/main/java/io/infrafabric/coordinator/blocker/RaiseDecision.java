package io.infrafabric.coordinator.blocker;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.TraceContext;
import io.infrafabric.coordinator.commitment.CommitmentRules;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.task.StoredTask;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.BlockerEventType;
import io.infrafabric.coordinator.v1.BlockerRecord;
import io.infrafabric.coordinator.v1.RaiseBlockerRequest;
import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.store.Decision;
import io.infrafabric.kit.store.Step;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.kit.store.View;
import io.infrafabric.kit.telemetry.StepSpan;
import io.infrafabric.names.BlockerId;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Parks the task, gives its place among the claims that the holder may have at once back, and stores the blocker. What its tasks wait for is
 * compared too, so that two blockers that would wait for each other cannot both be raised at once.
 */
final class RaiseDecision implements Decision<Blocker> {
  private final Records records;
  private final RaiseBlockerRequest request;
  private final TaskId task;
  private final SwarmId swarm;
  private final BlockerId id;
  private final List<TaskId> waitsFor;
  private final Set<TaskId> looked;
  private final StepSpan span;
  private final InstantSource clock;

  /**
   * @param looked the tasks that are waited for, directly or not, when the call came in; when there are others by now it is refused as CONTENDED
   */
  RaiseDecision(Records records, RaiseBlockerRequest request, Set<TaskId> looked, StepSpan span, InstantSource clock) {
    this.records = records;
    this.request = request;
    this.task = new TaskId(request.getTaskId());
    this.swarm = new SwarmId(request.getSwarmId());
    this.id = BlockerRules.id(task, request.getRequestId());
    this.waitsFor = request.getWaitsForTaskIdsList().stream().distinct().map(TaskId::new).toList();
    this.looked = Set.copyOf(looked);
    this.span = span;
    this.clock = clock;
  }

  @Override
  public Set<String> reads() {
    return looked.stream().filter(other -> !other.equals(task)).map(records.keys()::task).collect(Collectors.toSet());
  }

  @Override
  public Set<String> writes() {
    return Set.of(records.keys().task(task), records.keys().blocker(id), records.keys().commitments(swarm));
  }

  /** A swarm may raise many blockers in a second: they park the task one after the other, in one transaction. */
  @Override
  public Set<String> shared() {
    return Set.of(records.keys().task(task), records.keys().commitments(swarm));
  }

  @Override
  public Step<Blocker> decide(View view) {
    Instant now = clock.instant();
    Blocker blocker = BlockerRules.raised(request, id, now);
    Optional<BlockerRecord> before = records.blocker(view, id);
    if (before.isPresent()) {
      return BlockerRules.sameContent(before.get().getBlocker(), blocker)
          ? Step.answer(before.get().getBlocker())
          : Step.refuseCertainly(
              Refusal.of(ErrorCode.ERROR_CODE_REQUEST_ID_REUSED, "request " + request.getRequestId() + " has raised another blocker on task " + task)
                  .with("blocker_id", id));
    }
    Optional<StoredTask> stored = records.task(view, task);
    Optional<Refusal> refusal = BlockerRules.refused(task.value(), stored, request.getSwarmId(), request.getFence());
    if (refusal.isPresent()) {
      return Step.refuse(refusal.get());
    }
    var finding =
        WaitRules.look(task, waitsFor, other -> records.task(view, other).map(StoredTask::task), other -> records.tasksOfOpenPhases(view, other));
    return switch (finding) {
      case WaitRules.Finding.Clear(Set<TaskId> others) when !looked.containsAll(others) ->
          Step.refuseCertainly(Refusal.of(ErrorCode.ERROR_CODE_CONTENDED, "what task " + task + " would wait for has changed just now").with("task_id", task));
      case WaitRules.Finding.Clear clear -> park(view, stored.orElseThrow(), blocker, now);
      case WaitRules.Finding.Cycle(List<TaskId> path) -> Step.refuse(cycle(path));
      case WaitRules.Finding.Unknown(TaskId other) ->
          Step.refuse(
              Refusal.of(ErrorCode.ERROR_CODE_TASK_NOT_FOUND, "the blocker would wait for an unknown task: " + other)
                  .with("task_id", other)
                  .withField("waits_for_task_ids", "submit it first: " + other));
      case WaitRules.Finding.TooFar() ->
          Step.refuse(
              Refusal.of(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "waits_for_task_ids: the blocker would wait for more than " + WaitRules.MOST + " tasks, through others")
                  .withField("waits_for_task_ids", "tasks that wait for at most " + WaitRules.MOST + " others in all"));
    };
  }

  private Refusal cycle(List<TaskId> path) {
    String way = path.stream().map(TaskId::value).collect(Collectors.joining(" -> "));
    return Refusal.of(ErrorCode.ERROR_CODE_BLOCKER_CYCLE, "the blocker would have task " + task + " wait for itself: " + way)
        .with("task_id", task)
        .with("path", way)
        .withField("waits_for_task_ids", "tasks that do not wait for " + task);
  }

  private Step<Blocker> park(View view, StoredTask stored, Blocker blocker, Instant now) {
    TraceContext trace = span.in(stored.task().getTrace());
    span.task(task.value()).swarm(request.getSwarmId()).fence(request.getFence());
    BlockerRecord record =
        BlockerRecord.newBuilder()
            .setBlocker(blocker)
            .setRaiseRequestId(request.getRequestId())
            .setEvent(BlockerEventType.BLOCKER_EVENT_TYPE_RAISED)
            .setAt(blocker.getRaisedAt())
            .setTrace(trace)
            .build();
    String why = "blocker " + id + " of type " + blocker.getType();
    Txn.Builder txn =
        Txn.builder()
            .put(
                view,
                records.keys().task(task),
                stored.next(
                    BlockerRules.park(stored.task(), blocker, now),
                    Changes.of(stored.task(), TaskEventType.TASK_EVENT_TYPE_PARKED, request.getRequestId(), why, trace, now)))
            .put(view, records.keys().blocker(id), Records.bytes(record));
    if (stored.task().hasClaimed()) {
      String claim = stored.task().getClaimed().getClaimId();
      txn.put(view, records.keys().commitments(swarm), Records.bytes(CommitmentRules.parked(records.commitments(view, swarm), claim, true)));
    }
    reads().forEach(key -> txn.unchanged(view, key));
    return Step.commit(txn.build(), revision -> blocker);
  }
}
