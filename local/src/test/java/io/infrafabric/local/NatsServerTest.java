package io.infrafabric.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NatsServerTest {
  @TempDir Path folder;
  NatsServer nats;

  @BeforeEach
  void start() {
    nats = NatsServer.in(folder);
    nats.start();
  }

  @AfterEach
  void stop() {
    nats.close();
  }

  @Test
  void start_runsJetStreamWithOurLimits() throws Exception {
    String info = info();

    assertThat(info).contains("\"jetstream\":true").contains("\"max_payload\":1048576");
    assertThat(info).contains("\"version\":\"" + nats.version() + "\"");
  }

  @Test
  void configuration_syncsEveryWriteWhereTheServerCan() throws Exception {
    boolean newEnough = Version.parse(nats.version()).isAtLeast(2, 10);

    assertThat(Files.readString(folder.resolve("nats.conf")).contains("sync_interval: always"))
        .isEqualTo(newEnough);
  }

  @Test
  void restart_keepsPortsAndStreams() throws Exception {
    String address = nats.address();
    assertThat(
            request(
                "$JS.API.STREAM.CREATE.COLOURS", "{\"name\":\"COLOURS\",\"subjects\":[\"c.>\"]}"))
        .contains("\"did_create\":true");

    nats.kill();
    nats.start();

    assertThat(nats.address()).isEqualTo(address);
    assertThat(request("$JS.API.STREAM.NAMES", "")).contains("COLOURS");
  }

  @Test
  void pause_freezesUntilResume() {
    var probe = Probe.http(nats.monitoring() + "/healthz", "ok");

    nats.pause();
    assertThat(nats.alive()).isTrue();
    assertThat(probe.ready()).isFalse();

    nats.resume();
    assertThat(probe.ready()).isTrue();
  }

  @Test
  void start_reportsTheTailOfTheLogOfAServerThatDies() throws Exception {
    nats.stop();
    try (var inTheWay = new ServerSocket(nats.port(), 1, InetAddress.getByName("127.0.0.1"))) {
      assertThat(inTheWay.isBound()).isTrue();
      assertThatThrownBy(nats::start)
          .isInstanceOf(LocalRunException.class)
          .hasMessageContaining("nats ended with exit code")
          .hasMessageContaining("address already in use");
    }
  }

  private String info() throws IOException {
    try (var socket = new Socket("127.0.0.1", nats.port())) {
      return reader(socket).readLine();
    }
  }

  /** One request in NATS's text protocol; returns the body of the reply. */
  private String request(String subject, String body) throws IOException {
    try (var socket = new Socket("127.0.0.1", nats.port())) {
      socket.setSoTimeout(10_000);
      var reader = reader(socket);
      reader.readLine();
      String commands =
          "CONNECT {\"verbose\":false}\r\nSUB reply 1\r\nPUB %s reply %d\r\n%s\r\n"
              .formatted(subject, body.length(), body);
      socket.getOutputStream().write(commands.getBytes(StandardCharsets.UTF_8));
      String line = reader.readLine();
      while (!line.startsWith("MSG ")) {
        line = reader.readLine();
      }
      return reader.readLine();
    }
  }

  private static BufferedReader reader(Socket socket) throws IOException {
    return new BufferedReader(
        new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
  }
}
