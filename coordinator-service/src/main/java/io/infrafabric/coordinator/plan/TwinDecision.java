package io.infrafabric.coordinator.plan;

import io.infrafabric.common.v1.TraceContext;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.storage.Room;
import io.infrafabric.coordinator.task.StoredTask;
import io.infrafabric.coordinator.v1.LastChange;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.kit.store.Decision;
import io.infrafabric.kit.store.Step;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.kit.store.View;
import io.infrafabric.kit.telemetry.StepSpan;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.PlanId;
import io.infrafabric.names.TaskId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;

/** Makes the twin of a straggler and notes it there, in one transaction, so that it is made once. Answers whether it did. */
final class TwinDecision implements Decision<Boolean> {
  private final Records records;
  private final TaskId id;
  private final TaskId twin;
  private final PlanId plan;
  private final Duration limit;
  private final Room room;
  private final StepSpan span;
  private final InstantSource clock;

  /**
   * @param plan of the task, which may be cancelled: then it gets none
   * @param limit how long the task may run without a twin
   */
  TwinDecision(Records records, TaskId id, PlanId plan, Duration limit, Room room, StepSpan span, InstantSource clock) {
    this.records = records;
    this.id = id;
    this.plan = plan;
    this.twin = StragglerRules.twinId(id.value());
    this.limit = limit;
    this.room = room;
    this.span = span;
    this.clock = clock;
  }

  @Override
  public Set<String> reads() {
    return Set.of(records.keys().archived(twin), records.keys().plan(plan));
  }

  @Override
  public Set<String> writes() {
    return Set.of(records.keys().task(id), records.keys().task(twin));
  }

  @Override
  public Step<Boolean> decide(View view) {
    Instant now = clock.instant();
    Optional<StoredTask> stored = records.task(view, id).filter(found -> StragglerRules.mayHaveTwin(found.task(), limit, now));
    boolean taken = view.get(records.keys().task(twin)).isPresent() || view.get(records.keys().archived(twin)).isPresent();
    if (stored.isEmpty() || taken || room.forSubmit().isPresent() || records.isCancelled(view, plan)) {
      return Step.answer(false);
    }
    Task task = stored.get().task();
    TraceContext trace = span.in(task.getTrace());
    span.task(id.value());
    Task made = StragglerRules.ready(task, now).setTrace(trace).build();
    LastChange submitted =
        LastChange.newBuilder().setEvent(TaskEventType.TASK_EVENT_TYPE_SUBMITTED).setAt(Times.toProto(now)).setTrace(trace).build();
    LastChange noted =
        submitted.toBuilder()
            .setEvent(TaskEventType.TASK_EVENT_TYPE_TWINNED)
            .setSwarmId(task.getClaimed().getSwarmId())
            .setClaimId(task.getClaimed().getClaimId())
            .setFence(task.getClaimed().getFence())
            .setReason("it has run for more than " + limit + "; its twin is " + twin)
            .build();
    Txn txn =
        Txn.builder()
            .put(view, records.keys().task(id), stored.get().next(task.toBuilder().setTwinId(twin.value()).build(), noted))
            .put(view, records.keys().task(twin), StoredTask.bytes(made, submitted, ""))
            .unchanged(view, records.keys().archived(twin))
            .unchanged(view, records.keys().plan(plan))
            .build();
    return Step.commit(txn, revision -> true);
  }
}
