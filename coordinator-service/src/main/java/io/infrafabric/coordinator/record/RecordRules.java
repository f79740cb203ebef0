package io.infrafabric.coordinator.record;

import io.infrafabric.coordinator.v1.ArchivedTask;
import io.infrafabric.coordinator.v1.Attempt;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.BlockerRecord;
import io.infrafabric.coordinator.v1.Claimed;
import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.coordinator.v1.NoteRecord;
import io.infrafabric.coordinator.v1.PhaseRecord;
import io.infrafabric.coordinator.v1.PlanRecord;
import io.infrafabric.coordinator.v1.SessionRecord;
import io.infrafabric.coordinator.v1.SharesRecord;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskRecord;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.kit.quarantine.RecordTable;
import io.infrafabric.kit.quarantine.Treatment;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.RecordCheck;
import io.infrafabric.kit.store.RecordShape;
import io.infrafabric.names.Ids;
import io.infrafabric.names.Keys;
import io.infrafabric.names.TaskId;
import io.infrafabric.policy.PolicyRecords;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What the records that a coordinator reads must hold, so that no reader of one fails on it: whatever became an id there is one. Pure.
 * What is worse than absent when it cannot be read is kept; see docs/adr/0012.
 */
public final class RecordRules implements RecordCheck {
  private final Keys keys;
  private final RecordTable table;

  public RecordRules(Keys keys) {
    this.keys = keys;
    table =
        new RecordTable()
            .own(keys.tasks(), Treatment.MOVE, this::task)
            .own(keys.commitments(), Treatment.KEEP, RecordRules::commitments)
            .others(keys.standings(), RecordRules::standing)
            .others(keys.policies(), PolicyRecords::fault)
            .own(keys.sessions(), Treatment.MOVE, RecordRules::session)
            .own(keys.notes(), Treatment.MOVE, RecordRules::note)
            .own(keys.plans(), Treatment.MOVE, RecordRules::plan)
            .own(keys.blockers(), Treatment.MOVE, RecordRules::blocker)
            .own(keys.shares(), Treatment.MOVE, RecordRules::shares)
            .own(keys.archive(), Treatment.KEEP, RecordRules::archived);
  }

  /** What becomes of an unreadable record under the prefixes that the coordinator alone writes. */
  public Map<String, Treatment> owned() {
    return table.owned();
  }

  @Override
  public Optional<String> fault(Entry entry) {
    return table.fault(entry);
  }

  private Optional<String> task(Entry entry) {
    return RecordShape.fault(entry, TaskRecord.parser(), record -> record.getTask().getSpec().getTaskId(), this::inside)
        .or(() -> unless(keys.task(new TaskId(Keys.idOf(entry.key()))).equals(entry.key()), "it stands in the shard of another task"));
  }

  private Optional<String> inside(TaskRecord record) {
    Task task = record.getTask();
    Stream<Claimed> claims = Stream.of(task.getClaimed(), task.getParked().getClaim()).filter(claim -> !claim.equals(Claimed.getDefaultInstance()));
    Stream<String> swarms = Stream.concat(claims.map(Claimed::getSwarmId), task.getAttemptsList().stream().map(Attempt::getSwarmId));
    return unless(task.getStateCase() != Task.StateCase.STATE_NOT_SET, "it has no state")
        .or(() -> unless(record.hasLast(), "it does not say what wrote it"))
        .or(() -> unless(!task.hasClaimed() || Ids.isId(task.getClaimed().getSwarmId()), "its claim has no holder"))
        .or(() -> unless(!task.hasParked() || Ids.isId(task.getParked().getClaim().getSwarmId()), "its claim has no holder"))
        .or(() -> unless(swarms.allMatch(Ids::isId), "it names a swarm that cannot be one"))
        .or(() -> unless(isOptionalId(task.getSpec().getPaidBySwarmId()) && isOptionalId(task.getSpec().getHelpsSwarmId()), "it names a swarm that cannot be one"))
        .or(() -> unless(!task.hasPlanPlace() || Ids.isId(task.getSpec().getPlanId()), "it names a plan that cannot be one"))
        .or(() -> ids(task.getSpec().getDependsOnList()))
        .or(() -> ids(task.getWaiting().getOpenDependenciesList()))
        .or(() -> unless(isOptionalId(task.getTwinOf()) && isOptionalId(task.getTwinId()), "it names a task that cannot be one"));
  }

