package io.infrafabric.coordinator.claim;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.infrafabric.coordinator.dispatch.GrpcOfferWatch;
import io.infrafabric.coordinator.blocker.Blockers;
import io.infrafabric.coordinator.object.NamedObjects;
import io.infrafabric.coordinator.request.RequestRules;
import io.infrafabric.coordinator.v1.ClaimNextRequest;
import io.infrafabric.coordinator.v1.ClaimNextResponse;
import io.infrafabric.coordinator.v1.ClaimServiceGrpc;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.ClaimTaskResponse;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.coordinator.v1.CompleteTaskResponse;
import io.infrafabric.coordinator.v1.Completed;
import io.infrafabric.coordinator.v1.FailTaskRequest;
import io.infrafabric.coordinator.v1.FailTaskResponse;
import io.infrafabric.coordinator.v1.GetBlockerRequest;
import io.infrafabric.coordinator.v1.GetBlockerResponse;
import io.infrafabric.coordinator.v1.ListBlockersRequest;
import io.infrafabric.coordinator.v1.ListBlockersResponse;
import io.infrafabric.coordinator.v1.ListClaimsRequest;
import io.infrafabric.coordinator.v1.ListClaimsResponse;
import io.infrafabric.coordinator.v1.RaiseBlockerRequest;
import io.infrafabric.coordinator.v1.RaiseBlockerResponse;
import io.infrafabric.coordinator.v1.ReleaseTaskRequest;
import io.infrafabric.coordinator.v1.ReleaseTaskResponse;
import io.infrafabric.coordinator.v1.ReportProgressRequest;
import io.infrafabric.coordinator.v1.ReportProgressResponse;
import io.infrafabric.coordinator.v1.WatchOffersRequest;
import io.infrafabric.coordinator.v1.WatchOffersResponse;
import io.infrafabric.coordinator.v1.ResolveBlockerRequest;
import io.infrafabric.coordinator.v1.ResolveBlockerResponse;
import io.infrafabric.error.Violations;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.kit.grpc.Replies;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import java.util.concurrent.CompletableFuture;

/** The claim service on gRPC. */
public final class GrpcClaims extends ClaimServiceGrpc.ClaimServiceImplBase {
  private final Claims claims;
  private final Blockers blockers;
  private final GrpcOfferWatch offers;
  private final NamedObjects objects;

  public GrpcClaims(Claims claims, Blockers blockers, GrpcOfferWatch offers, NamedObjects objects) {
    this.claims = claims;
    this.blockers = blockers;
    this.offers = offers;
    this.objects = objects;
  }

  @Override
  public void raiseBlocker(RaiseBlockerRequest request, StreamObserver<RaiseBlockerResponse> observer) {
    Replies.replyAsync(observer, () -> blockers.raise(request).thenApply(raised -> RaiseBlockerResponse.newBuilder().setBlocker(raised).build()));
  }

  @Override
  public void resolveBlocker(ResolveBlockerRequest request, StreamObserver<ResolveBlockerResponse> observer) {
    Replies.replyAsync(observer, () -> blockers.resolve(request).thenApply(resolved -> ResolveBlockerResponse.newBuilder().setBlocker(resolved).build()));
  }

  @Override
  public void listClaims(ListClaimsRequest request, StreamObserver<ListClaimsResponse> observer) {
    Replies.replyAsync(observer, () -> claims.list(request));
  }

  @Override
  public void getBlocker(GetBlockerRequest request, StreamObserver<GetBlockerResponse> observer) {
    Replies.replyAsync(observer, () -> blockers.get(request).thenApply(blocker -> GetBlockerResponse.newBuilder().setBlocker(blocker).build()));
  }

  @Override
  public void listBlockers(ListBlockersRequest request, StreamObserver<ListBlockersResponse> observer) {
    Replies.reply(observer, () -> blockers.list(request));
  }

  @Override
  public void watchOffers(WatchOffersRequest request, StreamObserver<WatchOffersResponse> observer) {
    offers.serve(request, (ServerCallStreamObserver<WatchOffersResponse>) observer);
  }

