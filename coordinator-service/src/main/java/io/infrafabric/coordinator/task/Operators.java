package io.infrafabric.coordinator.task;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.archive.Archived;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.v1.ApproveTaskRequest;
import io.infrafabric.coordinator.v1.ListTasksRequest;
import io.infrafabric.coordinator.v1.ListTasksResponse;
import io.infrafabric.coordinator.v1.Ownership;
import io.infrafabric.coordinator.v1.ReassignTaskRequest;
import io.infrafabric.coordinator.v1.RequeueTaskRequest;
import io.infrafabric.coordinator.v1.RequeueTaskResponse;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.Violations;
import io.infrafabric.kit.grpc.Errors;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.Limits;
import io.infrafabric.names.PlanId;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;

/** What named people do with tasks: approve those that wait for it, and give quarantined ones another round. */
public final class Operators {
  /** Refusals of a task that has gone on since it was chosen: nothing of it is left to requeue. */
  private static final Set<ErrorCode> GONE_ON =
      EnumSet.of(
          ErrorCode.ERROR_CODE_TASK_NOT_FOUND, ErrorCode.ERROR_CODE_TASK_NOT_READY, ErrorCode.ERROR_CODE_TASK_ENDED, ErrorCode.ERROR_CODE_PLAN_ENDED);

  private static final int TRIES = 3;

  /** Ready tasks that are looked at of those that want the same. */
  private static final int LOOKED = 64;

  private final Replica replica;
  private final Records records;
  private final TaskIndex index;
  private final Archived archived;
  private final InstantSource clock;

  public Operators(Replica replica, Records records, TaskIndex index, Archived archived, InstantSource clock) {
    this.replica = replica;
    this.records = records;
    this.index = index;
    this.archived = archived;
    this.clock = clock;
  }

  /** Whether a list is of tasks that a person has to see to: those are few of many, and found without looking at the others. */
  static boolean isAboutPeople(ListTasksRequest request) {
    return request.getAwaitsApproval() || request.hasUnclaimedFor() || request.getStatesList().equals(List.of(TaskState.TASK_STATE_QUARANTINED));
  }

  /** A page of such tasks, from the copy, by id. */
  public ListTasksResponse list(ListTasksRequest request) {
    ListRules.check(request).ifPresent(refusal -> {
      throw refusal.asException();
    });
    NavigableSet<TaskId> of =
        request.getAwaitsApproval() ? index.awaitingApproval() : request.hasUnclaimedFor() ? unclaimed(Times.toDuration(request.getUnclaimedFor())) : index.quarantined();
    NavigableSet<TaskId> ids =
        request.getPageToken().isEmpty() ? of : of.tailSet(new TaskId(request.getPageToken()), false);
    ListTasksResponse.Builder page = ListTasksResponse.newBuilder();
    long bytes = 0;
    for (TaskId id : ids) {
      Optional<Task> task = records.task(replica, id).map(StoredTask::task).filter(found -> ListRules.matches(found, request));
      if (task.isEmpty()) {
        continue;
      }
      if (ListRules.isFull(page.getTasksCount(), bytes, request)) {
        page.setNextPageToken(page.getTasks(page.getTasksCount() - 1).getSpec().getTaskId());
        break;
      }
      Task shown = ListRules.shown(task.get(), request);
      bytes += shown.getSerializedSize();
      page.addTasks(shown);
    }
    return page.build();
  }

  /** Of all that want the same of a swarm one that has been ready for so long: whoever cannot have it cannot have the others. */
  private NavigableSet<TaskId> unclaimed(Duration least) {
    long until = clock.instant().minus(least).toEpochMilli();
    NavigableSet<TaskId> ids = new TreeSet<>();
    for (Requirement requirement : index.requirements()) {
      if (requirement.filler()) {
        continue;
      }
      int looked = 0;
      for (ReadyTask task : index.readyOf(requirement)) {
        if (task.sinceMillis() <= until) {
          ids.add(task.id());
          break;
        }
        if (++looked == LOOKED) {
          break; // all of these have just come
        }
      }
    }
    return ids;
  }

  /** Approves a task at its gate, by a person or by a swarm; answers it. */
  public CompletableFuture<Task> approve(ApproveTaskRequest request) {
    TaskId id = new TaskId(request.getTaskId());
    if (request.getSwarmId().isEmpty()) {
      principal(request.getPrincipal());
    } else {
      SwarmId swarm = new SwarmId(request.getSwarmId());
      refuse(
          new Violations()
              .check(
                  request.getPrincipal().isEmpty() || request.getPrincipal().equals(swarm.value()),
                  ErrorCode.ERROR_CODE_INVALID_ARGUMENT,
                  "principal",
                  "empty when a swarm approves: nobody approves in another's name"));
    }
    return replica.decide(new ApproveDecision(records, request, clock)).exceptionallyCompose(failure -> archived.orEnded(id, failure));
  }

  /** Gives a task to other owners; answers it. */
  public CompletableFuture<Task> reassign(ReassignTaskRequest request) {
    TaskId id = new TaskId(request.getTaskId());
    principal(request.getPrincipal());
    Violations wrong = new Violations();
    OwnerRules.check(wrong, request.getOwnerSwarmIdsList(), "");
    refuse(wrong);
    Ownership to =
        Ownership.newBuilder()
            .addAllOwnerSwarmIds(new TreeSet<>(request.getOwnerSwarmIdsList()))
            .setPrincipal(request.getPrincipal())
            .setReason(request.getReason())
            .setRequestId(request.getRequestId())
            .build();
    return replica.decide(new ReassignDecision(records, id, to, Set.of(), clock)).exceptionallyCompose(failure -> archived.orEnded(id, failure));
  }

