package io.infrafabric.coordinator.claim;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.ErrorType;
import io.infrafabric.coordinator.archive.Archived;
import io.infrafabric.coordinator.commitment.CommitmentRules;
import io.infrafabric.coordinator.commitment.HelpMoney;
import io.infrafabric.coordinator.plan.FairShare;
import io.infrafabric.coordinator.plan.LastOnes;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.storage.Room;
import io.infrafabric.coordinator.task.PushRules;
import io.infrafabric.coordinator.task.ReadyTask;
import io.infrafabric.coordinator.task.Requirement;
import io.infrafabric.coordinator.task.StoredTask;
import io.infrafabric.coordinator.task.TaskIndex;
import io.infrafabric.coordinator.task.WorkOrder;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ListClaimsRequest;
import io.infrafabric.coordinator.v1.ListClaimsResponse;
import io.infrafabric.coordinator.v1.ReportProgressRequest;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.RefusedException;
import io.infrafabric.kit.lifecycle.Threads;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.telemetry.StepSpan;
import io.infrafabric.kit.telemetry.Traces;
import io.infrafabric.names.PlanId;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import java.time.Duration;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/** Takes and ends claims for callers. */
public final class Claims {
  /** Tasks that ClaimNext loses to others before it says that there is nothing. */
  private static final int LOSSES = 8;

  /** Tasks of one requirement that the conditions of the policy deny, or that are not for now, before ClaimNext looks at the next requirement. */
  private static final int PASSED = 256;

  /** Refusals of a task that another may have instead. */
  private static final Set<ErrorCode> LOST =
      EnumSet.of(
          ErrorCode.ERROR_CODE_ALREADY_CLAIMED,
          ErrorCode.ERROR_CODE_TASK_NOT_READY,
          ErrorCode.ERROR_CODE_TASK_ENDED,
          ErrorCode.ERROR_CODE_TASK_NOT_FOUND,
          ErrorCode.ERROR_CODE_PLAN_ENDED,
          ErrorCode.ERROR_CODE_POLICY_DENIED,
          ErrorCode.ERROR_CODE_CONTENDED);

  /** Refusals of a task that was not there to be had any more. */
  private static final Set<ErrorCode> TAKEN =
      EnumSet.of(
          ErrorCode.ERROR_CODE_ALREADY_CLAIMED,
          ErrorCode.ERROR_CODE_TASK_NOT_READY,
          ErrorCode.ERROR_CODE_TASK_ENDED,
          ErrorCode.ERROR_CODE_TASK_NOT_FOUND,
          ErrorCode.ERROR_CODE_PLAN_ENDED);

  /** Refusals of ClaimNext that another coordinator, or the first try of its request, may have made wrong. */
  private static final Set<ErrorType> BY_THE_COPY = EnumSet.of(ErrorType.ERROR_TYPE_CONFLICT, ErrorType.ERROR_TYPE_INSUFFICIENT);

  private final Replica replica;
  private final Records records;
  private final TaskIndex index;
  private final Archived archived;
  private final Room room;
  private final FairShare shares;
  private final Traces traces;
  private final InstantSource clock;
  private final LongAdder made = new LongAdder();
  private final Askers askers = new Askers(System::nanoTime);
  private volatile Judge judge = Judge.NONE;
  private final Set<TaskId> wooed = ConcurrentHashMap.newKeySet();
  /** Not on the replica's thread: the ready tasks are looked through. */
  private final Executor away = Threads.virtualPerTask("claim-next");

  public Claims(
      Replica replica, Records records, TaskIndex index, FairShare shares, Archived archived, Room room, Traces traces, InstantSource clock) {
    this.replica = replica;
    this.records = records;
    this.index = index;
    this.shares = shares;
    this.archived = archived;
    this.room = room;
    this.traces = traces;
    this.clock = clock;
  }

  /** From now on this hears how claims are decided on. */
  public void onJudged(Judge next) {
    judge = next;
  }

  /** What gives claims to newer sessions of their holders. */
  public Inheritance inheritance() {
    return new Inheritance(replica, records, this, traces, clock);
  }

  /** Pages through what a swarm holds. */
  CompletableFuture<ListClaimsResponse> list(ListClaimsRequest request) {
    return new HeldClaims(replica, records).list(request);
  }

  /** Claims committed here since the start; a retry that is told what it did is none. */
  public long made() {
    return made.sum();
  }

