package io.infrafabric.coordinator.plan;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.infrafabric.coordinator.object.NamedObjects;
import io.infrafabric.coordinator.request.RequestRules;
import io.infrafabric.coordinator.v1.CancelPlanRequest;
import io.infrafabric.coordinator.v1.CancelPlanResponse;
import io.infrafabric.coordinator.v1.GetPlanRequest;
import io.infrafabric.coordinator.v1.GetPlanResponse;
import io.infrafabric.coordinator.v1.ListPlansRequest;
import io.infrafabric.coordinator.v1.ListPlansResponse;
import io.infrafabric.coordinator.v1.MapTasksRequest;
import io.infrafabric.coordinator.v1.MapTasksResponse;
import io.infrafabric.coordinator.v1.PlanServiceGrpc;
import io.infrafabric.coordinator.v1.ReducePlanRequest;
import io.infrafabric.coordinator.v1.ReducePlanResponse;
import io.infrafabric.coordinator.v1.SubmitPlanRequest;
import io.infrafabric.coordinator.v1.SubmitPlanResponse;
import io.infrafabric.coordinator.v1.WatchPlanRequest;
import io.infrafabric.coordinator.v1.WatchPlanResponse;
import io.infrafabric.kit.grpc.Replies;
import io.infrafabric.names.PlanId;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;

/** The plan service on gRPC. */
public final class GrpcPlans extends PlanServiceGrpc.PlanServiceImplBase {
  private final Plans plans;
  private final PlanIndex index;
  private final PlanLists lists;
  private final NamedObjects objects;
  private final Executor slow;

  /**
   * @param slow for what may take a while, because calls come in on the network's threads
   */
  public GrpcPlans(Plans plans, PlanIndex index, NamedObjects objects, Executor slow) {
    this.objects = objects;
    this.plans = plans;
    this.index = index;
    this.lists = new PlanLists(index);
    this.slow = slow;
  }

  @Override
  public void submitPlan(SubmitPlanRequest request, StreamObserver<SubmitPlanResponse> observer) {
    Replies.replyAsync(
        observer,
        () -> {
          RequestRules.requestId(request.getRequestId());
          return objects
              .exist(PlanRules.specs(request.getPlan()))
              .thenApplyAsync(there -> plans.submit(request.getPlan(), request.getRequestId()), slow)
              .thenCompose(Function.identity());
        });
  }

  @Override
  public void getPlan(GetPlanRequest request, StreamObserver<GetPlanResponse> observer) {
    Replies.replyAsync(observer, () -> plans.get(new PlanId(request.getPlanId())));
  }

  @Override
  public void listPlans(ListPlansRequest request, StreamObserver<ListPlansResponse> observer) {
    Replies.reply(observer, CompletableFuture.supplyAsync(() -> lists.list(request), slow));
  }

  @Override
  public StreamObserver<MapTasksRequest> mapTasks(StreamObserver<MapTasksResponse> observer) {
    return new GrpcMapTasks(plans.mappings(), (ServerCallStreamObserver<MapTasksResponse>) observer).start(slow);
  }

  @Override
  public void cancelPlan(CancelPlanRequest request, StreamObserver<CancelPlanResponse> observer) {
    Replies.replyAsync(
        observer,
        () -> {
          RequestRules.requestId(request.getRequestId());
          RequestRules.text("reason", request.getReason());
          return plans.cancel(request);
        });
  }

  @Override
  public void reducePlan(ReducePlanRequest request, StreamObserver<ReducePlanResponse> observer) {
    ServerCallStreamObserver<ReducePlanResponse> answer = (ServerCallStreamObserver<ReducePlanResponse>) observer;
    Replies.reply(answer, CompletableFuture.supplyAsync(() -> plans.reduce(request, answer::isCancelled), slow));
  }

  @Override
  public void watchPlan(WatchPlanRequest request, StreamObserver<WatchPlanResponse> observer) {
    PlanId plan = new PlanId(request.getPlanId());
    GrpcPlanWatch watch = new GrpcPlanWatch(plan, (ServerCallStreamObserver<WatchPlanResponse>) observer);
    watch.prepare();
    plans
        .get(plan)
        .whenComplete(
            (found, failure) -> {
              if (failure == null) {
                watch.start(index);
              } else {
                Replies.fail(observer, failure);
              }
            });
  }
}
