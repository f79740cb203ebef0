package io.infrafabric.coordinator.task;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.infrafabric.access.Role;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.dispatch.Pushes;
import io.infrafabric.coordinator.explain.Explanations;
import io.infrafabric.coordinator.object.NamedObjects;
import io.infrafabric.coordinator.privacy.PrivacyRules;
import io.infrafabric.coordinator.privacy.ReplicaSights;
import io.infrafabric.coordinator.request.RequestRules;
import io.infrafabric.coordinator.v1.ApproveTaskRequest;
import io.infrafabric.coordinator.v1.ApproveTaskResponse;
import io.infrafabric.coordinator.v1.CancelTaskRequest;
import io.infrafabric.coordinator.v1.CancelTaskResponse;
import io.infrafabric.coordinator.v1.ExplainTaskRequest;
import io.infrafabric.coordinator.v1.ExplainTaskResponse;
import io.infrafabric.coordinator.v1.GetTaskRequest;
import io.infrafabric.coordinator.v1.GetTaskResponse;
import io.infrafabric.coordinator.v1.ListTasksRequest;
import io.infrafabric.coordinator.v1.ListTasksResponse;
import io.infrafabric.coordinator.v1.OfferTaskRequest;
import io.infrafabric.coordinator.v1.OfferTaskResponse;
import io.infrafabric.coordinator.v1.ReassignTaskRequest;
import io.infrafabric.coordinator.v1.ReassignTaskResponse;
import io.infrafabric.coordinator.v1.RequeueTaskRequest;
import io.infrafabric.coordinator.v1.RequeueTaskResponse;
import io.infrafabric.coordinator.v1.SubmitTaskRequest;
import io.infrafabric.coordinator.v1.SubmitTaskResponse;
import io.infrafabric.coordinator.v1.SubmitTasksRequest;
import io.infrafabric.coordinator.v1.SubmitTasksResponse;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskServiceGrpc;
import io.infrafabric.coordinator.v1.TaskSight;
import io.infrafabric.coordinator.v1.WatchTasksRequest;
import io.infrafabric.coordinator.v1.WatchTasksResponse;
import io.infrafabric.error.Violations;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.grpc.AccessGuard;
import io.infrafabric.kit.grpc.Replies;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.names.Keys;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;

/** The task service on gRPC. */
public final class GrpcTasks extends TaskServiceGrpc.TaskServiceImplBase {
  private static final int WATCHED_IDS = 1_000;

  private final Tasks tasks;
  private final Operators operators;
  private final TaskFeed feed;
  private final Replica replica;
  private final Keys keys;
  private final Executor slow;
  private final Explanations explanations;
  private final Pushes pushes;
  private final NamedObjects objects;
  private final ReplicaSights sights;

  /**
   * @param slow for what may take a while, because calls come in on the network's threads
   */
  public GrpcTasks(
      Tasks tasks,
      Operators operators,
      TaskFeed feed,
      Replica replica,
      Keys keys,
      Explanations explanations,
      Pushes pushes,
      NamedObjects objects,
      ReplicaSights sights,
      Executor slow) {
    this.objects = objects;
    this.sights = sights;
    this.slow = slow;
    this.explanations = explanations;
    this.pushes = pushes;
    this.tasks = tasks;
    this.operators = operators;
    this.feed = feed;
    this.replica = replica;
    this.keys = keys;
  }

  @Override
  public void submitTask(SubmitTaskRequest request, StreamObserver<SubmitTaskResponse> observer) {
    Replies.replyAsync(
        observer,
        () -> {
          RequestRules.requestId(request.getRequestId());
          if (!request.getSpec().hasPayloadObject()) {
            return tasks.submit(request.getSpec(), request.getRequestId());
          }
          return objects.exist(List.of(request.getSpec())).thenCompose(there -> tasks.submit(request.getSpec(), request.getRequestId()));
        });
  }

  @Override
  public void submitTasks(SubmitTasksRequest request, StreamObserver<SubmitTasksResponse> observer) {
    Replies.replyAsync(
        observer,
        () -> {
          RequestRules.requestId(request.getRequestId());
          return objects
              .exist(request.getSpecsList())
              .thenApplyAsync(there -> tasks.submitAll(request.getSpecsList(), request.getRequestId()), slow)
              .thenCompose(Function.identity());
        });
  }

  @Override
  public void getTask(GetTaskRequest request, StreamObserver<GetTaskResponse> observer) {
    Optional<SwarmId> reader = reader();
    Replies.replyAsync(observer, () -> tasks.get(new TaskId(request.getTaskId())).thenCompose(task -> seen(task, reader)));
  }

