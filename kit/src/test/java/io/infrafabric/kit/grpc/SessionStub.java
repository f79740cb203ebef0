package io.infrafabric.kit.grpc;

import io.grpc.stub.StreamObserver;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.CloseSessionRequest;
import io.infrafabric.coordinator.v1.CloseSessionResponse;
import io.infrafabric.coordinator.v1.KeepAliveRequest;
import io.infrafabric.coordinator.v1.KeepAliveResponse;
import io.infrafabric.coordinator.v1.ListSessionsRequest;
import io.infrafabric.coordinator.v1.ListSessionsResponse;
import io.infrafabric.coordinator.v1.OpenSessionRequest;
import io.infrafabric.coordinator.v1.OpenSessionResponse;
import io.infrafabric.coordinator.v1.SessionServiceGrpc;
import io.infrafabric.error.Refusal;
import io.opentelemetry.api.trace.Span;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * A service for tests: OpenSession answers with the trace id and revision 2^53+1, KeepAlive is refused, CloseSession
 * has a bug, ListSessions answers when {@link #release} is done.
 */
public final class SessionStub extends SessionServiceGrpc.SessionServiceImplBase {
  /** Larger than what a JavaScript number holds. */
  public static final long REVISION = (1L << 53) + 1;

  public final CompletableFuture<ListSessionsResponse> release = new CompletableFuture<>();

  @Override
  public void openSession(OpenSessionRequest request, StreamObserver<OpenSessionResponse> observer) {
    Replies.reply(
        observer,
        () ->
            OpenSessionResponse.newBuilder()
                .setSessionId(request.getSwarmId())
                .setOfferSubject(Span.current().getSpanContext().getTraceId())
                .setRevision(REVISION)
                .build());
  }

  @Override
  public void keepAlive(KeepAliveRequest request, StreamObserver<KeepAliveResponse> observer) {
    Replies.reply(
        observer,
        () -> {
          throw Refusal.of(ErrorCode.ERROR_CODE_AT_CAPACITY, "swarm s holds 3 claims – all it may")
              .with("held", 3)
              .retryAfter(Duration.ofMillis(1500))
              .asException();
        });
  }

  @Override
  public void closeSession(CloseSessionRequest request, StreamObserver<CloseSessionResponse> observer) {
    throw new IllegalStateException("the password is hunter2");
  }

  @Override
  public void listSessions(ListSessionsRequest request, StreamObserver<ListSessionsResponse> observer) {
    Replies.reply(observer, release);
  }
}
