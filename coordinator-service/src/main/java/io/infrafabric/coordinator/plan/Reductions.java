package io.infrafabric.coordinator.plan;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.archive.Archived;
import io.infrafabric.coordinator.plan.ReduceRules.Given;
import io.infrafabric.coordinator.plan.ReduceRules.Missing;
import io.infrafabric.coordinator.plan.ReduceRules.Reduced;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.task.StoredTask;
import io.infrafabric.coordinator.task.TaskStates;
import io.infrafabric.coordinator.v1.Completed;
import io.infrafabric.coordinator.v1.PhaseRecord;
import io.infrafabric.coordinator.v1.PlanRecord;
import io.infrafabric.coordinator.v1.ReducePlanRequest;
import io.infrafabric.coordinator.v1.ReducePlanResponse;
import io.infrafabric.coordinator.v1.Reducer;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.Violations;
import io.infrafabric.kit.grpc.Errors;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.names.Limits;
import io.infrafabric.names.PlanId;
import io.infrafabric.names.TaskId;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;

/**
 * Makes one result of those of a plan. Reads the copy at hand, task by task, and of a plan that is over the archive, some at once; what is
 * in the object store is read one by one.
 */
final class Reductions {
  /** Archived tasks that are read at once. */
  private static final int WINDOW = 256;

  private final Replica replica;
  private final Records records;
  private final PlanIndex index;
  private final Archived archived;
  private final ResultObjects objects;

  Reductions(Replica replica, Records records, PlanIndex index, Archived archived, ResultObjects objects) {
    this.replica = replica;
    this.records = records;
    this.index = index;
    this.archived = archived;
    this.objects = objects;
  }

  static void check(ReducePlanRequest request) {
    boolean quorum = request.getReducer() == Reducer.REDUCER_QUORUM;
    new Violations()
        .check(
            request.getReducer() != Reducer.REDUCER_UNSPECIFIED && request.getReducer() != Reducer.UNRECOGNIZED,
            ErrorCode.ERROR_CODE_INVALID_ARGUMENT,
            "reducer",
            "one of FIRST, BEST_SCORE, MERGE_ALL, MAJORITY_VOTE, QUORUM")
        .check(
            !quorum || (request.getQuorum() >= 1 && request.getQuorum() <= Limits.CHILDREN_PER_MAPPING),
            ErrorCode.ERROR_CODE_INVALID_ARGUMENT,
            "quorum",
            "1 to " + Limits.CHILDREN_PER_MAPPING + " equal results")
        .check(quorum || request.getQuorum() == 0, ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "quorum", "only with the reducer QUORUM")
        .refusal("the request cannot be taken")
        .ifPresent(refusal -> {
          throw refusal.asException();
        });
  }

  /**
   * The result.
   *
   * @param gone whether nobody waits for it any more
   */
  ReducePlanResponse reduce(PlanRecord plan, ReducePlanRequest request, BooleanSupplier gone) {
    List<PhaseRecord> phases =
        plan.getPhasesList().stream().filter(phase -> request.getPhase().isEmpty() || phase.getName().equals(request.getPhase())).toList();
    if (phases.isEmpty()) {
      throw Refusal.of(ErrorCode.ERROR_CODE_PLAN_NOT_FOUND, "plan " + plan.getPlanId() + " has no phase " + request.getPhase())
          .with("plan_id", new PlanId(plan.getPlanId()))
          .asException();
    }
    ReduceRules.Fold fold =
        ReduceRules.of(request.getReducer(), request.getQuorum(), request.getPartial(), objects.settings().items());
    try (ResultObjects.Use use = objects.begin(gone)) {
      Reduced reduced = fold.end(folded(plan, phases, fold, use), id -> given(one(new TaskId(id), true).join().orElseThrow()));
      use.append(reduced.result());
      ResultObjects.Answer answer = use.finish();
      ReducePlanResponse.Builder response =
          ReducePlanResponse.newBuilder()
              .setResult(answer.inline())
              .setProgress(index.progress(plan))
              .addAllTaskIds(reduced.taskIds())
              .setResults(reduced.results());
      reduced.object().or(answer::object).ifPresent(response::setResultObject);
      return response.build();
    }
  }

  /** Hands every result over, and tells what is missing. */
  private Missing folded(PlanRecord plan, List<PhaseRecord> phases, ReduceRules.Fold fold, ResultObjects.Use use) {
    long open = 0;
    long failed = 0;
    for (PhaseRecord phase : phases) {
      if (!PhaseRules.isFilled(phase)) {
        open += plan.hasOverAt() ? 0 : 1;
        failed += phase.getEnded().getFailed(); // of a mapping that was cancelled
      }
      for (Iterator<TaskId> ids = PhaseRules.taskIds(plan, phase).iterator(); ids.hasNext(); ) {
        for (Optional<Task> task : some(ids, plan.hasOverAt() || phase.getGivenUp() > 0)) {
          if (task.filter(Task::hasCompleted).isPresent()) {
            Given given = given(task.get());
            use.append(fold.add(fold.looksInside() ? use.read(given) : given));
          } else if (plan.hasOverAt() || task.filter(TaskStates::isTerminal).isPresent()) {
            failed++; // or its record is not kept any more
          } else {
            open++;
          }
        }
      }
    }
    return new Missing(open, failed);
  }

  /** The next tasks, in their order. */
  private List<Optional<Task>> some(Iterator<TaskId> ids, boolean mayBeArchived) {
    List<CompletableFuture<Optional<Task>>> asked = new ArrayList<>(WINDOW);
    while (ids.hasNext() && asked.size() < WINDOW) {
      asked.add(one(ids.next(), mayBeArchived));
    }
    return asked.stream().map(CompletableFuture::join).toList();
  }

  /** A task as it is, or as it ended; empty when it is nowhere. */
  private CompletableFuture<Optional<Task>> one(TaskId id, boolean mayBeArchived) {
    Optional<Task> task = records.task(replica, id).map(StoredTask::task);
    if (task.isPresent() || !mayBeArchived) {
      return CompletableFuture.completedFuture(task);
    }
    return archived
        .get(id)
        .thenApply(Optional::of)
        .exceptionallyCompose(
            failure ->
                Errors.refusalOf(failure).filter(refusal -> refusal.code() == ErrorCode.ERROR_CODE_TASK_NOT_FOUND).isPresent()
                    ? CompletableFuture.completedFuture(Optional.empty())
                    : CompletableFuture.failedFuture(failure));
  }

  private static Given given(Task task) {
    Completed completed = task.getCompleted();
    return new Given(
        task.getSpec().getTaskId(),
        task.getRevision(),
        completed.getResult(),
        completed.hasResultObject() ? Optional.of(completed.getResultObject()) : Optional.empty());
  }
}
