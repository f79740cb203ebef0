package io.infrafabric.coordinator.dispatch;

import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.task.PushRules;
import io.infrafabric.coordinator.task.StoredTask;
import io.infrafabric.coordinator.v1.LastChange;
import io.infrafabric.coordinator.v1.Push;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.kit.store.Decision;
import io.infrafabric.kit.store.Step;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.kit.store.View;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;

/** Ends an offer by hand whose swarm could not claim the task any more; answers whether it did. */
final class FreeDecision implements Decision<Boolean> {
  private final Records records;
  private final TaskId id;
  private final Push push;
  private final InstantSource clock;

  /**
   * @param push the offer that is meant; a later one is left alone
   */
  FreeDecision(Records records, TaskId id, Push push, InstantSource clock) {
    this.records = records;
    this.id = id;
    this.push = push;
    this.clock = clock;
  }

  private SwarmId swarm() {
    return new SwarmId(push.getSwarmId());
  }

  @Override
  public Set<String> reads() {
    return Set.of(records.keys().session(swarm()), records.keys().standing(swarm()), records.keys().commitments(swarm()));
  }

  @Override
  public Set<String> writes() {
    return Set.of(records.keys().task(id));
  }

  @Override
  public Step<Boolean> decide(View view) {
    Instant now = clock.instant();
    Optional<StoredTask> kept =
        records
            .task(view, id)
            .filter(stored -> stored.task().hasReady() && stored.task().getPush().equals(push) && PushRules.isOpen(stored.task().getPush(), now));
    Optional<String> why = kept.flatMap(stored -> PushRules.overBefore(stored.task(), records.admission(view, swarm())));
    return why.isEmpty() ? Step.answer(false) : free(view, kept.get(), why.get(), now);
  }

  private Step<Boolean> free(View view, StoredTask kept, String why, Instant now) {
    Task next = PushRules.freed(kept.task(), why);
    LastChange change =
        LastChange.newBuilder()
            .setEvent(TaskEventType.TASK_EVENT_TYPE_FREED)
            .setAt(Times.toProto(now))
            .setTrace(kept.task().getTrace())
            .setSwarmId(push.getSwarmId())
            .setReason(why)
            .build();
    Txn.Builder txn = Txn.builder().put(view, records.keys().task(id), kept.next(next, change));
    reads().forEach(key -> txn.unchanged(view, key));
    return Step.commit(txn.build(), revision -> true);
  }
}
