package io.infrafabric.kit.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.stub.StreamObserver;
import io.infrafabric.coordinator.v1.KeepAliveRequest;
import io.infrafabric.coordinator.v1.KeepAliveResponse;
import io.infrafabric.coordinator.v1.OpenSessionRequest;
import io.infrafabric.coordinator.v1.OpenSessionResponse;
import io.infrafabric.coordinator.v1.SessionServiceGrpc;
import io.infrafabric.kit.grpc.CallMeter;
import io.infrafabric.kit.grpc.CallTimes;
import io.infrafabric.kit.grpc.GrpcServer;
import io.infrafabric.kit.grpc.Importance;
import io.infrafabric.kit.grpc.SessionStub;
import io.infrafabric.kit.telemetry.RecentTimes;
import io.infrafabric.kit.telemetry.Telemetry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RpcMirrorTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";

  @TempDir Path folder;
  private RealNats server;
  private NatsBus bus;
  private RpcMirror mirror;
  private final RecentTimes opened = new RecentTimes();
  private final CallTimes times = new CallTimes(Map.of(SessionServiceGrpc.getOpenSessionMethod().getFullMethodName(), opened));

  @BeforeEach
  void open() {
    server = RealNats.in(folder);
    bus = NatsBus.start(NatsSettings.of(server.url()), "test", Telemetry.none());
    // Started before NATS on purpose: it is mirrored as soon as there is a connection.
    mirror =
        RpcMirror.start(bus, "coordinator", GrpcServer.Builder.of("test").service(new SessionStub()).startInProcess(), method -> Importance.HIGH, times);
    server.start();
    await().atMost(SOON).until(() -> call("OpenSession", "{}").headers().get("Nats-Service-Error") == null);
  }

  @AfterEach
  void close() {
    mirror.close();
    bus.close();
    server.close();
  }

  private BusMessage call(String method, String json) {
    return call(method, Map.of(), json.getBytes(StandardCharsets.UTF_8));
  }

  private BusMessage call(String method, Map<String, String> headers, byte[] body) {
    return callOf("coordinator", method, headers, body);
  }

  private BusMessage callOf(String service, String method) {
    return callOf(service, method, Map.of(), new byte[0]);
  }

  private BusMessage callOf(String service, String method, Map<String, String> headers, byte[] body) {
    try {
      return bus.request("if.v1.rpc." + service + "." + method, headers, body, Duration.ofSeconds(5)).get();
    } catch (InterruptedException | java.util.concurrent.ExecutionException e) {
      return BusMessage.of("", Map.of("Nats-Service-Error", e.toString()), new byte[0]);
    }
  }

  private static String text(BusMessage message) {
    return new String(message.body(), StandardCharsets.UTF_8);
  }

  @Test
  void json_isAnsweredInJson_withLargeIntegersAsStrings() {
    BusMessage answer = call("OpenSession", "{\"swarmId\":\"s-1\"}");
    assertThat(answer.headers()).containsEntry("Content-Type", "application/json");
    assertThat(text(answer)).contains("\"sessionId\":\"s-1\"").contains("\"revision\":\"9007199254740993\"");
    assertThat(text(call("OpenSession", "{\"swarm_id\":\"s-2\"}"))).contains("\"sessionId\":\"s-2\"");
    assertThat(text(call("OpenSession", ""))).contains("revision");
  }

  @Test
  void protobuf_isAnsweredInProtobuf() throws Exception {
    BusMessage answer =
        call(
            "OpenSession",
            Map.of("content-type", "application/protobuf"),
            OpenSessionRequest.newBuilder().setSwarmId("s-1").build().toByteArray());
    assertThat(answer.headers()).containsEntry("Content-Type", "application/protobuf");
    assertThat(OpenSessionResponse.parseFrom(answer.body()).getRevision()).isEqualTo(SessionStub.REVISION);
  }

  @Test
  void trace_reachesTheHandler() {
    Map<String, String> headers = Map.of("traceparent", "00-" + TRACE + "-b7ad6b7169203331-01");
    assertThat(text(call("OpenSession", headers, new byte[0]))).contains(TRACE);
  }

  @Test
  void refusal_isHeadersAndJson() {
    BusMessage answer = call("KeepAlive", "{}");
    assertThat(answer.headers())
        .containsEntry("Nats-Service-Error", "AT_CAPACITY: swarm s holds 3 claims ? all it may")
        .containsEntry("Nats-Service-Error-Code", "8");
    assertThat(text(answer))
        .startsWith("{\"error\":{\"code\":\"AT_CAPACITY\",\"message\":\"swarm s holds 3 claims – all it may\"")
        .contains("\"advice\":\"Finish a claim first")
        .contains("\"metadata\":{\"held\":\"3\"}")
        .contains("\"retryAfterMillis\":1500");
  }

  /** What jnats itself measures is how long its handler takes, which only hands the call over. */
  @Test
  void stats_tellHowLongCallsTook_andTheirErrors() throws Exception {
    call("KeepAlive", "{}");
    try (io.nats.client.Connection nats = io.nats.client.Nats.connect(server.url())) {
      var discovery = new io.nats.service.Discovery(nats, 2_000, 1);
      assertThat(discovery.ping("if-coordinator")).hasSize(1);
      assertThat(discovery.info("if-coordinator").getFirst().getEndpoints()).extracting(endpoint -> endpoint.getSubject()).contains("if.v1.rpc.coordinator.KeepAlive");
      var counted =
          await()
              .atMost(SOON)
              .until(
                  () ->
                      discovery.stats("if-coordinator").getFirst().getEndpointStatsList().stream()
                          .filter(endpoint -> endpoint.getName().equals("KeepAlive"))
                          .findFirst()
                          .orElseThrow(),
                  endpoint -> endpoint.getNumErrors() == 1);
      assertThat(counted.getNumRequests()).isEqualTo(1);
      assertThat(counted.getLastError()).startsWith("AT_CAPACITY");
      assertThat(counted.getProcessingTime()).isPositive();
      assertThat(counted.getAverageProcessingTime()).isEqualTo(counted.getProcessingTime());
    }
  }

  /** Handlers that do not answer before they are told to: whoever opens a session is one of too many. */
  private static final class Busy extends SessionServiceGrpc.SessionServiceImplBase {
    private final Queue<StreamObserver<OpenSessionResponse>> waiting = new ConcurrentLinkedQueue<>();

    @Override
    public void openSession(OpenSessionRequest request, StreamObserver<OpenSessionResponse> observer) {
      waiting.add(observer);
    }

    @Override
    public void keepAlive(KeepAliveRequest request, StreamObserver<KeepAliveResponse> observer) {
      observer.onNext(KeepAliveResponse.getDefaultInstance());
      observer.onCompleted();
    }
  }

  @Test
  void whenThereAreTooMany_theLeastImportantAreRefusedFirst_andSaidWhenToComeAgain() {
    Busy busy = new Busy();
    int most = bus.settings().mirrorCalls();
    try (RpcMirror limited =
        RpcMirror.start(
            bus,
            "busy",
            GrpcServer.Builder.of("busy").service(busy).startInProcess(),
            method -> method.endsWith("/OpenSession") ? Importance.LOW : method.endsWith("/KeepAlive") ? Importance.VITAL : Importance.NORMAL,
            CallMeter.NONE)) {
      await().atMost(SOON).until(() -> callOf("busy", "KeepAlive").headers().get("Nats-Service-Error") == null);
      List<CompletableFuture<BusMessage>> answers = new ArrayList<>();
      for (int i = 0; i < most / 2; i++) {
        answers.add(bus.request("if.v1.rpc.busy.OpenSession", Map.of(), new byte[0], SOON));
      }
      await().atMost(SOON).until(() -> busy.waiting.size() == most / 2);
      BusMessage refused = callOf("busy", "OpenSession");
      assertThat(text(refused)).contains("\"code\":\"OVERLOADED\"").contains("\"retryAfterMillis\":500");
      assertThat(callOf("busy", "KeepAlive").headers()).doesNotContainKey("Nats-Service-Error");
      busy.waiting.forEach(
          observer -> {
            observer.onNext(OpenSessionResponse.getDefaultInstance());
            observer.onCompleted();
          });
      answers.forEach(answer -> assertThat(answer.join().headers()).doesNotContainKey("Nats-Service-Error"));
      await().atMost(SOON).until(() -> refusedNoMore(busy));
    }
  }

  /** What has ended makes room. */
  private boolean refusedNoMore(Busy busy) {
    busy.waiting.clear();
    CompletableFuture<BusMessage> again = bus.request("if.v1.rpc.busy.OpenSession", Map.of(), new byte[0], SOON);
    await().atMost(SOON).until(() -> again.isDone() || !busy.waiting.isEmpty());
    busy.waiting.forEach(
        observer -> {
          observer.onNext(OpenSessionResponse.getDefaultInstance());
          observer.onCompleted();
        });
    return !again.join().headers().containsKey("Nats-Service-Error");
  }

  @Test
  void calls_areCountedAndTimedOverNatsToo() {
    call("OpenSession", "{\"swarmIdd\":\"x\"}");
    call("KeepAlive", "{}");
    // An answer may be here before the mirror has noted that it left.
    await().atMost(SOON).until(() -> calls("KeepAlive").equals(new CallTimes.Calls(0, 1, 0)));
    await().atMost(SOON).until(() -> calls("OpenSession").refused() == 1);
    assertThat(calls("OpenSession").answered()).as("those that waited for NATS").isPositive();
    assertThat(opened.summary().orElseThrow().measured()).isEqualTo((int) calls("OpenSession").answered());
  }

  private CallTimes.Calls calls(String method) {
    return times.calls().getOrDefault("infrafabric.coordinator.v1.SessionService/" + method, new CallTimes.Calls(0, 0, 0));
  }

  @Test
  void bug_tellsNothing() {
    BusMessage answer = call("CloseSession", "{}");
    assertThat(answer.headers()).containsEntry("Nats-Service-Error-Code", "13");
    assertThat(text(answer)).contains("\"code\":\"INTERNAL\"").doesNotContain("hunter2");
  }

  @Test
  void unknownField_isNamedWithItsNearest() {
    BusMessage answer = call("OpenSession", "{\"swarmIdd\":\"x\"}");
    assertThat(text(answer)).contains("\"code\":\"UNKNOWN_FIELD\"").contains("did you mean swarmId?");
    assertThat(text(call("OpenSession", "{\"swarmId\":"))).contains("\"code\":\"INVALID_ARGUMENT\"");
    assertThat(text(call("OpenSession", Map.of("Content-Type", "text/xml"), new byte[0]))).contains("Content-Type must be");
    assertThat(text(call("OpenSession", Map.of("Content-Type", "application/protobuf"), new byte[] {1, 2, 3})))
        .contains("INVALID_ARGUMENT");
  }

  @Test
  void microService_isListed() throws Exception {
    BusMessage info = bus.request("$SRV.INFO.if-coordinator", Map.of(), new byte[0], SOON).get();
    assertThat(text(info)).contains("if.v1.rpc.coordinator.OpenSession").contains("if.v1.rpc.coordinator.KeepAlive");
    call("KeepAlive", "{}");
    BusMessage stats = bus.request("$SRV.STATS.if-coordinator", Map.of(), new byte[0], SOON).get();
    assertThat(text(stats)).contains("num_requests");
    assertThat(mirror.subjects()).contains("if.v1.rpc.coordinator.OpenSession").hasSize(5);
  }

  @Test
  void mirror_answersAgainAfterNatsWasKilled() {
    server.kill();
    await().atMost(SOON).until(() -> !bus.connected());
    server.start();
    await().atMost(SOON).until(() -> text(call("OpenSession", "{\"swarmId\":\"s-9\"}")).contains("s-9"));
  }
}
