package io.infrafabric.coordinator.claim;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.TraceContext;
import io.infrafabric.coordinator.commitment.CommitmentRules;
import io.infrafabric.coordinator.commitment.HelpMoney;
import io.infrafabric.coordinator.plan.CancellationRules;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.session.SessionRules;
import io.infrafabric.coordinator.task.ClockRules;
import io.infrafabric.coordinator.task.StoredTask;
import io.infrafabric.coordinator.task.TaskStates;
import io.infrafabric.coordinator.v1.Attempt;
import io.infrafabric.coordinator.v1.Claimed;
import io.infrafabric.coordinator.v1.Commitment;
import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.coordinator.v1.LastChange;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.store.Decision;
import io.infrafabric.kit.store.Step;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.kit.store.View;
import io.infrafabric.kit.telemetry.StepSpan;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.PlanId;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Ends a claim, by its holder or because the holder's session ended: the task moves on and the promise becomes a cost, of whoever pays for the
 * task. One that would go back compares its plan, because nothing of a cancelled plan does.
 */
final class EndDecision implements Decision<EndDecision.Result> {
  private final Records records;
  private final Report report;
  private final EndRules.End end;
  private final Known known;
  private final StepSpan span;
  private final InstantSource clock;

  /** About which claim, and under which request; the fabric itself has none. */
  record Report(String requestId, TaskId task, SwarmId swarm, long fence) {}

  /**
   * The task after it.
   *
   * @param revision of the end; of what the task is by now when the same request had ended the claim before
   */
  record Result(long revision, TaskState state, Instant at) {}

  /**
   * What the caller knows of the task.
   *
   * @param payer who pays for it instead of its holder
   * @param plan that it names; looked at only when it would go back
   */
  record Known(Optional<SwarmId> payer, Optional<PlanId> plan) {}

  /**
   * @param known when it is not so the call is refused as CONTENDED
   */
  EndDecision(Records records, Report report, EndRules.End end, Known known, StepSpan span, InstantSource clock) {
    this.records = records;
    this.report = report;
    this.end = end;
    this.known = known;
    this.span = span;
    this.clock = clock;
  }

  @Override
  public Set<String> reads() {
    Set<String> keys = new HashSet<>();
    if (end instanceof EndRules.End.Lost) {
      keys.add(records.keys().session(report.swarm()));
    }
    if (end instanceof EndRules.End.Revoked) {
      keys.add(records.keys().standing(report.swarm()));
    }
    plan().ifPresent(plan -> keys.add(records.keys().plan(plan)));
    known.payer().ifPresent(payer -> keys.add(records.keys().standing(report.swarm()))); // whether its help was any of its business
    return keys;
  }

  /** The plan that must not be cancelled, or the task does not go back. */
  private Optional<PlanId> plan() {
    return EndRules.goesBack(end) ? known.plan() : Optional.empty();
  }

  @Override
  public Set<String> writes() {
    Set<String> keys = new HashSet<>(shared());
    keys.add(records.keys().task(report.task()));
    return keys;
  }

  @Override
  public Set<String> shared() {
    String book = records.keys().commitments(report.swarm());
    return known.payer().map(swarm -> Set.copyOf(List.of(book, records.keys().commitments(swarm)))).orElse(Set.of(book));
  }

  @Override
  public Step<Result> decide(View view) {
    Optional<StoredTask> stored = records.task(view, report.task());
    return switch (ClaimRules.report(report.task().value(), stored, report.swarm().value(), report.fence(), report.requestId())) {
      case ClaimRules.Report.Refused(Refusal refusal) -> Step.refuse(refusal);
      case ClaimRules.Report.Done(Attempt attempt) -> done(stored.orElseThrow().task(), attempt);
      case ClaimRules.Report.Current(Claimed claim) -> end(view, stored.orElseThrow(), claim);
    };
  }

  /** The same request again; the task may have moved on since. */
  private Step<Result> done(Task task, Attempt attempt) {
    span.in(task.getTrace());
    if (attempt.getEnd() != EndRules.how(end)) {
      return Step.refuseCertainly(ClaimRules.reused(report.requestId(), attempt, report.task().value()));
    }
    return Step.answer(
        new Result(task.getRevision(), attempt.getLedTo(), Times.toInstant(attempt.getEndedAt())));
  }

