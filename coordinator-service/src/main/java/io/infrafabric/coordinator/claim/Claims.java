package io.infrafabric.coordinator.claim;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.ErrorType;
import io.infrafabric.coordinator.commitment.CommitmentRules;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.task.ReadyTask;
import io.infrafabric.coordinator.task.TaskIndex;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.coordinator.v1.ReportProgressRequest;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.RefusedException;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.telemetry.StepSpan;
import io.infrafabric.kit.telemetry.Traces;
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

/** Takes and ends claims for callers. */
public final class Claims {
  /** Ready tasks that ClaimNext looks at before it says that there is nothing. */
  private static final int LOOK = 2_000;

  /** Tasks that ClaimNext loses to others before it says that there is nothing. */
  private static final int LOSSES = 8;

  /** Refusals of a task that another may have instead. */
  private static final Set<ErrorCode> LOST =
      EnumSet.of(
          ErrorCode.ERROR_CODE_ALREADY_CLAIMED,
          ErrorCode.ERROR_CODE_TASK_NOT_READY,
          ErrorCode.ERROR_CODE_TASK_ENDED,
          ErrorCode.ERROR_CODE_TASK_NOT_FOUND,
          ErrorCode.ERROR_CODE_CONTENDED);

  /** Refusals of ClaimNext that are wrong when its request has been done already. */
  private static final Set<ErrorType> MAY_BE_DONE = EnumSet.of(ErrorType.ERROR_TYPE_CONFLICT, ErrorType.ERROR_TYPE_INSUFFICIENT);

  private final Replica replica;
  private final Records records;
  private final TaskIndex index;
  private final Traces traces;
  private final InstantSource clock;
  private final Set<TaskId> wooed = ConcurrentHashMap.newKeySet();

  public Claims(Replica replica, Records records, TaskIndex index, Traces traces, InstantSource clock) {
    this.replica = replica;
    this.records = records;
    this.index = index;
    this.traces = traces;
    this.clock = clock;
  }

  /** Claims one task. */
  public CompletableFuture<Claim> claim(TaskId task, ClaimCommand command) {
    StepSpan span = traces.served("claim");
    return replica
        .decide(new ClaimDecision(records, task, command, span, clock))
        .whenComplete((claim, failure) -> span.end(failure));
  }

  /** Claims the first ready task that the swarm may have. A retry of a request that got one gets the same one. */
  public CompletableFuture<Claim> claimNext(ClaimCommand command) {
    Optional<TaskId> before = before(records.commitments(replica, command.swarm()), command);
    if (before.isPresent()) {
      return claim(before.get(), command);
    }
    return CompletableFuture.completedFuture(new HashSet<TaskId>())
        .thenCompose(lost -> next(command, lost))
        .exceptionallyCompose(failure -> unlessDoneElsewhere(command, failure));
  }

  private CompletableFuture<Claim> next(ClaimCommand command, Set<TaskId> lost) {
    Optional<TaskId> choice = choose(command, lost);
    if (choice.isEmpty()) {
      return CompletableFuture.failedFuture(
          Refusal.of(ErrorCode.ERROR_CODE_NO_TASK_READY, "no ready task is for swarm " + command.swarm() + " now")
              .with("swarm_id", command.swarm())
              .retryAfter(Duration.ofSeconds(1))
              .asException());
    }
    TaskId task = choice.get();
    return claim(task, command)
        .whenComplete((claim, failure) -> wooed.remove(task))
        .exceptionallyCompose(
            failure -> {
              lost.add(task);
              return wasLost(failure) && lost.size() < LOSSES ? next(command, lost) : CompletableFuture.failedFuture(failure);
            });
  }

  /**
   * The same request may have got a task from another coordinator that the copy here does not show yet. Nobody would know of
   * that claim if this answer were that there is none.
   */
  private CompletableFuture<Claim> unlessDoneElsewhere(ClaimCommand command, Throwable failure) {
    if (refusal(failure).filter(refusal -> MAY_BE_DONE.contains(refusal.traits().getType())).isEmpty()) {
      return CompletableFuture.failedFuture(failure);
    }
    String book = records.keys().commitments(command.swarm());
    return replica
        .refresh(Set.of(book))
        .thenCompose(
            found ->
                Optional.ofNullable(found.get(book))
                    .flatMap(entry -> before(Records.parse(entry, CommitmentsRecord.parser()), command))
                    .map(task -> claim(task, command))
                    .orElseGet(() -> CompletableFuture.failedFuture(failure)));
  }

  /** The task that this request has claimed. */
  private static Optional<TaskId> before(CommitmentsRecord book, ClaimCommand command) {
    return CommitmentRules.ofRequest(book, command.requestId()).map(commitment -> new TaskId(commitment.getTaskId()));
  }

  /** Picks a task by the copy at hand, and keeps other calls of this process off it while it is being claimed. */
  private Optional<TaskId> choose(ClaimCommand command, Set<TaskId> lost) {
    Admission admission = records.admission(replica, command.swarm());
    ClaimRules.session(command, admission)
        .ifPresent(
            refusal -> {
              if (refusal.code() == ErrorCode.ERROR_CODE_SWARM_NOT_FOUND || admission.session().isPresent()) {
                throw refusal.asException();
              }
            });
    if (admission.standing().isEmpty() || admission.session().isEmpty()) {
      throw ClaimRules.session(command, admission).orElseThrow().asException();
    }
    int looked = 0;
    Optional<Refusal> last = Optional.empty();
    for (ReadyTask task : index.ready()) {
      if (++looked > LOOK) {
        break;
      }
      if (lost.contains(task.id())) {
        continue;
      }
      Optional<Refusal> refusal = ClaimRules.admit(task.spec(), admission.standing().get(), admission.commitments());
      if (refusal.isEmpty() && wooed.add(task.id())) {
        return Optional.of(task.id());
      }
      last = refusal.isPresent() ? refusal : last;
    }
    last.filter(refusal -> isOfTheSwarm(refusal.code())).ifPresent(
        refusal -> {
          throw refusal.asException();
        });
    return Optional.empty();
  }

  /** Refusals that no other task would lift. */
  private static boolean isOfTheSwarm(ErrorCode code) {
    return code == ErrorCode.ERROR_CODE_AT_CAPACITY
        || code == ErrorCode.ERROR_CODE_BREAKER_OPEN
        || code == ErrorCode.ERROR_CODE_SETTLEMENT_BACKLOG;
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
        .whenComplete((revision, failure) -> span.end(failure));
  }

  /** Ends a claim for its holder. */
  CompletableFuture<EndDecision.Result> end(EndDecision.Report report, EndRules.End end) {
    StepSpan span = traces.served(name(end));
    return replica
        .decide(new EndDecision(records, report, end, span, clock))
        .whenComplete((result, failure) -> span.end(failure));
  }

  /** Takes a claim back whose session has ended. */
  CompletableFuture<EndDecision.Result> lose(EndDecision.Report report) {
    StepSpan span = traces.internal("lose");
    return replica
        .decide(new EndDecision(records, report, new EndRules.End.Lost("the session of swarm " + report.swarm() + " ended"), span, clock))
        .whenComplete((result, failure) -> span.end(failure));
  }

  private static String name(EndRules.End end) {
    return switch (end) {
      case EndRules.End.Complete complete -> "complete";
      case EndRules.End.Fail fail -> "fail";
      case EndRules.End.Release release -> "release";
      case EndRules.End.Lost lost -> "lose";
      case EndRules.End.Cancel cancel -> "cancel";
    };
  }
}