  /** Requeues the tasks that are named or match, or tells which they would be. Looks through all tasks: not for the network's threads. */
  public CompletableFuture<RequeueTaskResponse> requeue(RequeueTaskRequest request) {
    principal(request.getPrincipal());
    boolean named = request.getTaskIdsCount() > 0;
    boolean filtered = !request.getPlanId().isEmpty() || request.getLabelsCount() > 0;
    refuse(
        new Violations()
            .check(named || filtered || request.getAll(), ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "task_ids", "name tasks, a plan or labels, or set all")
            .check(!named || !(filtered || request.getAll()), ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "task_ids", "either tasks or filters, not both")
            .check(request.getTaskIdsCount() <= Limits.TASKS_PER_SUBMIT, ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "task_ids", "at most " + Limits.TASKS_PER_SUBMIT));
    return named ? ofIds(request) : ofFilters(request);
  }

  private CompletableFuture<RequeueTaskResponse> ofIds(RequeueTaskRequest request) {
    List<TaskId> ids = request.getTaskIdsList().stream().map(TaskId::new).distinct().toList();
    if (request.getDryRun()) {
      // Only those that a request without dry_run would requeue.
      List<TaskId> would = ids.stream().filter(id -> records.task(replica, id).filter(stored -> isRequeued(stored.task())).isPresent()).toList();
      return CompletableFuture.completedFuture(answer(would, false));
    }
    List<CompletableFuture<Optional<TaskId>>> done = new ArrayList<>();
    ids.forEach(id -> done.add(one(id, request, ids.size() > 1)));
    return all(done, false);
  }

  private CompletableFuture<RequeueTaskResponse> ofFilters(RequeueTaskRequest request) {
    List<TaskId> found = new ArrayList<>();
    boolean more = false;
    for (var entry : replica.scan(records.keys().tasks()).values()) {
      Task task = StoredTask.of(entry).task();
      // What this very request has requeued belongs to its answer, so that a retry tells the same.
      boolean chosen = isRequeued(task) || task.getRequeue().getRequestId().equals(request.getRequestId());
      if (chosen && matches(task, request)) {
        if (found.size() == Limits.TASKS_PER_SUBMIT) {
          more = true;
          break;
        }
        found.add(new TaskId(task.getSpec().getTaskId()));
      }
    }
    if (request.getDryRun()) {
      return CompletableFuture.completedFuture(answer(found, more));
    }
    return all(found.stream().map(id -> one(id, request, true)).toList(), more);
  }

  private boolean isRequeued(Task task) {
    return task.hasQuarantined() && !RequeueDecision.isHelp(task) && Records.planOf(task.getSpec()).filter(plan -> records.isCancelled(replica, plan)).isEmpty();
  }

  private static boolean matches(Task task, RequeueTaskRequest request) {
    return (request.getPlanId().isEmpty() || request.getPlanId().equals(task.getSpec().getPlanId()))
        && task.getSpec().getLabelsMap().entrySet().containsAll(request.getLabelsMap().entrySet());
  }

  /**
   * @param oneOfMany whether it is left out, and not a failure, when it is not quarantined
   */
  private CompletableFuture<Optional<TaskId>> one(TaskId id, RequeueTaskRequest request, boolean oneOfMany) {
    return requeue(id, request, TRIES)
        .thenApply(task -> Optional.of(id))
        .exceptionallyCompose(
            failure ->
                oneOfMany && Errors.refusalOf(failure).map(Refusal::code).filter(GONE_ON::contains).isPresent()
                    ? CompletableFuture.completedFuture(Optional.empty())
                    : archived.orEnded(id, failure));
  }

  /** A copy that does not have the task yet knows it after the first try. */
  private CompletableFuture<Task> requeue(TaskId id, RequeueTaskRequest request, int tries) {
    Optional<PlanId> plan = records.task(replica, id).flatMap(stored -> Records.planOf(stored.task().getSpec()));
    return replica
        .decide(new RequeueDecision(records, id, plan, request, clock))
        .exceptionallyCompose(
            failure ->
                tries > 1 && Errors.refusalOf(failure).map(Refusal::code).filter(ErrorCode.ERROR_CODE_CONTENDED::equals).isPresent()
                    ? requeue(id, request, tries - 1)
                    : CompletableFuture.failedFuture(failure));
  }

  private static CompletableFuture<RequeueTaskResponse> all(List<CompletableFuture<Optional<TaskId>>> done, boolean more) {
    return CompletableFuture.allOf(done.toArray(CompletableFuture[]::new))
        .thenApply(all -> answer(done.stream().map(CompletableFuture::join).flatMap(Optional::stream).toList(), more));
  }

  private static RequeueTaskResponse answer(List<TaskId> ids, boolean more) {
    return RequeueTaskResponse.newBuilder().addAllTaskIds(ids.stream().map(TaskId::value).toList()).setMore(more).build();
  }

  private static void principal(String principal) {
    refuse(
        new Violations()
            .check(
                !principal.isBlank() && principal.length() <= Limits.LABEL_VALUE_CHARACTERS,
                ErrorCode.ERROR_CODE_INVALID_ARGUMENT,
                "principal",
                "who does it, 1 to " + Limits.LABEL_VALUE_CHARACTERS + " characters"));
  }

  private static void refuse(Violations wrong) {
    wrong.refusal("the request cannot be taken").ifPresent(refusal -> {
      throw refusal.asException();
    });
  }
}