  private Step<Result> end(View view, StoredTask stored, Claimed claim) {
    Task task = stored.task();
    boolean ofAnotherPlan = EndRules.goesBack(end) && !Records.planOf(task.getSpec()).equals(known.plan());
    if (ofAnotherPlan || !HelpMoney.payer(task.getSpec()).equals(known.payer())) {
      return Step.refuseCertainly(
          Refusal.of(ErrorCode.ERROR_CODE_CONTENDED, "task " + report.task() + " is not known here yet").with("task_id", report.task()));
    }
    boolean lives = 
        end instanceof EndRules.End.Lost
            && SessionRules.covers(records.session(view, report.swarm()), records.sessionRevision(view, report.swarm()), claim.getSessionRevision());
    boolean progresses = end instanceof EndRules.End.Stalled && !ClockRules.isStalled(task, clock.instant());
    boolean mayGoOn = end instanceof EndRules.End.Revoked && !(HeldRules.next(task, records.standing(view, report.swarm()), true, records.policy(view).breaker()) instanceof HeldRules.Next.Revoke);
    if (lives || progresses || mayGoOn) {
      return Step.answer(new Result(task.getRevision(), TaskStates.of(task), clock.instant()));
    }
    long cap = task.getSpec().getMaxCostMicros() - claim.getHelpMicros();
    if (end.costMicros() > cap) {
      return Step.refuseCertainly(
          Refusal.of(
                  ErrorCode.ERROR_CODE_COST_OVER_CAP,
                  "task " + report.task() + " may cost " + cap + " micro-USD, not " + end.costMicros()
                      + (claim.getHelpMicros() == 0 ? "" : "; its help has cost " + claim.getHelpMicros()))
              .with("task_id", report.task())
              .with("max_cost_micros", cap));
    }
    Instant now = clock.instant();
    TraceContext trace = span.in(task.getTrace());
    span.task(report.task().value())
        .swarm(report.swarm().value())
        .claim(claim.getClaimId())
        .fence(report.fence());
    if (end instanceof EndRules.End.Fail) {
      span.tellsOf("attempt failed");
    } else if (end instanceof EndRules.End.Lost) {
      span.tellsOf("attempt lost");
    }
    EndRules.Ended ended =
        plan()
            .filter(plan -> records.isCancelled(view, plan))
            .flatMap(plan -> records.plan(view, plan))
            .map(plan -> EndRules.unwanted(task, end, CancellationRules.reason(plan), report.requestId(), now))
            .orElseGet(() -> EndRules.end(task, end, report.requestId(), now));
    LastChange change =
        LastChange.newBuilder()
            .setRequestId(report.requestId())
            .setEvent(ended.event())
            .setAt(Times.toProto(now))
            .setTrace(trace)
            .setSwarmId(claim.getSwarmId())
            .setClaimId(claim.getClaimId())
            .setFence(claim.getFence())
            .setCostMicros(end.costMicros())
            .setReason(end.reason())
            .build();
    Commitment booked =
        Commitment.newBuilder()
            .setClaimId(claim.getClaimId())
            .setEnd(ended.end())
            .setCostMicros(known.payer().isPresent() ? 0 : end.costMicros())
            .setFence(claim.getFence())
            .setAt(Times.toProto(now))
            .setTrace(trace)
            .build();
    CommitmentsRecord own = CommitmentRules.ended(records.commitments(view, report.swarm()), booked, task.getSpec().getRequiredCapabilitiesList());
    Txn.Builder txn =
        Txn.builder()
            .put(view, records.keys().task(report.task()), stored.next(ended.task(), change))
            .put(
                view,
                records.keys().commitments(report.swarm()),
                Records.bytes(own));
    known.payer().ifPresent(
        swarm -> {
          Commitment paid = booked.toBuilder().setCostMicros(end.costMicros()).build();
          CommitmentsRecord book = HelpMoney.ended(records.commitments(view, swarm), task, paid, records.settledBy(view, report.swarm()));
          CommitmentsRecord next = TaskStates.isTerminal(ended.task()) ? HelpMoney.finished(book, task.getSpec()) : book;
          txn.put(view, records.keys().commitments(swarm), Records.bytes(next));
        });
    if (end instanceof EndRules.End.Lost) {
      txn.unchanged(view, records.keys().session(report.swarm()));
    }
    if (end instanceof EndRules.End.Revoked) {
      txn.unchanged(view, records.keys().standing(report.swarm()));
    }
    plan().ifPresent(plan -> txn.unchanged(view, records.keys().plan(plan)));
    return Step.commit(txn.build(), revision -> new Result(revision, TaskStates.of(ended.task()), now));
  }
}
