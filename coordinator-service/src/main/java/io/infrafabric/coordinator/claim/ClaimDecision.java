package io.infrafabric.coordinator.claim;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.TraceContext;
import io.infrafabric.coordinator.commitment.CommitmentRules;
import io.infrafabric.coordinator.plan.CancellationRules;
import io.infrafabric.coordinator.plan.LastOnes;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.storage.Room;
import io.infrafabric.coordinator.task.OwnerRules;
import io.infrafabric.coordinator.task.PushRules;
import io.infrafabric.coordinator.task.StoredTask;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.Claimed;
import io.infrafabric.coordinator.v1.Commitment;
import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.coordinator.v1.LastChange;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.store.Decision;
import io.infrafabric.kit.store.Step;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.kit.store.View;
import io.infrafabric.kit.telemetry.StepSpan;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.Ids;
import io.infrafabric.names.TaskId;
import io.infrafabric.policy.StopRules;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Single-commit admission: one transaction compares the task, the session, the standing and the commitments, and writes the
 * claim and the promise (architecture.md).
 */
final class ClaimDecision implements Decision<Claim> {
  private final Records records;
  private final TaskId task;
  private final ClaimCommand command;
  private final Optional<LastOnes> last;
  private final Room room;
  private final StepSpan span;
  private final InstantSource clock;
  private volatile boolean made;
  private volatile Optional<Judged> judged = Optional.empty();

  /** What the last look was judged by; absent unless the task was ready and the swarm registered. */
  record Judged(TaskSpec spec, Admission admission) {}

  /**
   * @param last what the claim has to heed when the task is one of the last ones that are shared out
   */
  ClaimDecision(Records records, TaskId task, ClaimCommand command, Optional<LastOnes> last, Room room, StepSpan span, InstantSource clock) {
    this.records = records;
    this.task = task;
    this.command = command;
    this.last = last;
    this.room = room;
    this.span = span;
    this.clock = clock;
  }

  Optional<Judged> judged() {
    return judged;
  }

  /** True when it has made the claim, and not found it made or refused it. */
  boolean isMade() {
    return made;
  }

  @Override
  public Set<String> reads() {
    return Set.of(records.keys().session(command.swarm()), records.keys().standing(command.swarm()), records.keys().policyInForce());
  }

  @Override
  public Set<String> writes() {
    Set<String> keys = new HashSet<>(Set.of(records.keys().task(task), records.keys().commitments(command.swarm())));
    last.map(LastOnes::key).ifPresent(keys::add);
    return keys;
  }

  @Override
  public Set<String> shared() {
    return Set.of(records.keys().commitments(command.swarm()));
  }

  @Override
  public Step<Claim> decide(View view) {
    Optional<StoredTask> stored =
        records.task(view, task).map(found -> new StoredTask(records.waitingFor(view, found.task()), found.last(), found.submitRequestId()));
    Admission admission = records.admission(view, command.swarm());
    judged =
        stored
            .filter(found -> found.task().hasReady() && admission.standing().isPresent())
            .map(found -> new Judged(OwnerRules.spec(found.task()), admission));
    return switch (ClaimRules.judge(task.value(), stored, command, admission)) {
      case ClaimRules.Verdict.Refused(var refusal, boolean certain) -> new Step.Refuse<>(refusal, certain);
      case ClaimRules.Verdict.Held(Claimed claim) -> held(view, stored.orElseThrow().task(), claim);
      case ClaimRules.Verdict.Admit() ->
          ofCancelledPlan(view, stored.orElseThrow().task())
              .or(() -> PushRules.keptFromOthers(stored.orElseThrow().task(), command.swarm(), clock.instant()))
              .<Step<Claim>>map(Step::refuse)
              .orElseGet(() -> takeUnlessDone(view, stored.orElseThrow(), admission));
    };
  }

  /** Not compared: what is claimed while its plan is being cancelled is cancelled like all that is held. */
  private Optional<Refusal> ofCancelledPlan(View view, Task of) {
    return Records.planOf(of.getSpec()).filter(plan -> records.isCancelled(view, plan)).map(plan -> CancellationRules.cancelled(plan.value()).with("task_id", task));
  }

  /** A retry is told what it did, whatever became of it; anybody else only what is so still, which the store has to say. */
  private Step<Claim> held(View view, Task of, Claimed claimed) {
    Claim answer = claim(of, claimed, trace(of));
    return claimed.getRequestId().equals(command.requestId())
        ? Step.answer(answer)
        : Step.commit(Txn.builder().unchanged(view, records.keys().task(task)).build(), revision -> answer);
  }

  private TraceContext trace(Task of) {
    return span.in(of.getTrace());
  }

