package io.infrafabric.governor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.governor.v1.ListSwarmsRequest;
import io.infrafabric.governor.v1.RegistryServiceGrpc;
import io.infrafabric.kit.grpc.GrpcClient;
import io.infrafabric.kit.nats.NatsBus;
import io.infrafabric.kit.nats.NatsSettings;
import io.infrafabric.kit.telemetry.Telemetry;
import io.infrafabric.local.NatsServer;
import io.infrafabric.names.Subjects;
import io.infrafabric.testkit.Backends;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The process as it is started in production. */
class MainTest {
  @TempDir private Path folder;

  @Test
  void theProcess_servesGrpcWithoutNatsAndIsMirroredWhenNatsComes() throws Exception {
    int port = freePort();
    try (NatsServer nats = Backends.ownNats()) {
      nats.stop();
      Process process = start(port, nats.address());
      try (GrpcClient client = GrpcClient.channel("127.0.0.1:" + port)) {
        var registry = RegistryServiceGrpc.newBlockingStub(client.channel());
        await()
            .atMost(Duration.ofSeconds(60))
            .ignoreExceptions()
            .until(() -> registry.listSwarms(ListSwarmsRequest.getDefaultInstance()).getStandingsCount() == 0);
        nats.start();
        assertThat(mirrored(nats.address())).isEqualTo("{}");
      } finally {
        process.destroy();
        assertThat(process.waitFor(Duration.ofSeconds(40))).isTrue();
      }
    }
  }

  private static String mirrored(String natsUrl) throws InterruptedException {
    try (NatsBus bus = NatsBus.start(NatsSettings.of(natsUrl), "caller", Telemetry.none())) {
      bus.awaitConnected(Duration.ofSeconds(20));
      String subject = Subjects.rpc("governor", "ListSwarms");
      return await()
          .atMost(Duration.ofSeconds(60))
          .ignoreExceptions()
          .until(
              () -> {
                var answer = bus.request(subject, Map.of(), "{}".getBytes(StandardCharsets.UTF_8), Duration.ofSeconds(2));
                return new String(answer.join().body(), StandardCharsets.UTF_8).strip();
              },
              body -> !body.isEmpty());
    }
  }

  private Process start(int port, String natsUrl) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-Xmx256m",
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName());
    builder.environment().put("IF_ETCD_ENDPOINTS", Backends.etcd());
    builder.environment().put("IF_NATS_URL", natsUrl);
    builder.environment().put("IF_GRPC_PORT", Integer.toString(port));
    builder.environment().put("IF_INSTANCE_ID", "governor-main-test");
    builder.environment().put("IF_KEY_PREFIX", Backends.freshKeys().root());
    return builder.redirectErrorStream(true).redirectOutput(folder.resolve("governor.log").toFile()).start();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