  private static Optional<String> note(Entry entry) {
    return RecordShape.fault(entry, NoteRecord.parser(), NoteRecord::getSwarmId, note -> Optional.empty());
  }

  private static Optional<String> plan(Entry entry) {
    return RecordShape.fault(
        entry,
        PlanRecord.parser(),
        PlanRecord::getPlanId,
        plan ->
            unless(!plan.getDigest().isEmpty() && plan.getPhasesCount() > 0, "it has no digest or no phases")
                .or(() -> ids(plan.getPhasesList().stream().map(PhaseRecord::getTaskIdsList).flatMap(Collection::stream).toList()))
                .or(() -> ids(plan.getFillerIdsList())));
  }

  private static Optional<String> shares(Entry entry) {
    return RecordShape.fault(
        entry,
        SharesRecord.parser(),
        SharesRecord::getPlanId,
        shares ->
            unless(
                shares.getTakenList().stream().allMatch(taken -> Ids.isId(taken.getTaskId()) && Ids.isId(taken.getSwarmId())),
                "a line of it is of no claim"));
  }

  private static Optional<String> session(Entry entry) {
    return RecordShape.fault(
        entry,
        SessionRecord.parser(),
        SessionRecord::getSwarmId,
        session ->
            unless(!session.getSessionId().isEmpty(), "it has no session id")
                .or(() -> unless(session.getLeaseId() != 0 && session.getLeaseId() == entry.lease(), "it is not on its lease")));
  }

  private static Optional<String> blocker(Entry entry) {
    return RecordShape.fault(
        entry,
        BlockerRecord.parser(),
        record -> record.getBlocker().getBlockerId(),
        record -> {
          Blocker blocker = record.getBlocker();
          return unless(Ids.isId(blocker.getTaskId()), "it has no task")
              .or(() -> unless(Ids.isId(blocker.getSwarmId()), "it has no swarm"))
              .or(() -> ids(blocker.getHelpTaskIdsList()))
              .or(() -> ids(blocker.getWaitsForTaskIdsList()));
        });
  }

  private static Optional<String> commitments(Entry entry) {
    return RecordShape.fault(
        entry,
        CommitmentsRecord.parser(),
        CommitmentsRecord::getSwarmId,
        book ->
            unless(
                book.getCommitmentsList().stream()
                    .allMatch(
                        line ->
                            !line.getClaimId().isEmpty()
                                && Ids.isId(line.getTaskId())
                                && line.getMaxCostMicros() >= 0
                                && line.getCostMicros() >= 0),
                "a line of it is no commitment"));
  }

  private static Optional<String> standing(Entry entry) {
    return RecordShape.fault(
        entry,
        Standing.parser(),
        Standing::getSwarmId,
        standing ->
            unless(
                standing.getBreaker() != BreakerState.BREAKER_STATE_UNSPECIFIED && standing.getBreaker() != BreakerState.UNRECOGNIZED,
                "it does not say whether the breaker is open"));
  }

  private static Optional<String> archived(Entry entry) {
    return RecordShape.fault(
        entry,
        ArchivedTask.parser(),
        ArchivedTask::getTaskId,
        line -> unless(line.getState() != TaskState.TASK_STATE_UNSPECIFIED && line.getRevision() > 0, "it does not say how the task ended"));
  }

  private static Optional<String> unless(boolean right, String wrong) {
    return right ? Optional.empty() : Optional.of(wrong);
  }

  private static boolean isOptionalId(String id) {
    return id.isEmpty() || Ids.isId(id);
  }

  private static Optional<String> ids(Collection<String> tasks) {
    return unless(tasks.stream().allMatch(Ids::isId), "it names a task that cannot be one");
  }
}
