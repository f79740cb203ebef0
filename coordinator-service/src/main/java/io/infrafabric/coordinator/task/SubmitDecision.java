package io.infrafabric.coordinator.task;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.v1.LastChange;
import io.infrafabric.coordinator.v1.PlanPlace;
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
import io.infrafabric.names.TaskId;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Stores a task once. */
final class SubmitDecision implements Decision<SubmitDecision.Result> {
  private final Records records;
  private final TaskSpec spec;
  private final PlanPlace place;
  private final TaskId id;
  private final String digest;
  private final String requestId;
  private final StepSpan span;
  private final InstantSource clock;

  /** The task as it stands, and whether this request put it there. */
  record Result(Task task, boolean created) {}

  /**
   * @param spec complete ({@link SpecRules#complete})
   * @param place in its plan; the default one when it has none
   */
  SubmitDecision(Records records, TaskSpec spec, PlanPlace place, String requestId, StepSpan span, InstantSource clock) {
    this.records = records;
    this.spec = spec;
    this.place = place;
    this.id = new TaskId(spec.getTaskId());
    this.digest = SpecRules.digest(spec);
    this.requestId = requestId;
    this.span = span;
    this.clock = clock;
  }

  @Override
  public Set<String> reads() {
    return spec.getDependsOnList().stream().map(task -> records.keys().task(new TaskId(task))).collect(Collectors.toSet());
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
    List<String> unknown = new ArrayList<>();
    List<String> open = new ArrayList<>();
    for (String dependency : spec.getDependsOnList()) {
      Optional<StoredTask> other = records.task(view, new TaskId(dependency));
      if (other.isEmpty()) {
        unknown.add(dependency);
      } else if (!other.get().task().hasCompleted()) {
        open.add(dependency);
      }
    }
    if (!unknown.isEmpty()) {
      return Step.refuse(
          Refusal.of(ErrorCode.ERROR_CODE_TASK_NOT_FOUND, "task " + id + " depends on unknown tasks: " + String.join(", ", unknown))
              .with("task_id", id)
              .withField("depends_on", "submit these first: " + String.join(", ", unknown)));
    }
    return store(view, open);
  }

  /** The refusal of a task whose id another one has; a spec never changes. */
  static Refusal otherContent(Task there) {
    String id = there.getSpec().getTaskId();
    return Refusal.of(ErrorCode.ERROR_CODE_ALREADY_EXISTS, "task " + id + " exists with other content, of digest " + there.getSpecDigest())
        .with("task_id", id)
        .with("spec_digest", there.getSpecDigest());
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
    Txn txn = Txn.builder().put(view, records.keys().task(id), StoredTask.bytes(task, change, requestId)).build();
    return Step.commit(txn, revision -> new Result(task.toBuilder().setRevision(revision).build(), true));
  }
}
