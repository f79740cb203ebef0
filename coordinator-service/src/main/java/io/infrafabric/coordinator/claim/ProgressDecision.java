package io.infrafabric.coordinator.claim;

import com.google.protobuf.Timestamp;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.task.StoredTask;
import io.infrafabric.coordinator.v1.Attempt;
import io.infrafabric.coordinator.v1.Claimed;
import io.infrafabric.coordinator.v1.LastChange;
import io.infrafabric.coordinator.v1.ReportProgressRequest;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.store.Decision;
import io.infrafabric.kit.store.Step;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.kit.store.View;
import io.infrafabric.kit.telemetry.StepSpan;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.TaskId;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;

/** Notes how far the holder is; answers the revision. */
final class ProgressDecision implements Decision<Long> {
  private final Records records;
  private final TaskId task;
  private final ReportProgressRequest request;
  private final StepSpan span;
  private final InstantSource clock;

  ProgressDecision(Records records, TaskId task, ReportProgressRequest request, StepSpan span, InstantSource clock) {
    this.records = records;
    this.task = task;
    this.request = request;
    this.span = span;
    this.clock = clock;
  }

  @Override
  public Set<String> reads() {
    return Set.of();
  }

  @Override
  public Set<String> writes() {
    return Set.of(records.keys().task(task));
  }

  @Override
  public Step<Long> decide(View view) {
    Optional<StoredTask> stored = records.task(view, task);
    return switch (ClaimRules.report(task.value(), stored, request.getSwarmId(), request.getFence(), request.getRequestId())) {
      case ClaimRules.Report.Refused(Refusal refusal) -> Step.refuse(refusal);
      case ClaimRules.Report.Done(Attempt attempt) -> Step.refuseCertainly(ClaimRules.reused(request.getRequestId(), attempt, task.value()));
      case ClaimRules.Report.Current(Claimed claim) -> note(view, stored.orElseThrow(), claim);
    };
  }

  private Step<Long> note(View view, StoredTask stored, Claimed claim) {
    if (stored.last().getRequestId().equals(request.getRequestId())) {
      return Step.answer(stored.task().getRevision());
    }
    var now = Times.toProto(clock.instant());
    var trace = span.in(stored.task().getTrace());
    span.task(task.value())
        .swarm(claim.getSwarmId())
        .fence(claim.getFence());
    Task.Builder next =
        stored.task().toBuilder().setClaimed(claim.toBuilder().setPercent(request.getPercent()).setNote(request.getNote()).setProgressAt(now));
    if (request.hasCheckpoint()) {
      checkpoint(next, claim, now);
    }
    LastChange change =
        LastChange.newBuilder()
            .setRequestId(request.getRequestId())
            .setEvent(TaskEventType.TASK_EVENT_TYPE_PROGRESSED)
            .setAt(now)
            .setTrace(trace)
            .setSwarmId(claim.getSwarmId())
            .setClaimId(claim.getClaimId())
            .setFence(claim.getFence())
            .build();
    Txn txn = Txn.builder().put(view, records.keys().task(task), stored.next(next.build(), change)).build();
    return Step.commit(txn, revision -> revision);
  }

  private void checkpoint(Task.Builder next, Claimed claim, Timestamp now) {
    if (request.getCheckpoint().isEmpty()) {
      next.clearCheckpoint();
    } else {
      next.getCheckpointBuilder().setData(request.getCheckpoint()).setSwarmId(claim.getSwarmId()).setClaimId(claim.getClaimId()).setAt(now);
    }
  }
}
