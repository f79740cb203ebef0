package io.infrafabric.coordinator.task;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.plan.CancellationRules;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.storage.Room;
import io.infrafabric.coordinator.v1.ArchivedTask;
import io.infrafabric.coordinator.v1.Cancelled;
import io.infrafabric.coordinator.v1.Completed;
import io.infrafabric.coordinator.v1.Failed;
import io.infrafabric.coordinator.v1.LastChange;
import io.infrafabric.coordinator.v1.PlanPlace;
import io.infrafabric.coordinator.v1.Quarantined;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.store.Decision;
import io.infrafabric.kit.store.Step;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.kit.store.View;
import io.infrafabric.kit.telemetry.StepSpan;
import io.infrafabric.common.v1.TraceContext;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.PlanId;
import io.infrafabric.names.TaskId;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Stores a task once; compares the plan that it names, so that nothing is added to one that is cancelled. */
final class SubmitDecision implements Decision<SubmitDecision.Result> {
  private final Records records;
  private final TaskSpec spec;
  private final PlanPlace place;
  private final TaskId id;
  private final Optional<PlanId> plan;
  private final String digest;
  private final String requestId;
  private final Room room;
  private final StepSpan span;
  private final InstantSource clock;

  /** The task as it stands, and whether this request put it there. */
  record Result(Task task, boolean created) {}

  /**
   * @param spec complete ({@link SpecRules#complete})
   * @param place in its plan; the default one when it has none
   */
  SubmitDecision(
      Records records, TaskSpec spec, PlanPlace place, String requestId, Room room, StepSpan span, InstantSource clock) {
    this.records = records;
    this.spec = spec;
    this.place = place;
    this.id = new TaskId(spec.getTaskId());
    this.plan = Records.planOf(spec);
    this.digest = SpecRules.digest(spec);
    this.requestId = requestId;
    this.room = room;
    this.span = span;
    this.clock = clock;
  }

  @Override
  public Set<String> reads() {
    Set<String> keys = new HashSet<>();
    keys.add(records.keys().archived(id));
    plan.ifPresent(named -> keys.add(records.keys().plan(named)));
    for (String dependency : spec.getDependsOnList()) {
      keys.add(records.keys().task(new TaskId(dependency)));
      keys.add(records.keys().archived(new TaskId(dependency)));
    }
    return keys;
  }

  @Override
  public Set<String> writes() {
    return Set.of(records.keys().task(id));
  }

  @Override
  public Step<Result> decide(View view) {
    Optional<StoredTask> stored = records.task(view, id);
    if (stored.isPresent()) {
      Task task = stored.get().task();
      if (task.getSpecDigest().equals(digest) && task.getPlanPlace().equals(place)) {
        return Step.answer(new Result(task, stored.get().submitRequestId().equals(requestId)));
      }
      return Step.refuseCertainly(otherContent(task));
    }
    Optional<ArchivedTask> archived = records.archived(view, id);
    if (archived.isPresent()) {
      return archived.get().getSpecDigest().equals(digest)
          ? Step.answer(new Result(asItEnded(archived.get()), archived.get().getSubmitRequestId().equals(requestId)))
          : Step.refuseCertainly(otherContent(id.value(), archived.get().getSpecDigest()));
    }
    if (plan.filter(named -> records.isCancelled(view, named)).isPresent()) {
      return Step.refuse(CancellationRules.cancelled(spec.getPlanId()).with("task_id", id));
    }
    List<String> unknown = new ArrayList<>();
    List<String> open = new ArrayList<>();
    for (String dependency : spec.getDependsOnList()) {
      TaskId other = new TaskId(dependency);
      if (records.task(view, other).isEmpty() && records.archived(view, other).isEmpty()) {
        unknown.add(dependency);
      } else if (!records.isCompleted(view, other)) {
        open.add(dependency);
      }
    }
    if (!unknown.isEmpty()) {
      return Step.refuse(
          Refusal.of(ErrorCode.ERROR_CODE_TASK_NOT_FOUND, "task " + id + " depends on unknown tasks: " + String.join(", ", unknown))
              .with("task_id", id)
              .withField("depends_on", "submit these first: " + String.join(", ", unknown)));
    }
    Optional<Refusal> full = room.forSubmit();
    return full.isPresent() ? Step.refuse(full.get().with("task_id", id)) : store(view, open);
  }

  /** As much as is known of an archived task without its record; of this spec, because the digests are equal. */
  private Task asItEnded(ArchivedTask line) {
    Task.Builder task = Task.newBuilder().setSpec(spec).setSpecDigest(digest).setRevision(line.getRevision());
    return switch (line.getState()) {
      case TASK_STATE_COMPLETED -> task.setCompleted(Completed.newBuilder().setAt(line.getEndedAt())).build();
      case TASK_STATE_FAILED -> task.setFailed(Failed.newBuilder().setAt(line.getEndedAt())).build();
      case TASK_STATE_CANCELLED -> task.setCancelled(Cancelled.newBuilder().setAt(line.getEndedAt())).build();
      case TASK_STATE_QUARANTINED -> task.setQuarantined(Quarantined.newBuilder().setAt(line.getEndedAt())).build();
      case TASK_STATE_UNSPECIFIED, TASK_STATE_WAITING, TASK_STATE_READY, TASK_STATE_CLAIMED, TASK_STATE_PARKED, UNRECOGNIZED ->
          throw new IllegalStateException("archived as " + line.getState() + ": " + id);
    };
  }

  /** The refusal of a task whose id another one has; a spec never changes. */
  static Refusal otherContent(Task there) {
    return otherContent(there.getSpec().getTaskId(), there.getSpecDigest());
  }

  private static Refusal otherContent(String id, String digest) {
    return Refusal.of(ErrorCode.ERROR_CODE_ALREADY_EXISTS, "task " + id + " exists with other content, of digest " + digest)
        .with("task_id", id)
        .with("spec_digest", digest);
  }

  private Step<Result> store(View view, List<String> open) {
    Instant now = clock.instant();
    TraceContext trace = span.in(TraceContext.getDefaultInstance());
    span.task(id.value());
    Task.Builder fresh = Task.newBuilder().setSpec(spec).setSpecDigest(digest).setCreatedAt(Times.toProto(now)).setTrace(trace);
    if (!place.equals(PlanPlace.getDefaultInstance())) {
      fresh.setPlanPlace(place);
    }
    Task task = ReadinessRules.place(fresh, open, now).build();
    LastChange change =
        LastChange.newBuilder()
            .setRequestId(requestId)
            .setEvent(TaskEventType.TASK_EVENT_TYPE_SUBMITTED)
            .setAt(task.getCreatedAt())
            .setTrace(trace)
            .build();
    Txn.Builder txn =
        Txn.builder().put(view, records.keys().task(id), StoredTask.bytes(task, change, requestId)).unchanged(view, records.keys().archived(id));
    plan.ifPresent(named -> txn.unchanged(view, records.keys().plan(named)));
    return Step.commit(
        txn.build(),
        revision -> {
          room.took(task.getSerializedSize());
          return new Result(task.toBuilder().setRevision(revision).build(), true);
        });
  }
}
