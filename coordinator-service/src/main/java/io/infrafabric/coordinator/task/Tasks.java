package io.infrafabric.coordinator.task;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.archive.Archived;
import io.infrafabric.coordinator.commitment.HelpMoney;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.storage.Room;
import io.infrafabric.coordinator.v1.CancelTaskRequest;
import io.infrafabric.coordinator.v1.ListTasksRequest;
import io.infrafabric.coordinator.v1.ListTasksResponse;
import io.infrafabric.coordinator.v1.PlanPlace;
import io.infrafabric.coordinator.v1.SubmitTaskResponse;
import io.infrafabric.coordinator.v1.SubmitTasksResponse;
import io.infrafabric.coordinator.v1.SubmittedTask;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.RefusedException;
import io.infrafabric.error.Violations;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.telemetry.StepSpan;
import io.infrafabric.kit.telemetry.Traces;
import io.infrafabric.names.Limits;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Puts tasks in and tells what became of them. */
public final class Tasks {
  private static final int CANCEL_TRIES = 8;

  /** Refusals after which nothing was written and the same request may succeed. */
  private static final Set<ErrorCode> PASSING =
      EnumSet.of(ErrorCode.ERROR_CODE_UNAVAILABLE, ErrorCode.ERROR_CODE_OVERLOADED, ErrorCode.ERROR_CODE_CONTENDED, ErrorCode.ERROR_CODE_STORE_FULL);

  private final Replica replica;
  private final Records records;
  private final Archived archived;
  private final Room room;
  private final Traces traces;
  private final InstantSource clock;

  public Tasks(Replica replica, Records records, Archived archived, Room room, Traces traces, InstantSource clock) {
    this.replica = replica;
    this.records = records;
    this.archived = archived;
    this.room = room;
    this.traces = traces;
    this.clock = clock;
  }

  /** Stores one task. */
  public CompletableFuture<SubmitTaskResponse> submit(TaskSpec spec, String requestId) {
    refuse(SpecRules.check(spec, "spec."));
    return store(SpecRules.complete(spec, requestId, 0), PlanPlace.getDefaultInstance(), requestId, traces.served("submit"))
        .thenApply(result -> SubmitTaskResponse.newBuilder().setTask(result.task()).setCreated(result.created()).build());
  }

  /** Stores many tasks; all are checked before any is written. */
  public CompletableFuture<SubmitTasksResponse> submitAll(List<TaskSpec> specs, String requestId) {
    List<TaskSpec> complete = checked(specs, requestId);
    PlanOrder.Result order = PlanOrder.of(complete);
    refuse(order.refusal());
    refuse(otherContent(complete));
    return dependenciesExist(complete)
        .thenCompose(go -> storeAll(complete, Map.of(), order.order(), requestId))
        .thenApply(Tasks::answer);
  }

  /** What the copy at hand knows to exist with other content; a newer one is refused when it is stored. */
  private Optional<Refusal> otherContent(List<TaskSpec> specs) {
    for (TaskSpec spec : specs) {
      Optional<StoredTask> stored = records.task(replica, new TaskId(spec.getTaskId()));
      if (stored.isPresent() && !stored.get().task().getSpecDigest().equals(SpecRules.digest(spec))) {
        return Optional.of(SubmitDecision.otherContent(stored.get().task()));
      }
    }
    return Optional.empty();
  }

  /**
   * Stores the tasks of a plan, which have been checked.
   *
   * @param complete specs with every default filled in
   * @param places of the tasks in the plan, by id
   * @param order indexes of the specs, each after those it depends on
   * @return done when all are stored; a failure of which a part may be stored is OUTCOME_UNKNOWN
   */
  public CompletableFuture<Void> storeMembers(List<TaskSpec> complete, Map<String, PlanPlace> places, List<Integer> order, String requestId) {
    return storeAll(complete, places, order, requestId).thenApply(stored -> null);
  }

  /** Stores one task of a plan, which has been checked. */
  public CompletableFuture<Void> storeMember(TaskSpec complete, PlanPlace place, String requestId) {
    return store(complete, place, requestId, traces.served("submit")).thenApply(stored -> null);
  }

  /** Whether nothing was written and the same request may succeed. */
  public static boolean isPassing(Refusal refusal) {
    return PASSING.contains(refusal.code());
  }

