package io.infrafabric.kit.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.access.Role;
import io.infrafabric.kit.auth.AuthSettings;
import io.infrafabric.kit.auth.RateSettings;
import io.infrafabric.kit.auth.RefusalListener;
import io.infrafabric.kit.auth.Tokens;
import io.infrafabric.kit.grpc.DoorSettings;
import io.infrafabric.kit.grpc.Doors;
import io.infrafabric.kit.grpc.GrpcServer;
import io.infrafabric.kit.grpc.SessionStub;
import io.infrafabric.kit.grpc.TlsSettings;
import io.infrafabric.kit.telemetry.Telemetry;
import io.infrafabric.names.Subjects;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The mirror has the same doors as gRPC, and what they refuse is a fact on JetStream. */
class RpcMirrorDoorsTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";

  @TempDir Path folder;
  private final List<BusMessage> facts = new CopyOnWriteArrayList<>();
  private Tokens tokens;
  private RealNats server;
  private NatsBus bus;
  private Doors doors;
  private RpcMirror mirror;

  @BeforeEach
  void open() {
    tokens = new Tokens(folder);
    server = RealNats.in(folder);
    server.start();
    bus = NatsBus.start(NatsSettings.of(server.url()), "test", Telemetry.none());
    bus.keepStream(StreamSpec.of(Subjects.EVENTS_STREAM, Duration.ofHours(1), Subjects.EVENTS));
    bus.subscribe("if.v1.event.auth.>", facts::add);
    DoorSettings settings = new DoorSettings(AuthSettings.off().required(tokens.trusted()), RateSettings.defaults(), TlsSettings.none());
    doors = Doors.open("coordinator", "coordinator-7", settings, bus, RefusalListener.NONE, Telemetry.none().metrics(), InstantSource.system());
    mirror = RpcMirror.start(bus, "coordinator", GrpcServer.Builder.of("test").service(new SessionStub()).doors(doors).startInProcess());
    await().atMost(SOON).until(() -> open(Map.of(), "s-1").contains("UNAUTHENTICATED"));
  }

  @AfterEach
  void close() {
    mirror.close();
    doors.close();
    bus.close();
    server.close();
  }

  /** The answer to OpenSession, as text. */
  private String open(Map<String, String> headers, String swarm) {
    try {
      byte[] body = "{\"swarmId\":\"%s\"}".formatted(swarm).getBytes(StandardCharsets.UTF_8);
      BusMessage answer = bus.request(Subjects.rpc("coordinator", "OpenSession"), headers, body, Duration.ofSeconds(5)).get();
      return new String(answer.body(), StandardCharsets.UTF_8);
    } catch (InterruptedException | java.util.concurrent.ExecutionException notYet) {
      return notYet.toString();
    }
  }

  @Test
  void aMessage_isServedForWhomItsTokenNames_andForNobodyElse() {
    String own = "Bearer " + tokens.token("s-1", Role.SWARM);
    assertThat(open(Map.of("Authorization", own), "s-1")).contains("\"sessionId\":\"s-1\"");
    assertThat(open(Map.of("authorization", own), "s-1")).contains("\"sessionId\":\"s-1\"");
    assertThat(open(Map.of("Authorization", own), "s-2")).contains("\"code\":\"IMPERSONATION\"").contains("the token is of s-1, and swarm_id names s-2");
    assertThat(open(Map.of("Authorization", own + "A"), "s-1")).contains("\"code\":\"TOKEN_INVALID\"");
    assertThat(open(Map.of("Authorization", "Bearer " + tokens.token("ann", Role.READONLY)), "s-1")).contains("\"code\":\"PERMISSION_DENIED\"");
  }

  @Test
  void aRefusal_isAFactOnJetStream_withItsTrace() {
    String token = tokens.token("s-1", Role.SWARM);
    facts.clear();
    await().atMost(SOON).until(() -> {
      open(Map.of("Authorization", "Bearer " + token, "traceparent", "00-" + TRACE + "-b7ad6b7169203331-01"), "s-2");
      return facts.stream().anyMatch(fact -> fact.subject().startsWith("if.v1.event.auth.impersonation."));
    });
    BusMessage fact = facts.stream().filter(one -> one.subject().startsWith("if.v1.event.auth.impersonation.")).findFirst().orElseThrow();
    assertThat(new String(fact.body(), StandardCharsets.UTF_8))
        .contains("\"instance\":\"coordinator-7\"")
        .contains("\"method\":\"infrafabric.coordinator.v1.SessionService/OpenSession\"")
        .contains("\"principal\":\"s-1\"")
        .contains(TRACE)
        .doesNotContain(token.substring(token.lastIndexOf('.') + 1));
    assertThat(fact.headers()).containsEntry("ce-source", "/coordinator").containsKey("Nats-Msg-Id");
    assertThat(bus.last(Subjects.EVENTS_STREAM, fact.subject()).join()).isPresent();
  }
}
