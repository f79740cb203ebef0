package io.infrafabric.coordinator.archive;

import com.google.protobuf.ByteString;
import io.infrafabric.coordinator.commitment.HelpMoney;
import io.infrafabric.coordinator.plan.PhaseRules;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.task.StoredTask;
import io.infrafabric.coordinator.task.TaskStates;
import io.infrafabric.coordinator.v1.Attempt;
import io.infrafabric.coordinator.v1.PlanRecord;
import io.infrafabric.kit.store.Decision;
import io.infrafabric.kit.store.Step;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.kit.store.View;
import io.infrafabric.names.PlanId;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Takes a task of exactly this revision, whose record is safe in the archive, out of etcd; answers whether it did. */
final class ArchiveDecision implements Decision<Boolean> {
  private final Records records;
  private final TaskId task;
  private final Optional<PlanId> givenUpOf;
  private final long revision;
  private final long lease;
  private final InstantSource clock;
  private final Set<String> objects;

  /**
   * @param givenUpOf the plan that is to count the task as given up, if one is
   * @param revision of the record that the archive has
   * @param lease of the line that remains
   * @param objects that the record of that revision names; they are needed for as long as the line remains
   */
  ArchiveDecision(Records records, TaskId task, Optional<PlanId> givenUpOf, long revision, long lease, Set<String> objects, InstantSource clock) {
    this.objects = objects;
    this.records = records;
    this.task = task;
    this.givenUpOf = givenUpOf;
    this.revision = revision;
    this.lease = lease;
    this.clock = clock;
  }

  @Override
  public Set<String> reads() {
    return Set.of();
  }

  @Override
  public Set<String> writes() {
    Set<String> keys = new HashSet<>(Set.of(records.keys().task(task), records.keys().archived(task)));
    givenUpOf.ifPresent(plan -> keys.add(records.keys().plan(plan)));
    objects.forEach(sha256 -> keys.add(records.keys().objectUse(sha256, task)));
    return keys;
  }

  @Override
  public Step<Boolean> decide(View view) {
    Optional<StoredTask> stored = records.task(view, task);
    if (stored.isEmpty() || stored.get().task().getRevision() != revision || !TaskStates.isTerminal(stored.get().task()) || !booked(view, stored.get())) {
      return Step.answer(false);
    }
    Txn.Builder txn =
        Txn.builder()
            .delete(view, records.keys().task(task))
            .put(view, records.keys().archived(task), Records.bytes(ArchiveRules.line(stored.get(), clock.instant())), lease);
    if (givenUpOf.isPresent()) {
      Optional<PlanRecord> plan = records.plan(view, givenUpOf.get());
      if (plan.isEmpty() || !ArchiveRules.isGivenUp(stored.get().task(), plan)) {
        return Step.answer(false); // it is to be looked at anew
      }
      txn.put(view, records.keys().plan(givenUpOf.get()), Records.bytes(PhaseRules.givenUp(plan.get(), stored.get().task().getPlanPlace().getPhase())));
    }
    objects.forEach(sha256 -> txn.put(view, records.keys().objectUse(sha256, task), ByteString.EMPTY, lease));
    return Step.commit(txn.build(), done -> true);
  }

  /** A book only loses claims of a task that has ended: so it need not be compared. */
  private boolean booked(View view, StoredTask stored) {
    List<Attempt> attempts = stored.task().getAttemptsList();
    return Stream.concat(HelpMoney.payer(stored.task().getSpec()).stream(), attempts.stream().map(attempt -> new SwarmId(attempt.getSwarmId())))
        .distinct()
        .allMatch(swarm -> ArchiveRules.isBooked(stored.task(), records.commitments(view, swarm)));
  }
}
