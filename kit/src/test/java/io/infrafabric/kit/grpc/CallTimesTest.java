package io.infrafabric.kit.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.infrafabric.coordinator.v1.CloseSessionRequest;
import io.infrafabric.coordinator.v1.KeepAliveRequest;
import io.infrafabric.coordinator.v1.ListSessionsRequest;
import io.infrafabric.coordinator.v1.ListSessionsResponse;
import io.infrafabric.coordinator.v1.OpenSessionRequest;
import io.infrafabric.coordinator.v1.SessionServiceGrpc;
import io.infrafabric.coordinator.v1.SessionServiceGrpc.SessionServiceBlockingStub;
import io.infrafabric.kit.telemetry.RecentTimes;
import io.infrafabric.kit.telemetry.Telemetry;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CallTimesTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final String OPEN = SessionServiceGrpc.getOpenSessionMethod().getFullMethodName();
  private static final String KEEP = SessionServiceGrpc.getKeepAliveMethod().getFullMethodName();
  private static final String CLOSE = SessionServiceGrpc.getCloseSessionMethod().getFullMethodName();
  private static final String LIST = SessionServiceGrpc.getListSessionsMethod().getFullMethodName();

  private final RecentTimes opened = new RecentTimes();
  private final CallTimes times = new CallTimes(Map.of(OPEN, opened));
  private final SessionStub service = new SessionStub();
  private final GrpcServer server = GrpcServer.Builder.of("test").service(service).meter(times).build().start();
  private final GrpcClient client = GrpcClient.channel(server.target());
  private final SessionServiceBlockingStub stub = SessionServiceGrpc.newBlockingStub(client.channel());

  @AfterEach
  void close() {
    client.close();
    server.close();
  }

  @Test
  void callsAreCountedByHowTheyEnded_andOnlyTheAnsweredOfSomeAreTimed() {
    assertThat(times.calls()).isEmpty();
    for (int i = 0; i < 3; i++) {
      stub.openSession(OpenSessionRequest.getDefaultInstance());
    }
    catchThrowable(() -> stub.keepAlive(KeepAliveRequest.getDefaultInstance()));
    catchThrowable(() -> stub.closeSession(CloseSessionRequest.getDefaultInstance()));
    // The answer may be at the client before the server has noted that it left.
    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(times.calls())
                    .isEqualTo(
                        Map.of(OPEN, new CallTimes.Calls(3, 0, 0), KEEP, new CallTimes.Calls(0, 1, 0), CLOSE, new CallTimes.Calls(0, 1, 0))));
    assertThat(opened.summary()).get().extracting(RecentTimes.Summary::measured).isEqualTo(3);
  }

  @Test
  void callWhoseCallerIsGone_isCountedOnce_alsoWhenItIsAnsweredLater() {
    catchThrowable(() -> stub.withDeadlineAfter(50, TimeUnit.MILLISECONDS).listSessions(ListSessionsRequest.getDefaultInstance()));
    await().atMost(SOON).until(() -> times.calls().containsKey(LIST));
    service.release.complete(ListSessionsResponse.getDefaultInstance());
    stub.listSessions(ListSessionsRequest.getDefaultInstance());
    await().atMost(SOON).untilAsserted(() -> assertThat(times.calls()).containsEntry(LIST, new CallTimes.Calls(1, 0, 1)));
  }

  /** The answer does not fit the window of a caller that does not read: it lies in the transport until it does. */
  @Test
  void callIsOverWhenItsAnswerHasLeft_butItsPlaceIsFreeBefore() throws Exception {
    CallTimes slow = new CallTimes(Map.of());
    OverloadGuard guard = new OverloadGuard(OverloadSettings.defaults(), method -> Importance.NORMAL, Telemetry.none().metrics());
    try (GrpcServer guarded = GrpcServer.Builder.of("slow").service(service).interceptor(guard).meter(slow).build().start();
        GrpcClient other = GrpcClient.channel(guarded.target())) {
      ManagedChannel plain = NettyChannelBuilder.forTarget(guarded.target()).usePlaintext().maxInboundMessageSize(16 << 20).build();
      try {
        ClientCall<ListSessionsRequest, ListSessionsResponse> call = plain.newCall(SessionServiceGrpc.getListSessionsMethod(), CallOptions.DEFAULT);
        CompletableFuture<Status> ended = new CompletableFuture<>();
        call.start(
            new ClientCall.Listener<>() {
              @Override
              public void onClose(Status status, Metadata trailers) {
                ended.complete(status);
              }
            },
            new Metadata());
        call.sendMessage(ListSessionsRequest.getDefaultInstance());
        call.halfClose();
        await().atMost(SOON).until(() -> guard.underWay() == 1 && service.release.getNumberOfDependents() == 1);
        service.release.complete(ListSessionsResponse.newBuilder().setNextPageToken("x".repeat(8 << 20)).build());
        await().atMost(SOON).until(() -> guard.underWay() == 0);
        SessionServiceGrpc.newBlockingStub(other.channel()).openSession(OpenSessionRequest.getDefaultInstance());
        await().atMost(SOON).until(() -> slow.calls().containsKey(OPEN));
        assertThat(slow.calls()).as("its answer was made, and has not left").doesNotContainKey(LIST);
        call.request(2);
        assertThat(ended.get(20, TimeUnit.SECONDS).isOk()).isTrue();
        await().atMost(SOON).untilAsserted(() -> assertThat(slow.calls()).containsEntry(LIST, new CallTimes.Calls(1, 0, 0)));
      } finally {
        plain.shutdownNow();
      }
    }
  }

  @Test
  void times_areFromWhenACallCameIn() {
    AtomicLong now = new AtomicLong(7_000);
    RecentTimes some = new RecentTimes(now::get);
    CallTimes noted = new CallTimes(Map.of("a/B", some));
    now.addAndGet(5_000);
    noted.ended("a/B", CallMeter.End.ANSWERED, 7_000);
    noted.ended("a/B", CallMeter.End.REFUSED, 0);
    noted.ended("a/B", CallMeter.End.ABANDONED, 0);
    noted.ended("a/C", CallMeter.End.ANSWERED, 0);
    assertThat(some.summary()).contains(new RecentTimes.Summary(1, Duration.ZERO, 5, 5, 5, 5, 5));
    assertThat(noted.calls()).isEqualTo(Map.of("a/B", new CallTimes.Calls(1, 1, 1), "a/C", new CallTimes.Calls(1, 0, 0)));
  }
}