  /** The commitments are compared by every claim of the swarm, and so they show surely what the same request did before. */
  private Step<Claim> takeUnlessDone(View view, StoredTask stored, Admission admission) {
    Optional<Commitment> before = CommitmentRules.ofRequest(admission.commitments(), command.requestId());
    if (before.isPresent() && (command.another() || before.get().getTaskId().equals(task.value())) && !CommitmentRules.isOpen(before.get())) {
      return Step.refuseCertainly(over().with("task_id", before.get().getTaskId()));
    }
    if (before.isPresent()) {
      String other = before.get().getTaskId();
      // Of this very task the copy may lag behind the commitments, and has yet to show that it is held.
      return new Step.Refuse<>(
          Refusal.of(ErrorCode.ERROR_CODE_REQUEST_ID_REUSED, "request " + command.requestId() + " has claimed task " + other + " before")
              .with("task_id", other),
          !other.equals(task.value()));
    }
    if (CommitmentRules.isPast(admission.commitments(), command.requestId())) {
      return Step.refuseCertainly(over());
    }
    if (last.filter(share -> !share.mayTake(view)).isPresent()) {
      return Step.refuse(overShare());
    }
    Optional<Refusal> full = room.forClaim();
    return full.isPresent() ? Step.refuse(full.get().with("task_id", task)) : take(view, stored, admission);
  }

  private Refusal over() {
    return Refusal.of(ErrorCode.ERROR_CODE_STALE_FENCE, "the claim that request " + command.requestId() + " made has ended; a new request may make another");
  }

  private Refusal overShare() {
    return Refusal.of(ErrorCode.ERROR_CODE_NO_TASK_READY, "the last tasks like " + task + " are kept for others that have had fewer than swarm " + command.swarm())
        .with("swarm_id", command.swarm())
        .retryAfter(Duration.ofSeconds(1));
  }

  private Step<Claim> take(View view, StoredTask stored, Admission admission) {
    Instant now = clock.instant();
    TraceContext trace = trace(stored.task());
    Claimed claimed =
        Claimed.newBuilder()
            .setSwarmId(command.swarm().value())
            .setAgent(command.agent())
            .setClaimId(Ids.ulid(now.toEpochMilli()))
            .setSince(Times.toProto(now))
            .setSessionRevision(admission.sessionRevision())
            .setRequestId(command.requestId())
            .build();
    Task.Builder taken = stored.task().toBuilder().setAttempt(stored.task().getAttempt() + 1).setClaimed(claimed);
    if (stored.task().hasPush()) {
      taken.getPushBuilder().setTaken(true);
    }
    Task next = taken.build();
    LastChange change =
        LastChange.newBuilder()
            .setRequestId(command.requestId())
            .setEvent(TaskEventType.TASK_EVENT_TYPE_CLAIMED)
            .setAt(claimed.getSince())
            .setTrace(trace)
            .setSwarmId(claimed.getSwarmId())
            .setClaimId(claimed.getClaimId())
            .build();
    Txn.Builder txn =
        Txn.builder()
            .put(view, records.keys().task(task), stored.next(next, change))
            .unchanged(view, records.keys().session(command.swarm()))
            .unchanged(view, records.keys().standing(command.swarm()))
            .put(view, records.keys().commitments(command.swarm()), Records.bytes(promised(admission, next, trace)));
    last.ifPresent(share -> txn.put(view, share.key(), share.next(view)));
    return Step.commit(
        txn.build(),
        revision -> {
          made = true;
          room.took(2L * next.getSerializedSize()); // its end writes as much once more, and must find room
          return claim(next, claimed.toBuilder().setFence(revision).build(), trace);
        });
  }

  private CommitmentsRecord promised(Admission admission, Task next, TraceContext trace) {
    Claimed claimed = next.getClaimed();
    return CommitmentRules.withoutSettled(admission.commitments(), admission.standing().orElseThrow()).toBuilder()
        .addCommitments(
            Commitment.newBuilder()
                .setClaimId(claimed.getClaimId())
                .setTaskId(task.value())
                .setMaxCostMicros(CommitmentRules.promiseMicros(next.getSpec()))
                .setAt(claimed.getSince())
                .setTrace(trace)
                .setRequestId(command.requestId())
                .setTaskClass(next.getSpec().getTaskClass())
                .addAllProbes(StopRules.probes(admission.standing().orElseThrow(), next.getSpec().getRequiredCapabilitiesList())))
        .build();
  }

  private Claim claim(Task of, Claimed claimed, TraceContext trace) {
    span.task(of.getSpec().getTaskId())
        .swarm(command.swarm().value())
        .claim(claimed.getClaimId())
        .fence(claimed.getFence());
    return HeldClaims.claim(of, claimed, trace);
  }
}