  /** Who is about to ask here for a task. */
  public Askers askers() {
    return askers;
  }

  /** Done when the swarm holds the task under that fence, by the store itself; otherwise the refusal that any report would get. */
  public CompletableFuture<Void> held(TaskId task, SwarmId swarm, long fence) {
    String key = records.keys().task(task);
    return replica
        .refresh(Set.of(key))
        .<Void>thenApply(
            found -> {
              Optional<StoredTask> stored = Optional.ofNullable(found.get(key)).map(StoredTask::of);
              if (ClaimRules.report(task.value(), stored, swarm.value(), fence, "") instanceof ClaimRules.Report.Refused(Refusal refusal)) {
                throw refusal.asException();
              }
              return null;
            })
        .exceptionallyCompose(failure -> archived.orEnded(task, failure));
  }

  /** Claims one task. */
  public CompletableFuture<Claim> claim(TaskId task, ClaimCommand command) {
    return claim(task, command, Optional.empty()).whenComplete((claim, failure) -> askers.waits(command.swarm()));
  }

  private CompletableFuture<Claim> claim(TaskId task, ClaimCommand command, Optional<LastOnes> last) {
    StepSpan span = traces.served("claim");
    ClaimDecision decision = new ClaimDecision(records, task, command, last, room, span, clock);
    return replica
        .decide(decision)
        .whenComplete(
            (claim, failure) -> {
              if (decision.isMade()) {
                made.increment();
              }
              tell(decision, claim, failure);
              span.end(failure);
            })
        .exceptionallyCompose(failure -> archived.orEnded(task, failure));
  }

  private void tell(ClaimDecision decision, Claim claim, Throwable failure) {
    decision
        .judged()
        .ifPresent(
            by -> {
              if (decision.isMade() && failure == null) {
                judge.admitted(by.spec(), by.admission(), claim.getClaimId());
              } else {
                refusal(failure).ifPresent(refusal -> judge.refused(by.spec(), by.admission(), refusal));
              }
            });
  }

  /** Claims the first ready task that the swarm may have. A retry of a request that got one gets the same one. */
  public CompletableFuture<Claim> claimNext(ClaimCommand command) {
    return next(command, new HashSet<>())
        .exceptionallyCompose(failure -> looksStale(failure) ? surely(command) : CompletableFuture.failedFuture(failure))
        .whenComplete(
            (claim, failure) -> {
              if (failure == null) {
                askers.served(command.swarm());
              } else {
                askers.waits(command.swarm());
              }
            });
  }

  /** What became of tasks that the caller has not named says nothing to it. */
  private static Throwable afterLosses(Throwable failure) {
    return refusal(failure).map(Refusal::code).filter(TAKEN::contains).isPresent() ? othersWereFaster().asException() : failure;
  }

  private static Refusal othersWereFaster() {
    return Refusal.of(ErrorCode.ERROR_CODE_CONTENDED, "others were faster with %d tasks, one after the other".formatted(LOSSES))
        .retryAfter(Duration.ofMillis(100));
  }

  /** A refusal by the copy at hand, which may lag behind another coordinator, or behind the first try of this request. */
  private static boolean looksStale(Throwable failure) {
    return refusal(failure)
        .filter(refusal -> BY_THE_COPY.contains(refusal.traits().getType()) || refusal.code() == ErrorCode.ERROR_CODE_SWARM_NOT_FOUND)
        .isPresent();
  }

  /** The same after a look at the store itself. */
  private CompletableFuture<Claim> surely(ClaimCommand command) {
    Set<String> admission =
        Set.of(
            records.keys().session(command.swarm()),
            records.keys().standing(command.swarm()),
            records.keys().commitments(command.swarm()));
    return replica.refresh(admission).thenComposeAsync(read -> next(command, new HashSet<>()), away);
  }

