package io.infrafabric.kit.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.CloseSessionRequest;
import io.infrafabric.coordinator.v1.KeepAliveRequest;
import io.infrafabric.coordinator.v1.ListSessionsRequest;
import io.infrafabric.coordinator.v1.ListSessionsResponse;
import io.infrafabric.coordinator.v1.OpenSessionRequest;
import io.infrafabric.coordinator.v1.SessionServiceGrpc;
import io.infrafabric.coordinator.v1.SessionServiceGrpc.SessionServiceBlockingStub;
import io.infrafabric.error.Refusal;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Scope;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GrpcServerTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";

  private final SessionStub service = new SessionStub();
  private GrpcServer server;
  private GrpcClient client;

  private SessionServiceBlockingStub start(GrpcLimits limits) {
    server = GrpcServer.Builder.of("test").service(service).limits(limits).build().start();
    client = GrpcClient.channel(server.target());
    return SessionServiceGrpc.newBlockingStub(client.channel());
  }

  private static GrpcLimits quickDrain() {
    return GrpcLimits.defaults().withDrain(Duration.ofMillis(300));
  }

  @AfterEach
  void close() {
    if (client != null) {
      client.close();
    }
    if (server != null) {
      server.close();
    }
  }

  private static ErrorCode code(Throwable failure) {
    return Errors.refusalOf(failure).map(Refusal::code).orElseThrow();
  }

  @Test
  void refusal_reachesTheClientWhole_andABugDoesNot() {
    SessionServiceBlockingStub stub = start(quickDrain());
    Refusal refusal =
        Errors.refusalOf(catchThrowable(() -> stub.keepAlive(KeepAliveRequest.getDefaultInstance()))).orElseThrow();
    assertThat(refusal.code()).isEqualTo(ErrorCode.ERROR_CODE_AT_CAPACITY);
    assertThat(refusal.message()).isEqualTo("swarm s holds 3 claims – all it may");
    assertThat(refusal.metadata()).containsEntry("held", "3");
    assertThat(refusal.retryAfter()).contains(Duration.ofMillis(1500));
    Throwable bug = catchThrowable(() -> stub.closeSession(CloseSessionRequest.getDefaultInstance()));
    assertThat(code(bug)).isEqualTo(ErrorCode.ERROR_CODE_INTERNAL);
    assertThat(bug.toString()).doesNotContain("hunter2");
  }

  @Test
  void handler_seesTheTraceOfTheCaller() {
    SessionServiceBlockingStub stub = start(quickDrain());
    SpanContext caller =
        SpanContext.create(TRACE, "b7ad6b7169203331", TraceFlags.getSampled(), TraceState.getDefault());
    try (Scope scope = Span.wrap(caller).makeCurrent()) {
      assertThat(stub.openSession(OpenSessionRequest.getDefaultInstance()).getOfferSubject()).isEqualTo(TRACE);
    }
    assertThat(stub.openSession(OpenSessionRequest.getDefaultInstance()).getOfferSubject()).isEqualTo("0".repeat(32));
  }

  @Test
  void unaryCallWithoutDeadline_isEndedByTheServer() {
    server =
        GrpcServer.Builder.of("test")
            .service(service)
            .limits(quickDrain().withDeadline(Duration.ofMillis(200)))
            .build()
            .start();
    var plain = io.grpc.netty.NettyChannelBuilder.forTarget(server.target()).usePlaintext().build();
    try {
      Throwable late =
          catchThrowable(
              () -> SessionServiceGrpc.newBlockingStub(plain).listSessions(ListSessionsRequest.getDefaultInstance()));
      assertThat(((StatusRuntimeException) late).getStatus().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
      assertThat(code(late)).isEqualTo(ErrorCode.ERROR_CODE_OUTCOME_UNKNOWN);
      service.release.complete(ListSessionsResponse.getDefaultInstance());
      assertThat(SessionServiceGrpc.newBlockingStub(plain).listSessions(ListSessionsRequest.getDefaultInstance())).isNotNull();
    } finally {
      plain.shutdownNow();
    }
  }

  @Test
  void client_setsADeadlineWhereTheCallerHasNone() {
    start(quickDrain());
    try (GrpcClient hasty = GrpcClient.channel(server.target(), Duration.ofMillis(300))) {
      Throwable late =
          catchThrowable(
              () -> SessionServiceGrpc.newBlockingStub(hasty.channel()).listSessions(ListSessionsRequest.getDefaultInstance()));
      assertThat(code(late)).isEqualTo(ErrorCode.ERROR_CODE_OUTCOME_UNKNOWN);
    }
  }

  @Test
  void tooLargeRequest_isRefused() {
    SessionServiceBlockingStub stub = start(quickDrain());
    var large = OpenSessionRequest.newBuilder().setSwarmId("x".repeat(2 << 20)).build();
    Throwable refused = catchThrowable(() -> stub.openSession(large));
    assertThat(((StatusRuntimeException) refused).getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    Metadata headers = new Metadata();
    headers.put(Metadata.Key.of("large", Metadata.ASCII_STRING_MARSHALLER), "x".repeat(9_000));
    Throwable metadata =
        catchThrowable(
            () ->
                stub.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
                    .openSession(OpenSessionRequest.getDefaultInstance()));
    assertThat(metadata).isInstanceOf(StatusRuntimeException.class);
    assertThat(stub.openSession(OpenSessionRequest.getDefaultInstance()).getRevision()).isEqualTo(SessionStub.REVISION);
  }

  @Test
  void port_isOpenOnlyFromStart() throws Exception {
    try (ServerSocket probe = new ServerSocket(0)) {
      int port = probe.getLocalPort();
      probe.close();
      server = GrpcServer.Builder.of("test").port(port).service(service).limits(quickDrain()).build();
      assertThat(catchThrowable(() -> new Socket("127.0.0.1", port).close())).isInstanceOf(ConnectException.class);
      server.start();
      assertThat(HealthCheck.ask(server.target(), "", SOON)).isEqualTo("SERVING");
    }
  }

  @Test
  void health_isPerService_andFollowsReadiness() {
    start(quickDrain());
    assertThat(HealthCheck.ask(server.target(), SessionServiceGrpc.SERVICE_NAME, SOON)).isEqualTo("SERVING");
    assertThat(HealthCheck.ask(server.target(), "no.such", SOON)).isEqualTo("NOT_FOUND");
    server.serving(false);
    assertThat(HealthCheck.ask(server.target(), "", SOON)).isEqualTo("NOT_SERVING");
    server.close();
    assertThat(HealthCheck.ask(server.target(), "", Duration.ofSeconds(1))).isIn("UNAVAILABLE", "DEADLINE_EXCEEDED");
  }

  @Test
  void drain_letsCallsEnd() throws Exception {
    start(GrpcLimits.defaults().withDrain(Duration.ofSeconds(10)));
    var call = SessionServiceGrpc.newFutureStub(client.channel()).listSessions(ListSessionsRequest.getDefaultInstance());
    await().atMost(SOON).until(() -> service.release.getNumberOfDependents() == 1);
    CompletableFuture<Void> closing = CompletableFuture.runAsync(server::close);
    await().atMost(SOON).until(() -> HealthCheck.ask(server.target(), "", Duration.ofMillis(300)).matches("UNAVAILABLE|NOT_SERVING|DEADLINE_EXCEEDED"));
    assertThat(closing).isNotDone();
    service.release.complete(ListSessionsResponse.getDefaultInstance());
    assertThat(call.get(10, TimeUnit.SECONDS)).isNotNull();
    closing.get(10, TimeUnit.SECONDS);
  }

  @Test
  void drain_endsStreamsAtOnce() throws Exception {
    start(GrpcLimits.defaults());
    List<HealthCheckResponse> seen = new CopyOnWriteArrayList<>();
    CompletableFuture<Throwable> ended = new CompletableFuture<>();
    HealthGrpc.newStub(client.channel())
        .watch(
            HealthCheckRequest.getDefaultInstance(),
            new StreamObserver<>() {
              @Override
              public void onNext(HealthCheckResponse answer) {
                seen.add(answer);
              }

              @Override
              public void onError(Throwable failure) {
                ended.complete(failure);
              }

              @Override
              public void onCompleted() {
                ended.complete(null);
              }
            });
    await().atMost(SOON).until(() -> !seen.isEmpty());
    long start = System.nanoTime();
    server.close();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
    assertThat(code(ended.get(10, TimeUnit.SECONDS))).isEqualTo(ErrorCode.ERROR_CODE_UNAVAILABLE);
    assertThat(seen.getLast().getStatus()).isEqualTo(HealthCheckResponse.ServingStatus.NOT_SERVING);
  }

  @Test
  void probe_saysNotServingWhileSomethingIsAway() {
    start(quickDrain());
    AtomicBoolean there = new AtomicBoolean(true);
    try (ReadinessProbe probe = ReadinessProbe.start(server, there::get, Duration.ofMillis(100), InstantSource.system())) {
      there.set(false);
      await().atMost(SOON).until(() -> HealthCheck.ask(server.target(), "", SOON).equals("NOT_SERVING"));
      there.set(true);
      await().atMost(SOON).until(() -> HealthCheck.ask(server.target(), "", SOON).equals("SERVING"));
    }
  }

  @Test
  void lostConnection_isUnknownWhenTheRequestHadLeft_andUnavailableWhenNot() {
    SessionServiceBlockingStub stub = start(quickDrain());
    CompletableFuture<Throwable> open =
        CompletableFuture.supplyAsync(() -> catchThrowable(() -> stub.listSessions(ListSessionsRequest.getDefaultInstance())));
    await().atMost(SOON).until(() -> service.release.getNumberOfDependents() == 1);
    server.close();
    assertThat(code(open.join())).isEqualTo(ErrorCode.ERROR_CODE_OUTCOME_UNKNOWN);
    Throwable after = catchThrowable(() -> stub.openSession(OpenSessionRequest.getDefaultInstance()));
    assertThat(code(after)).isEqualTo(ErrorCode.ERROR_CODE_UNAVAILABLE);
  }

  @Test
  void client_findsAServerThatWasAwayForAWhile() {
    SessionServiceBlockingStub stub = start(quickDrain());
    assertThat(stub.openSession(OpenSessionRequest.getDefaultInstance())).isNotNull();
    int port = server.port();
    server.close();
    long gone = System.nanoTime();
    await().atMost(SOON).until(() -> {
      catchThrowable(() -> stub.openSession(OpenSessionRequest.getDefaultInstance()));
      return System.nanoTime() - gone > Duration.ofSeconds(12).toNanos();
    });
    server = GrpcServer.Builder.of("test").port(port).service(service).limits(quickDrain()).build().start();
    long back = System.nanoTime();
    await().atMost(SOON).pollInterval(Duration.ofMillis(50)).ignoreExceptions().untilAsserted(() ->
        assertThat(stub.openSession(OpenSessionRequest.getDefaultInstance())).isNotNull());
    assertThat(Duration.ofNanos(System.nanoTime() - back)).isLessThan(Duration.ofMillis(2_500));
  }

  @Test
  void inProcessServer_hasTheSameInterceptors() {
    try (InProcessServer inside = GrpcServer.Builder.of("test").service(service).startInProcess()) {
      SessionServiceBlockingStub stub = SessionServiceGrpc.newBlockingStub(inside.channel());
      assertThat(code(catchThrowable(() -> stub.keepAlive(KeepAliveRequest.getDefaultInstance()))))
          .isEqualTo(ErrorCode.ERROR_CODE_AT_CAPACITY);
      assertThat(code(catchThrowable(() -> stub.closeSession(CloseSessionRequest.getDefaultInstance()))))
          .isEqualTo(ErrorCode.ERROR_CODE_INTERNAL);
    }
  }

  @Test
  void directServer_answersToo() {
    server = GrpcServer.Builder.of("test").service(service).limits(quickDrain()).directExecutor().build().start();
    client = GrpcClient.channel("dns:///" + server.target());
    assertThat(SessionServiceGrpc.newBlockingStub(client.channel()).openSession(OpenSessionRequest.getDefaultInstance())).isNotNull();
  }
}
