package io.infrafabric.governor.escalation;

import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import io.grpc.Channel;
import io.infrafabric.coordinator.v1.ApproveTaskRequest;
import io.infrafabric.coordinator.v1.ApproveTaskResponse;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.CancelTaskRequest;
import io.infrafabric.coordinator.v1.CancelTaskResponse;
import io.infrafabric.coordinator.v1.ClaimServiceGrpc;
import io.infrafabric.coordinator.v1.GetTaskRequest;
import io.infrafabric.coordinator.v1.GetTaskResponse;
import io.infrafabric.coordinator.v1.ListTasksRequest;
import io.infrafabric.coordinator.v1.ListTasksResponse;
import io.infrafabric.coordinator.v1.RequeueTaskRequest;
import io.infrafabric.coordinator.v1.RequeueTaskResponse;
import io.infrafabric.coordinator.v1.ResolveBlockerRequest;
import io.infrafabric.coordinator.v1.ResolveBlockerResponse;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskServiceGrpc;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.Limits;
import io.infrafabric.names.PlanId;
import io.infrafabric.names.TaskId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Asks a coordinator over gRPC. */
public final class GrpcCoordinatorDoor implements CoordinatorDoor {
  private static final long DEADLINE_MILLIS = 5_000;

  /** Enough for the largest mapping. */
  private static final int MOST_REQUESTS = Limits.CHILDREN_PER_MAPPING / Limits.TASKS_PER_SUBMIT;

  private final TaskServiceGrpc.TaskServiceFutureStub tasks;
  private final ClaimServiceGrpc.ClaimServiceFutureStub claims;

  public GrpcCoordinatorDoor(Channel channel) {
    this.tasks = TaskServiceGrpc.newFutureStub(channel);
    this.claims = ClaimServiceGrpc.newFutureStub(channel);
  }

  @Override
  public CompletableFuture<List<Task>> awaitingApproval() {
    return page(new ArrayList<>(), "");
  }

  private CompletableFuture<List<Task>> page(List<Task> before, String token) {
    ListTasksRequest request = ListTasksRequest.newBuilder().setAwaitsApproval(true).setPageSize(Limits.PAGE_SIZE).setPageToken(token).build();
    return future(timed(tasks).listTasks(request))
        .thenCompose(
            (ListTasksResponse page) -> {
              before.addAll(page.getTasksList());
              return page.getNextPageToken().isEmpty()
                  ? CompletableFuture.completedFuture(before)
                  : page(before, page.getNextPageToken());
            });
  }

  @Override
  public CompletableFuture<Quarantined> quarantined() {
    ListTasksRequest.Builder first = ListTasksRequest.newBuilder().addStates(TaskState.TASK_STATE_QUARANTINED).setPageSize(Limits.PAGE_SIZE);
    return future(timed(tasks).listTasks(first.build())).thenApply(page -> new Quarantined(page.getTasksList(), !page.getNextPageToken().isEmpty()));
  }

  @Override
  public CompletableFuture<Unclaimed> unclaimed(Duration least) {
    ListTasksRequest first = ListTasksRequest.newBuilder().setUnclaimedFor(Times.toProto(least)).setPageSize(Limits.PAGE_SIZE).build();
    return future(timed(tasks).listTasks(first)).thenApply(page -> new Unclaimed(page.getTasksList(), !page.getNextPageToken().isEmpty()));
  }

  @Override
  public CompletableFuture<Task> task(TaskId task) {
    return future(timed(tasks).getTask(GetTaskRequest.newBuilder().setTaskId(task.value()).build())).thenApply(GetTaskResponse::getTask);
  }

  @Override
  public CompletableFuture<Task> approve(TaskId task, Deed deed) {
    ApproveTaskRequest request =
        ApproveTaskRequest.newBuilder()
            .setRequestId(deed.requestId())
            .setTaskId(task.value())
            .setPrincipal(deed.principal())
            .setReason(deed.reason())
            .build();
    return future(timed(tasks).approveTask(request)).thenApply(ApproveTaskResponse::getTask);
  }

  @Override
  public CompletableFuture<Task> cancel(TaskId task, Deed deed) {
    CancelTaskRequest request =
        CancelTaskRequest.newBuilder().setRequestId(deed.requestId()).setTaskId(task.value()).setReason(deed.reason()).build();
    return future(timed(tasks).cancelTask(request)).thenApply(CancelTaskResponse::getTask);
  }

  @Override
  public CompletableFuture<Integer> requeueTask(TaskId task, Deed deed) {
    RequeueTaskRequest request =
        RequeueTaskRequest.newBuilder().setRequestId(deed.requestId()).addTaskIds(task.value()).setPrincipal(deed.principal()).build();
    return future(timed(tasks).requeueTask(request)).thenApply(RequeueTaskResponse::getTaskIdsCount);
  }

  @Override
  public CompletableFuture<Integer> requeuePlan(PlanId plan, Deed deed) {
    return requeuePlan(plan, deed, 0, 0);
  }

  /** A request requeues so many tasks at most; each further one has an id of its own, the same with every try. */
  private CompletableFuture<Integer> requeuePlan(PlanId plan, Deed deed, int number, int before) {
    RequeueTaskRequest request =
        RequeueTaskRequest.newBuilder()
            .setRequestId(number == 0 ? deed.requestId() : deed.requestId() + ":" + number)
            .setPlanId(plan.value())
            .setPrincipal(deed.principal())
            .build();
    return future(timed(tasks).requeueTask(request))
        .thenCompose(
            done -> {
              int sum = before + done.getTaskIdsCount();
              return done.getMore() && number < MOST_REQUESTS
                  ? requeuePlan(plan, deed, number + 1, sum)
                  : CompletableFuture.completedFuture(sum);
            });
  }

  @Override
  public CompletableFuture<Blocker> resolve(TaskId task, String blockerId, Deed deed) {
    ResolveBlockerRequest request =
        ResolveBlockerRequest.newBuilder()
            .setRequestId(deed.requestId())
            .setTaskId(task.value())
            .setBlockerId(blockerId)
            .setPrincipal(deed.principal())
            .setResolution(deed.reason())
            .build();
    return future(claims.withDeadlineAfter(DEADLINE_MILLIS, TimeUnit.MILLISECONDS).resolveBlocker(request))
        .thenApply(ResolveBlockerResponse::getBlocker);
  }

  private static TaskServiceGrpc.TaskServiceFutureStub timed(TaskServiceGrpc.TaskServiceFutureStub stub) {
    return stub.withDeadlineAfter(DEADLINE_MILLIS, TimeUnit.MILLISECONDS);
  }

  private static <T> CompletableFuture<T> future(ListenableFuture<T> call) {
    CompletableFuture<T> answered = new CompletableFuture<>();
    Futures.addCallback(
        call,
        new FutureCallback<T>() {
          @Override
          public void onSuccess(T answer) {
            answered.complete(answer);
          }

          @Override
          public void onFailure(Throwable failure) {
            answered.completeExceptionally(failure);
          }
        },
        MoreExecutors.directExecutor());
    return answered;
  }
}