  private CompletableFuture<Claim> next(ClaimCommand command, Set<TaskId> lost) {
    Optional<TaskId> before =
        CommitmentRules.ofRequest(records.commitments(replica, command.swarm()), command.requestId())
            .map(commitment -> new TaskId(commitment.getTaskId()))
            .filter(task -> !lost.contains(task));
    if (before.isPresent()) {
      return claim(before.get(), command, Optional.empty());
    }
    Choice choice = choose(command, lost);
    if (choice.refusal().isPresent()) {
      return CompletableFuture.failedFuture(choice.refusal().get().asException());
    }
    ReadyTask chosen = choice.task().orElseThrow();
    TaskId task = chosen.id();
    return claim(task, command, choice.last())
        .whenComplete(
            (claim, failure) -> {
              wooed.remove(task);
              shares.settled(chosen, command.swarm());
            })
        .exceptionallyComposeAsync(
            failure -> {
              lost.add(task);
              Optional<TaskId> done = doneBefore(failure).filter(other -> !lost.contains(other));
              if (done.isPresent()) {
                return claim(done.get(), command, Optional.empty());
              }
              return wasLost(failure) && lost.size() < LOSSES ? next(command, lost) : CompletableFuture.failedFuture(afterLosses(failure));
            },
            away);
  }

  /** A task that is being wooed for this call, or why there is none. */
  private record Choice(Optional<ReadyTask> task, Optional<LastOnes> last, Optional<Refusal> refusal) {
    static Choice none(Refusal refusal) {
      return new Choice(Optional.empty(), Optional.empty(), Optional.of(refusal));
    }
  }

  /** Picks a task by the copy at hand, and keeps other calls of this process off it while it is being claimed. */
  private Choice choose(ClaimCommand command, Set<TaskId> lost) {
    Admission admission = records.admission(replica, command.swarm());
    Optional<Refusal> session = ClaimRules.session(command, admission);
    if (session.isPresent()) {
      return Choice.none(session.get());
    }
    WorkOrder order = index.blocked().orderOf(command.swarm());
    Optional<ReadyTask> best = Optional.empty();
    Optional<Refusal> ofTheSwarm = Optional.empty();
    for (Requirement requirement : index.requirements()) {
      Optional<ReadyTask> first = firstFree(requirement, command.swarm(), admission, lost, order);
      if (first.isEmpty() || (best.isPresent() && order.compare(best.get(), first.get()) < 0)) {
        continue;
      }
      Optional<Refusal> refusal = ClaimRules.admitKind(first.get().spec(), admission);
      if (refusal.isEmpty()) {
        best = shares.mayTake(first.get(), command.swarm()) ? first : best;
      } else if (isOfTheSwarm(refusal.get())) {
        ofTheSwarm = refusal;
      }
    }
    if (best.isPresent() && !wooed.add(best.get().id())) {
      return choose(command, lost); // another call was faster; it is not free any more
    }
    if (best.isEmpty()) {
      return Choice.none(ofTheSwarm.orElseGet(() -> nothingReady(command)));
    }
    FairShare.Grant grant = shares.take(best.get(), command.swarm());
    if (!grant.may()) {
      wooed.remove(best.get().id());
      return choose(command, lost); // another call of this swarm has used up its share
    }
    return new Choice(best, grant.last(), Optional.empty());
  }

  private Optional<ReadyTask> firstFree(Requirement requirement, SwarmId swarm, Admission admission, Set<TaskId> lost, WorkOrder order) {
    Optional<ReadyTask> later = Optional.empty();
    int passed = 0;
    for (ReadyTask task : index.readyOf(requirement)) {
      boolean kept = task.push().hasUntil() && PushRules.isKeptFrom(task.push(), swarm, clock.instant());
      if (!kept && !lost.contains(task.id()) && !wooed.contains(task.id())) {
        boolean meets = ReadyAdmission.meetsConditions(records, replica, task, admission);
        if (meets && (order.isFirst(task) || requirement.filler())) {
          return Optional.of(task);
        }
        later = meets && later.isEmpty() ? Optional.of(task) : later;
        if (++passed == PASSED) {
          return later;
        }
      }
    }
    return later;
  }

  private static Refusal nothingReady(ClaimCommand command) {
    return Refusal.of(ErrorCode.ERROR_CODE_NO_TASK_READY, "no ready task is for swarm " + command.swarm() + " now")
        .with("swarm_id", command.swarm())
        .retryAfter(Duration.ofSeconds(1));
  }

  /** Refusals that no other task would lift. */
  private static boolean isOfTheSwarm(Refusal refusal) {
    return refusal.code() == ErrorCode.ERROR_CODE_AT_CAPACITY
        || (refusal.code() == ErrorCode.ERROR_CODE_BREAKER_OPEN && !refusal.metadata().containsKey("capability"))
        || refusal.code() == ErrorCode.ERROR_CODE_SETTLEMENT_BACKLOG;
  }