  /** Stores each task once those of the request that it depends on are stored: a long chain takes as long as it takes. */
  private CompletableFuture<List<CompletableFuture<SubmitDecision.Result>>> storeAll(
      List<TaskSpec> specs, Map<String, PlanPlace> places, List<Integer> order, String requestId) {
    Map<String, CompletableFuture<SubmitDecision.Result>> results = new HashMap<>();
    for (int index : order) {
      TaskSpec spec = specs.get(index);
      CompletableFuture<?>[] before =
          spec.getDependsOnList().stream().map(results::get).filter(Objects::nonNull).toArray(CompletableFuture[]::new);
      PlanPlace place = places.getOrDefault(spec.getTaskId(), PlanPlace.getDefaultInstance());
      StepSpan span = traces.served("submit");
      results.put(
          spec.getTaskId(),
          before.length == 0
              ? store(spec, place, requestId, span)
              : CompletableFuture.allOf(before).thenCompose(go -> store(spec, place, requestId, span)));
    }
    List<CompletableFuture<SubmitDecision.Result>> all = specs.stream().map(spec -> results.get(spec.getTaskId())).toList();
    return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new))
        .handle(
            (done, failure) -> {
              if (failure != null) {
                throw inPart(all);
              }
              return all;
            });
  }

  /** The failure of a request of which a part may be stored. */
  private static RuntimeException inPart(List<CompletableFuture<SubmitDecision.Result>> results) {
    boolean stored = false;
    RuntimeException worst = null;
    for (CompletableFuture<SubmitDecision.Result> result : results) {
      if (!result.isCompletedExceptionally()) {
        stored = true;
        continue;
      }
      RuntimeException failure = failure(result);
      if (worst == null || gravity(failure) > gravity(worst)) {
        worst = failure;
      }
    }
    boolean passing = worst instanceof RefusedException refused && PASSING.contains(refused.refusal().code());
    return stored && passing
        ? Refusal.of(ErrorCode.ERROR_CODE_OUTCOME_UNKNOWN, "only a part of the tasks was stored: " + worst.getMessage()).asException()
        : worst;
  }

  private static RuntimeException failure(CompletableFuture<?> failed) {
    Throwable cause = failed.exceptionNow();
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause instanceof RuntimeException failure ? failure : new CompletionException(cause);
  }

  /** What will not pass by itself says more than what will, and that the outcome is unknown more than that nothing was done. */
  private static int gravity(RuntimeException failure) {
    if (!(failure instanceof RefusedException refused)) {
      return 3;
    }
    ErrorCode code = refused.refusal().code();
    return PASSING.contains(code) ? 0 : code == ErrorCode.ERROR_CODE_OUTCOME_UNKNOWN ? 1 : 2;
  }

  private static List<TaskSpec> checked(List<TaskSpec> specs, String requestId) {
    Violations wrong = new Violations();
    wrong.check(!specs.isEmpty(), ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "specs", "at least one task");
    wrong.check(specs.size() <= Limits.TASKS_PER_SUBMIT, ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "specs", "at most " + Limits.TASKS_PER_SUBMIT + " tasks");
    List<TaskSpec> complete = new ArrayList<>(specs.size());
    for (int i = 0; i < specs.size(); i++) {
      SpecRules.check(specs.get(i), "specs[" + i + "].").ifPresent(wrong::add);
      complete.add(SpecRules.complete(specs.get(i), requestId, i));
    }
    refuse(wrong.refusal("no task was taken"));
    return complete;
  }

  /** Refuses the whole request when a task depends on one that is neither in it nor in the store. */
  private CompletableFuture<Void> dependenciesExist(List<TaskSpec> specs) {
    Set<String> inside = new HashSet<>();
    specs.forEach(spec -> inside.add(spec.getTaskId()));
    Set<String> outside = new TreeSet<>();
    specs.forEach(spec -> spec.getDependsOnList().stream().filter(id -> !inside.contains(id)).forEach(outside::add));
    outside.removeIf(id -> records.task(replica, new TaskId(id)).isPresent());
    if (outside.isEmpty()) {
      return CompletableFuture.completedFuture(null);
    }
    Map<String, String> keys = new HashMap<>();
    for (String id : outside) {
      keys.put(records.keys().task(new TaskId(id)), id);
      keys.put(records.keys().archived(new TaskId(id)), id);
    }
    return replica
        .refresh(keys.keySet())
        .thenAccept(
            found -> {
              found.keySet().forEach(key -> outside.remove(keys.get(key)));
              if (!outside.isEmpty()) {
                throw Refusal.of(ErrorCode.ERROR_CODE_TASK_NOT_FOUND, "no task was taken: unknown dependencies " + String.join(", ", outside))
                    .withField("specs.depends_on", "submit these first: " + String.join(", ", outside))
                    .asException();
              }
            });
  }

  private static SubmitTasksResponse answer(List<CompletableFuture<SubmitDecision.Result>> results) {
    SubmitTasksResponse.Builder response = SubmitTasksResponse.newBuilder();
    for (CompletableFuture<SubmitDecision.Result> result : results) {
      Task task = result.join().task();
      response.addTasks(
          SubmittedTask.newBuilder()
              .setTaskId(task.getSpec().getTaskId())
              .setCreated(result.join().created())
              .setRevision(task.getRevision())
              .setState(TaskStates.of(task)));
    }
    return response.build();
  }

  private CompletableFuture<SubmitDecision.Result> store(TaskSpec complete, PlanPlace place, String requestId, StepSpan span) {
    return replica
        .decide(new SubmitDecision(records, complete, place, requestId, room, span, clock))
        .whenComplete((result, failure) -> span.end(failure));
  }

  /** A task as the store has it now, or as the archive has it. */
  public CompletableFuture<Task> get(TaskId id) {
    String key = records.keys().task(id);
    return replica
        .refresh(Set.of(key))
        .thenCompose(
            found ->
                found.containsKey(key)
                    ? CompletableFuture.completedFuture(records.waitingFor(replica, StoredTask.of(found.get(key)).task()))
                    : archived.get(id));
  }

  /** A page of tasks, from the copy, in the order of their keys. */
  public ListTasksResponse list(ListTasksRequest request) {
    refuse(ListRules.check(request));
    String after = request.getPageToken().isEmpty() ? records.keys().tasks() : records.keys().task(new TaskId(request.getPageToken()));
    ListTasksResponse.Builder page = ListTasksResponse.newBuilder();
    long bytes = 0;
    for (Entry entry : replica.scanAfter(records.keys().tasks(), after).values()) {
      Task task = StoredTask.of(entry).task();
      if (!ListRules.matches(task, request)) {
        continue;
      }
      if (ListRules.isFull(page.getTasksCount(), bytes, request)) {
        page.setNextPageToken(page.getTasks(page.getTasksCount() - 1).getSpec().getTaskId());
        break;
      }
      Task shown = ListRules.shown(task, request);
      bytes += shown.getSerializedSize();
      page.addTasks(shown);
    }
    return page.build();
  }

  /** Ends a task that has not ended. */
  public CompletableFuture<Task> cancel(CancelTaskRequest request) {
    return cancel(
        new TaskId(request.getTaskId()), new CancelDecision.Cancellation(request.getRequestId(), request.getReason(), false), CANCEL_TRIES);
  }

  /** Cancels a task if its deadline has passed. */
  public CompletableFuture<Task> expire(TaskId id, Instant deadline) {
    return cancel(id, new CancelDecision.Cancellation("", "it was not completed by its deadline, " + deadline, true), CANCEL_TRIES);
  }

  private CompletableFuture<Task> cancel(TaskId id, CancelDecision.Cancellation cancellation, int tries) {
    Optional<Task> known = records.task(replica, id).map(StoredTask::task);
    Optional<SwarmId> holder = known.flatMap(TaskStates::claim).map(claim -> new SwarmId(claim.getSwarmId()));
    Optional<SwarmId> payer = known.flatMap(task -> HelpMoney.payer(task.getSpec()));
    StepSpan span = traces.served("cancel");
    return replica
        .decide(new CancelDecision(records, id, cancellation, holder, payer, span, clock))
        .whenComplete((task, failure) -> span.end(failure))
        .exceptionallyCompose(
            failure -> tries > 1 && isContended(failure) ? cancel(id, cancellation, tries - 1) : archived.orEnded(id, failure));
  }

  private static boolean isContended(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    return cause instanceof RefusedException refused && refused.refusal().code() == ErrorCode.ERROR_CODE_CONTENDED;
  }

  private static void refuse(Optional<Refusal> refusal) {
    refusal.ifPresent(
        r -> {
          throw r.asException();
        });
  }
}