  private static Optional<SwarmId> reader() {
    return AccessGuard.caller().filter(caller -> caller.role() == Role.SWARM).map(caller -> new SwarmId(caller.subject()));
  }

  /** The task as its reader sees it; all of it where that is no swarm, or nobody is asked who he is. */
  private CompletableFuture<GetTaskResponse> seen(Task task, Optional<SwarmId> reader) {
    GetTaskResponse.Builder response = GetTaskResponse.newBuilder();
    return reader
        .map(swarm -> sights.of(task, swarm).thenApply(sight -> response.setTask(PrivacyRules.seen(task, swarm, sight)).setSight(sight).build()))
        .orElseGet(() -> CompletableFuture.completedFuture(response.setTask(task).setSight(TaskSight.TASK_SIGHT_WHOLE).build()));
  }

  @Override
  public void listTasks(ListTasksRequest request, StreamObserver<ListTasksResponse> observer) {
    Replies.reply(observer, CompletableFuture.supplyAsync(() -> Operators.isAboutPeople(request) ? operators.list(request) : tasks.list(request), slow));
  }

  @Override
  public void watchTasks(WatchTasksRequest request, StreamObserver<WatchTasksResponse> observer) {
    if (request.getTaskIdsCount() > WATCHED_IDS) {
      Replies.fail(
          observer,
          new Violations()
              .add(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "task_ids", "at most " + WATCHED_IDS)
              .refusal("the request cannot be taken")
              .orElseThrow()
              .asException());
      return;
    }
    new GrpcTaskWatch(request, (ServerCallStreamObserver<WatchTasksResponse>) observer).start(feed, replica, keys);
  }

  @Override
  public void explainTask(ExplainTaskRequest request, StreamObserver<ExplainTaskResponse> observer) {
    Replies.replyAsync(observer, () -> explanations.explain(request));
  }

  @Override
  public void cancelTask(CancelTaskRequest request, StreamObserver<CancelTaskResponse> observer) {
    Replies.replyAsync(
        observer,
        () -> {
          RequestRules.requestId(request.getRequestId());
          RequestRules.text("reason", request.getReason());
          return tasks.cancel(request).thenApply(task -> CancelTaskResponse.newBuilder().setTask(task).build());
        });
  }

  @Override
  public void requeueTask(RequeueTaskRequest request, StreamObserver<RequeueTaskResponse> observer) {
    Replies.replyAsync(
        observer,
        () -> {
          RequestRules.requestId(request.getRequestId());
          return CompletableFuture.supplyAsync(() -> operators.requeue(request), slow).thenCompose(Function.identity());
        });
  }

  @Override
  public void offerTask(OfferTaskRequest request, StreamObserver<OfferTaskResponse> observer) {
    Replies.replyAsync(observer, () -> pushes.offer(request).thenApply(offer -> OfferTaskResponse.newBuilder().setOffer(offer).build()));
  }

  @Override
  public void reassignTask(ReassignTaskRequest request, StreamObserver<ReassignTaskResponse> observer) {
    Replies.replyAsync(
        observer,
        () -> {
          RequestRules.requestId(request.getRequestId());
          RequestRules.text("reason", request.getReason());
          return operators.reassign(request).thenApply(task -> ReassignTaskResponse.newBuilder().setTask(task).build());
        });
  }

  /** A swarm approves for itself: no person does in its name. */
  private static void requireOwnName(ApproveTaskRequest request) {
    boolean another = AccessGuard.caller().filter(caller -> caller.role() != Role.SWARM && caller.role() != Role.SERVICE).isPresent();
    if (another && !request.getSwarmId().isEmpty()) {
      throw Refusal.of(ErrorCode.ERROR_CODE_PERMISSION_DENIED, "swarm " + request.getSwarmId() + " approves with a token of its own").with("swarm_id", request.getSwarmId()).asException();
    }
  }

  @Override
  public void approveTask(ApproveTaskRequest request, StreamObserver<ApproveTaskResponse> observer) {
    Optional<SwarmId> reader = reader();
    Replies.replyAsync(
        observer,
        () -> {
          RequestRules.requestId(request.getRequestId());
          RequestRules.text("reason", request.getReason());
          requireOwnName(request);
          return operators
              .approve(request)
              .thenCompose(task -> seen(task, reader))
              .thenApply(seen -> ApproveTaskResponse.newBuilder().setTask(seen.getTask()).build());
        });
  }
}
