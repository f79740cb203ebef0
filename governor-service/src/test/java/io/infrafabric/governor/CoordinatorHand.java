package io.infrafabric.governor;

import io.infrafabric.approval.ApprovalRules;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Approval;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.BlockerState;
import io.infrafabric.coordinator.v1.Cancelled;
import io.infrafabric.coordinator.v1.Parked;
import io.infrafabric.coordinator.v1.Ready;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.coordinator.v1.Waiting;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.escalation.CoordinatorDoor;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.PlanId;
import io.infrafabric.names.TaskId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

/** Does with tasks what the coordinator would, each thing once, and may be away or lose its answers. */
final class CoordinatorHand implements CoordinatorDoor {
  /** What was done, in order: a word, the task and the request. */
  final List<String> done = new CopyOnWriteArrayList<>();

  private final Map<String, Task> tasks = new ConcurrentHashMap<>();
  volatile boolean away;
  volatile boolean losesAnswers;

  /** One that is never reached. */
  static CoordinatorHand away() {
    CoordinatorHand hand = new CoordinatorHand();
    hand.away = true;
    return hand;
  }

  /** A task that waits for a person. */
  void gate(String id) {
    tasks.put(
        id,
        Task.newBuilder()
            .setSpec(TaskSpec.newBuilder().setTaskId(id))
            .setCreatedAt(Times.toProto(Instant.EPOCH))
            .setWaiting(Waiting.newBuilder().setAwaitsApproval(true))
            .build());
  }

  /** A task that waits for so many of these persons. */
  void gate(String id, int needed, String... persons) {
    gate(id);
    tasks.computeIfPresent(
        id,
        (same, task) ->
            task.toBuilder()
                .setSpec(task.getSpec().toBuilder().setNeedsApproval(true).setApprovalsNeeded(needed).addAllApprovers(List.of(persons)))
                .build());
  }

  /** A task that anybody who can may have. */
  void ready(String id, String capability) {
    tasks.put(
        id,
        Task.newBuilder()
            .setSpec(TaskSpec.newBuilder().setTaskId(id).addRequiredCapabilities(capability))
            .setCreatedAt(Times.toProto(Instant.EPOCH))
            .setReady(Ready.newBuilder().setSince(Times.toProto(Instant.EPOCH)))
            .build());
  }

  /** A task that a blocker stops. */
  void blocked(String id, String blocker) {
    tasks.put(id, Task.newBuilder().setSpec(TaskSpec.newBuilder().setTaskId(id)).setParked(Parked.newBuilder().addBlockerIds(blocker)).build());
  }

  /** A task of a plan that has used up its attempts. */
  void quarantined(String id, String plan) {
    tasks.put(
        id,
        Task.newBuilder()
            .setSpec(TaskSpec.newBuilder().setTaskId(id).setPlanId(plan))
            .setQuarantined(io.infrafabric.coordinator.v1.Quarantined.newBuilder().setAt(Times.toProto(Instant.EPOCH)))
            .build());
  }

  /** Somebody else lets it through. */
  void passed(String id, String principal) {
    tasks.computeIfPresent(id, (same, task) -> approved(task, principal, "by hand"));
  }

  private static Task approved(Task task, String principal, String requestId) {
    Approval given = Approval.newBuilder().setPrincipal(principal).setRequestId(requestId).build();
    Task.Builder next = task.toBuilder();
    if (ApprovalRules.counts(task, given)) {
      next.addApprovals(given);
    }
    return next.getApprovalsCount() < ApprovalRules.needed(task.getSpec())
        ? next.build()
        : next.setApproval(given).setWaiting(Waiting.getDefaultInstance()).build();
  }

  private <T> CompletableFuture<T> asked(Supplier<T> deed) {
    if (away) {
      return CompletableFuture.failedFuture(Refusal.of(ErrorCode.ERROR_CODE_UNAVAILABLE, "no coordinator").asException());
    }
    T answer;
    try {
      answer = deed.get();
    } catch (RuntimeException refused) {
      return CompletableFuture.failedFuture(refused);
    }
    return losesAnswers
        ? CompletableFuture.failedFuture(Refusal.of(ErrorCode.ERROR_CODE_OUTCOME_UNKNOWN, "no answer").asException())
        : CompletableFuture.completedFuture(answer);
  }

  private Task found(TaskId task) {
    Task found = tasks.get(task.value());
    if (found == null) {
      throw Refusal.of(ErrorCode.ERROR_CODE_TASK_NOT_FOUND, "there is no task " + task).asException();
    }
    return found;
  }

  @Override
  public CompletableFuture<List<Task>> awaitingApproval() {
    return asked(() -> tasks.values().stream().filter(task -> task.hasWaiting() && task.getWaiting().getAwaitsApproval()).toList());
  }

  @Override
  public CompletableFuture<Quarantined> quarantined() {
    return asked(() -> new Quarantined(tasks.values().stream().filter(Task::hasQuarantined).toList(), false));
  }

  @Override
  public CompletableFuture<Unclaimed> unclaimed(Duration least) {
    return asked(() -> new Unclaimed(tasks.values().stream().filter(task -> task.hasReady() && task.getReady().hasSince()).toList(), false));
  }

  @Override
  public CompletableFuture<Integer> requeueTask(TaskId task, Deed deed) {
    return asked(() -> requeued(tasks.values().stream().filter(one -> one.getSpec().getTaskId().equals(task.value())).toList(), deed));
  }

  @Override
  public CompletableFuture<Integer> requeuePlan(PlanId plan, Deed deed) {
    return asked(() -> requeued(tasks.values().stream().filter(one -> one.getSpec().getPlanId().equals(plan.value())).toList(), deed));
  }

  private synchronized int requeued(List<Task> some, Deed deed) {
    for (Task task : some.stream().filter(Task::hasQuarantined).toList()) {
      done.add("requeued " + task.getSpec().getTaskId() + " " + deed.requestId());
      tasks.put(task.getSpec().getTaskId(), task.toBuilder().setReady(Ready.getDefaultInstance()).build());
    }
    return some.size();
  }

  @Override
  public CompletableFuture<Task> task(TaskId task) {
    return asked(() -> found(task));
  }

  @Override
  public synchronized CompletableFuture<Task> approve(TaskId task, Deed deed) {
    return asked(
        () -> {
          Task known = found(task);
          if (!known.hasApproval()) {
            done.add("approved " + task + " " + deed.requestId());
            tasks.put(task.value(), approved(known, deed.principal(), deed.requestId()));
          }
          return found(task);
        });
  }

  @Override
  public synchronized CompletableFuture<Task> cancel(TaskId task, Deed deed) {
    return asked(
        () -> {
          Task known = found(task);
          if (!known.hasCancelled()) {
            done.add("cancelled " + task + " " + deed.requestId());
            tasks.put(task.value(), known.toBuilder().setCancelled(Cancelled.newBuilder().setReason(deed.reason())).build());
          }
          return found(task);
        });
  }

  @Override
  public synchronized CompletableFuture<Blocker> resolve(TaskId task, String blockerId, Deed deed) {
    return asked(
        () -> {
          if (done.stream().noneMatch(one -> one.startsWith("resolved " + blockerId))) {
            done.add("resolved " + blockerId + " " + deed.requestId());
          }
          return Blocker.newBuilder().setBlockerId(blockerId).setState(BlockerState.BLOCKER_STATE_RESOLVED).setResolvedBy(deed.principal()).build();
        });
  }
}