  @Override
  public void claimTask(ClaimTaskRequest request, StreamObserver<ClaimTaskResponse> observer) {
    Replies.replyAsync(
        observer,
        () ->
            claims
                .claim(new TaskId(request.getTaskId()), command(request.getRequestId(), request.getSwarmId(), request.getSessionId(), request.getAgent(), false))
                .thenApply(claim -> ClaimTaskResponse.newBuilder().setClaim(claim).build()));
  }

  @Override
  public void claimNext(ClaimNextRequest request, StreamObserver<ClaimNextResponse> observer) {
    Replies.replyAsync(
        observer,
        () ->
            claims
                .claimNext(command(request.getRequestId(), request.getSwarmId(), request.getSessionId(), request.getAgent(), true))
                .thenApply(claim -> ClaimNextResponse.newBuilder().setClaim(claim).build()));
  }

  private static ClaimCommand command(String requestId, String swarm, String session, String agent, boolean another) {
    RequestRules.requestId(requestId);
    RequestRules.agent(agent);
    return new ClaimCommand(requestId, new SwarmId(swarm), session, agent, another);
  }

  @Override
  public void reportProgress(ReportProgressRequest request, StreamObserver<ReportProgressResponse> observer) {
    Replies.replyAsync(
        observer,
        () -> {
          report(request.getRequestId(), request.getTaskId(), request.getSwarmId(), request.getFence());
          RequestRules.text("note", request.getNote());
          RequestRules.checkpoint(request);
          new Violations()
              .check(Integer.compareUnsigned(request.getPercent(), 100) <= 0, ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "percent", "0 to 100")
              .refusal("the request cannot be taken")
              .ifPresent(refusal -> {
                throw refusal.asException();
              });
          return claims
              .progress(new TaskId(request.getTaskId()), request)
              .thenApply(revision -> ReportProgressResponse.newBuilder().setRevision(revision).build());
        });
  }

  @Override
  public void completeTask(CompleteTaskRequest request, StreamObserver<CompleteTaskResponse> observer) {
    Replies.replyAsync(
        observer,
        () -> {
          var report = report(request.getRequestId(), request.getTaskId(), request.getSwarmId(), request.getFence());
          RequestRules.cost(request.getCostMicros());
          RequestRules.result(request);
          Completed.Builder result = Completed.newBuilder().setResult(request.getResult()).setCostMicros(request.getCostMicros());
          if (request.hasResultObject()) {
            result.setResultObject(request.getResultObject());
          }
          CompletableFuture<Void> there =
              request.hasResultObject() ? objects.exists(request.getResultObject()) : CompletableFuture.completedFuture(null);
          return there
              .thenCompose(yes -> claims.end(report, new EndRules.End.Complete(result.build())))
              .thenApply(ended -> CompleteTaskResponse.newBuilder().setRevision(ended.revision()).setCompletedAt(Times.toProto(ended.at())).build());
        });
  }

  @Override
  public void failTask(FailTaskRequest request, StreamObserver<FailTaskResponse> observer) {
    Replies.replyAsync(
        observer,
        () -> {
          var report = report(request.getRequestId(), request.getTaskId(), request.getSwarmId(), request.getFence());
          RequestRules.cost(request.getCostMicros());
          RequestRules.text("reason", request.getReason());
          return claims
              .end(report, new EndRules.End.Fail(request.getReason(), request.getRetryable(), request.getCostMicros()))
              .thenApply(ended -> FailTaskResponse.newBuilder().setRevision(ended.revision()).setState(ended.state()).build());
        });
  }

  @Override
  public void releaseTask(ReleaseTaskRequest request, StreamObserver<ReleaseTaskResponse> observer) {
    Replies.replyAsync(
        observer,
        () -> {
          var report = report(request.getRequestId(), request.getTaskId(), request.getSwarmId(), request.getFence());
          RequestRules.cost(request.getCostMicros());
          RequestRules.text("reason", request.getReason());
          return claims
              .end(report, new EndRules.End.Release(request.getReason(), request.getCostMicros()))
              .thenApply(ended -> ReleaseTaskResponse.newBuilder().setRevision(ended.revision()).setState(ended.state()).build());
        });
  }

  private static EndDecision.Report report(String requestId, String task, String swarm, long fence) {
    RequestRules.requestId(requestId);
    RequestRules.fence(fence);
    return new EndDecision.Report(requestId, new TaskId(task), new SwarmId(swarm), fence);
  }
}