  /** The task that the same request has claimed before, if the failure says so. */
  private static Optional<TaskId> doneBefore(Throwable failure) {
    return refusal(failure)
        .filter(refusal -> refusal.code() == ErrorCode.ERROR_CODE_REQUEST_ID_REUSED)
        .map(refusal -> new TaskId(refusal.metadata().get("task_id")));
  }

  private static Optional<Refusal> refusal(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    return cause instanceof RefusedException refused ? Optional.of(refused.refusal()) : Optional.empty();
  }

  private static boolean wasLost(Throwable failure) {
    return refusal(failure).map(Refusal::code).filter(LOST::contains).isPresent();
  }

  /** Notes progress; answers the revision. */
  public CompletableFuture<Long> progress(TaskId task, ReportProgressRequest request) {
    StepSpan span = traces.served("progress");
    return replica
        .decide(new ProgressDecision(records, task, request, span, clock))
        .whenComplete((revision, failure) -> span.end(failure))
        .exceptionallyCompose(failure -> archived.orEnded(task, failure));
  }

  /** Ends a claim for its holder. */
  CompletableFuture<EndDecision.Result> end(EndDecision.Report report, EndRules.End end) {
    return end(report, end, () -> traces.served(name(end))).exceptionallyCompose(failure -> archived.orEnded(report.task(), failure));
  }

  /** Takes a claim back whose session has ended. */
  CompletableFuture<EndDecision.Result> lose(EndDecision.Report report) {
    return end(report, new EndRules.End.Lost("the session of swarm " + report.swarm() + " ended"), () -> traces.internal("lose"));
  }

  /** Takes a claim back whose holder has reported no progress. */
  CompletableFuture<EndDecision.Result> stall(EndDecision.Report report, Duration silence) {
    return end(report, new EndRules.End.Stalled("no progress was reported for " + silence), () -> traces.internal("stall"));
  }

  /** Takes a claim back because a breaker of its holder is open. */
  CompletableFuture<EndDecision.Result> revoke(EndDecision.Report report, String why) {
    return end(report, new EndRules.End.Revoked(why), () -> traces.internal("revoke"));
  }

  /** The copy knows who pays for what is held, and of which plan it is; when it lags, the store does. */
  private CompletableFuture<EndDecision.Result> end(EndDecision.Report report, EndRules.End end, Supplier<StepSpan> begin) {
    TaskIndex.Held held = index.heldBy(report.swarm()).get(report.task());
    Optional<PlanId> plan = EndRules.goesBack(end) ? records.task(replica, report.task()).flatMap(stored -> Records.planOf(stored.task().getSpec())) : Optional.empty();
    return end(report, end, new EndDecision.Known(held == null ? Optional.empty() : held.payer(), plan), begin.get())
        .exceptionallyCompose(
            failure -> {
              if (refusal(failure).filter(refusal -> refusal.code() == ErrorCode.ERROR_CODE_CONTENDED).isEmpty()) {
                return CompletableFuture.failedFuture(failure);
              }
              String key = records.keys().task(report.task());
              return replica
                  .refresh(Set.of(key))
                  .thenCompose(
                      found -> {
                        Optional<TaskSpec> spec = Optional.ofNullable(found.get(key)).map(entry -> StoredTask.of(entry).task().getSpec());
                        return end(report, end, new EndDecision.Known(spec.flatMap(HelpMoney::payer), spec.flatMap(Records::planOf)), begin.get());
                      });
            });
  }

  private CompletableFuture<EndDecision.Result> end(EndDecision.Report report, EndRules.End end, EndDecision.Known known, StepSpan span) {
    return replica
        .decide(new EndDecision(records, report, end, known, span, clock))
        .whenComplete((result, failure) -> span.end(failure));
  }

  private static String name(EndRules.End end) {
    return switch (end) {
      case EndRules.End.Complete complete -> "complete";
      case EndRules.End.Fail fail -> "fail";
      case EndRules.End.Release release -> "release";
      case EndRules.End.Lost lost -> "lose";
      case EndRules.End.Stalled stalled -> "stall";
      case EndRules.End.Revoked revoked -> "revoke";
      case EndRules.End.Cancel cancel -> "cancel";
      case EndRules.End.Supersede supersede -> "supersede";
    };
  }
}
