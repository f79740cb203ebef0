package io.infrafabric.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EtcdServerTest {
  @TempDir Path folder;
  EtcdServer etcd;

  @BeforeEach
  void start() {
    etcd = EtcdServer.in(folder);
    etcd.start();
  }

  @AfterEach
  void stop() {
    etcd.close();
  }

  @Test
  void start_answersOnLoopbackAndKnowsItsVersion() {
    assertThat(etcd.address())
        .matches("http://127\\.0\\.0\\.1:2\\d{4}|http://127\\.0\\.0\\.1:3\\d{4}");
    assertThat(etcd.version()).matches("3\\.\\d+\\.\\d+");
    assertThat(etcd.alive()).isTrue();
  }

  @Test
  void restart_keepsPortsAndData() throws Exception {
    var client = new Etcd3(etcd.address());
    client.put("colour", "green");
    String address = etcd.address();

    etcd.stop();
    assertThat(etcd.alive()).isFalse();
    etcd.start();

    assertThat(etcd.address()).isEqualTo(address);
    assertThat(client.get("colour")).contains(Etcd3.base64("green"));
  }

  @Test
  void kill_losesNothingThatWasAcknowledged() throws Exception {
    var client = new Etcd3(etcd.address());
    client.put("colour", "blue");

    etcd.kill();
    assertThat(etcd.alive()).isFalse();
    etcd.start();

    assertThat(client.get("colour")).contains(Etcd3.base64("blue"));
  }

  @Test
  void pause_freezesUntilResume() {
    var probe = Probe.http(etcd.address() + "/health", "true");

    etcd.pause();
    assertThat(etcd.alive()).isTrue();
    assertThat(probe.ready()).isFalse();

    etcd.resume();
    assertThat(probe.ready()).isTrue();
  }

  @Test
  void stop_endsAPausedServer() {
    etcd.pause();

    etcd.stop();

    assertThat(etcd.alive()).isFalse();
  }

  @Test
  void start_reportsTheTailOfTheLogOfAServerThatDies() throws Exception {
    etcd.stop();
    try (var inTheWay = new ServerSocket(etcd.port(), 1, InetAddress.getByName("127.0.0.1"))) {
      assertThat(inTheWay.isBound()).isTrue();
      assertThatThrownBy(etcd::start)
          .isInstanceOf(LocalRunException.class)
          .hasMessageContaining("etcd ended with exit code")
          .hasMessageContaining(folder.resolve("etcd.log").toString())
          .hasMessageContaining("address already in use");
    }
  }

  @Test
  void missingProgram_isNamedWithTheWayOut() {
    assertThatThrownBy(
            () -> Programs.find("etcd-nowhere", "IF_ETCD_BIN", Map.of("PATH", "/nowhere")))
        .isInstanceOf(LocalRunException.class)
        .hasMessageContaining("etcd-nowhere was not found on PATH")
        .hasMessageContaining("./fabric")
        .hasMessageContaining("IF_ETCD_BIN");
    assertThatThrownBy(
            () -> Programs.find("etcd", "IF_ETCD_BIN", Map.of("IF_ETCD_BIN", "/no/etcd")))
        .hasMessage("IF_ETCD_BIN names /no/etcd, which is not a program");
    assertThatThrownBy(() -> EtcdServer.in(folder, Path.of("/no/etcd")))
        .hasMessageContaining("/no/etcd");
  }

  @Test
  void everyFlag_isAcceptedByTheInstalledEtcd() {
    assertThat(ProcessHandle.of(etcd.pid()).orElseThrow().info().arguments().orElseThrow())
        .contains(EtcdServer.FLAGS.toArray(String[]::new));
    assertThat(List.of(LogTail.of(etcd.log(), 50).split("\n")))
        .noneMatch(line -> line.contains("unrecognized") || line.contains("invalid value"));
  }
}
