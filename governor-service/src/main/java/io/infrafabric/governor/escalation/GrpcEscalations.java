package io.infrafabric.governor.escalation;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.infrafabric.access.Role;
import io.infrafabric.governor.escalation.EscalationRules.Command;
import io.infrafabric.governor.v1.ApproveEscalationRequest;
import io.infrafabric.governor.v1.ApproveEscalationResponse;
import io.infrafabric.governor.v1.EscalationServiceGrpc;
import io.infrafabric.governor.v1.GetEscalationRequest;
import io.infrafabric.governor.v1.GetEscalationResponse;
import io.infrafabric.governor.v1.ListEscalationsRequest;
import io.infrafabric.governor.v1.ListEscalationsResponse;
import io.infrafabric.governor.v1.RejectEscalationRequest;
import io.infrafabric.governor.v1.RejectEscalationResponse;
import io.infrafabric.governor.v1.RequestBudgetRequest;
import io.infrafabric.governor.v1.RequestBudgetResponse;
import io.infrafabric.governor.v1.WatchEscalationsRequest;
import io.infrafabric.governor.v1.WatchEscalationsResponse;
import io.infrafabric.kit.auth.Principal;
import io.infrafabric.kit.grpc.AccessGuard;
import io.infrafabric.kit.grpc.Replies;
import java.util.Optional;

/** EscalationService on gRPC. */
public final class GrpcEscalations extends EscalationServiceGrpc.EscalationServiceImplBase {
  private final EscalationLoop loop;

  public GrpcEscalations(EscalationLoop loop) {
    this.loop = loop;
  }

  @Override
  public void listEscalations(ListEscalationsRequest request, StreamObserver<ListEscalationsResponse> observer) {
    Replies.reply(observer, loop.escalations().list(request));
  }

  @Override
  public void getEscalation(GetEscalationRequest request, StreamObserver<GetEscalationResponse> observer) {
    Replies.reply(
        observer, loop.escalations().get(request).thenApply(found -> GetEscalationResponse.newBuilder().setEscalation(found).build()));
  }

  @Override
  public void watchEscalations(WatchEscalationsRequest request, StreamObserver<WatchEscalationsResponse> observer) {
    new GrpcEscalationWatch(loop.all(), (ServerCallStreamObserver<WatchEscalationsResponse>) observer).start(request.getAll(), loop.feed());
  }

  @Override
  public void approveEscalation(ApproveEscalationRequest request, StreamObserver<ApproveEscalationResponse> observer) {
    Command command = new Command(true, request.getRequestId(), by(request.getPrincipal()), request.getReason(), request.getGrantMicros());
    Replies.reply(
        observer,
        loop.escalations()
            .decide(request.getEscalationId(), command, mayMoveMoney())
            .thenApply(decided -> ApproveEscalationResponse.newBuilder().setEscalation(decided).build()));
  }

  @Override
  public void rejectEscalation(RejectEscalationRequest request, StreamObserver<RejectEscalationResponse> observer) {
    Command command = new Command(false, request.getRequestId(), by(request.getPrincipal()), request.getReason(), 0);
    Replies.reply(
        observer,
        loop.escalations()
            .decide(request.getEscalationId(), command, mayMoveMoney())
            .thenApply(decided -> RejectEscalationResponse.newBuilder().setEscalation(decided).build()));
  }

  @Override
  public void requestBudget(RequestBudgetRequest request, StreamObserver<RequestBudgetResponse> observer) {
    Replies.reply(
        observer, loop.escalations().requestBudget(request).thenApply(asked -> RequestBudgetResponse.newBuilder().setEscalation(asked).build()));
  }

  /** Who is named, or else who calls. */
  private static String by(String principal) {
    return principal.isEmpty() ? AccessGuard.caller().map(Principal::subject).orElse("") : principal;
  }

  /** Whether the caller could reset a breaker and grant money by the calls that are for that, too. */
  private static boolean mayMoveMoney() {
    Optional<Role> role = AccessGuard.caller().map(Principal::role);
    return role.isEmpty() || role.get() == Role.ADMIN;
  }
}
