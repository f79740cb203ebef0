package io.infrafabric.coordinator.session;

import io.grpc.stub.StreamObserver;
import io.infrafabric.coordinator.request.RequestRules;
import io.infrafabric.coordinator.v1.CloseSessionRequest;
import io.infrafabric.coordinator.v1.CloseSessionResponse;
import io.infrafabric.coordinator.v1.GetSessionRequest;
import io.infrafabric.coordinator.v1.GetSessionResponse;
import io.infrafabric.coordinator.v1.KeepAliveRequest;
import io.infrafabric.coordinator.v1.KeepAliveResponse;
import io.infrafabric.coordinator.v1.ListSessionsRequest;
import io.infrafabric.coordinator.v1.ListSessionsResponse;
import io.infrafabric.coordinator.v1.OpenSessionRequest;
import io.infrafabric.coordinator.v1.OpenSessionResponse;
import io.infrafabric.coordinator.v1.SessionServiceGrpc;
import io.infrafabric.kit.grpc.Replies;
import io.infrafabric.names.SwarmId;

/** The session service on gRPC. */
public final class GrpcSessions extends SessionServiceGrpc.SessionServiceImplBase {
  private final Sessions sessions;
  private final Reminder reminder;

  public GrpcSessions(Sessions sessions, Reminder reminder) {
    this.sessions = sessions;
    this.reminder = reminder;
  }

  @Override
  public void openSession(OpenSessionRequest request, StreamObserver<OpenSessionResponse> observer) {
    Replies.replyAsync(
        observer,
        () -> {
          RequestRules.requestId(request.getRequestId());
          return sessions.open(request);
        });
  }

  @Override
  public void keepAlive(KeepAliveRequest request, StreamObserver<KeepAliveResponse> observer) {
    Replies.replyAsync(
        observer,
        () -> {
          RequestRules.text("note", request.getNote());
          RequestRules.time("estimated_unblock", request.getEstimatedUnblock());
          return sessions
              .keepAlive(request)
              .thenApply(alive -> alive.toBuilder().addAllOffers(reminder.of(new SwarmId(request.getSwarmId()))).build());
        });
  }

  @Override
  public void closeSession(CloseSessionRequest request, StreamObserver<CloseSessionResponse> observer) {
    Replies.replyAsync(
        observer,
        () -> {
          RequestRules.requestId(request.getRequestId());
          return sessions.close(request);
        });
  }

  @Override
  public void listSessions(ListSessionsRequest request, StreamObserver<ListSessionsResponse> observer) {
    Replies.reply(observer, () -> sessions.statuses().list(request));
  }

  @Override
  public void getSession(GetSessionRequest request, StreamObserver<GetSessionResponse> observer) {
    Replies.reply(observer, () -> GetSessionResponse.newBuilder().setSession(sessions.statuses().of(new SwarmId(request.getSwarmId()))).build());
  }
}
