package io.infrafabric.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalFabricTest {
  @TempDir static Path repository;
  @TempDir Path home;

  @BeforeAll
  static void build() throws IOException {
    StubRepository.build(repository);
  }

  @Test
  void start_wiresEveryServiceAndRecordsTheRun() throws Exception {
    List<String> messages = new ArrayList<>();
    List<ServerProcess> processes;
    try (var fabric =
        LocalFabric.of(repository)
            .under(home)
            .coordinators(2)
            .setting("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4317")
            .progress(messages::add)
            .start()) {
      processes = fabric.processes();
      var current = FabricRecord.current(home).orElseThrow();

      assertThat(processes)
          .extracting(ServerProcess::name)
          .containsExactly(
              "etcd", "nats", "governor-1", "coordinator-1", "coordinator-2", "chassis-1");
      assertThat(processes).allMatch(ServerProcess::alive);
      assertThat(messages).hasSize(6).first().asString().matches("etcd 3\\S+ on 127.0.0.1:\\d+");
      assertThat(Files.readString(fabric.chassis().log()))
          .contains("IF_ETCD_ENDPOINTS=" + fabric.etcd().address())
          .contains("IF_NATS_URL=" + fabric.nats().address())
          .contains("IF_GOVERNOR_TARGET=" + fabric.governor().address())
          .contains("IF_COORDINATOR_TARGET=" + fabric.coordinators().getFirst().address())
          .contains("IF_INSTANCE_ID=chassis-1")
          .contains("OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4317");
      assertThat(current.folder()).isEqualTo(fabric.folder());
      assertThat(current.etcdEndpoint()).isEqualTo(fabric.etcd().address());
      assertThat(current.natsUrl()).isEqualTo(fabric.nats().address());
      assertThat(current.target(ServiceKind.GOVERNOR)).isEqualTo(fabric.governor().address());
      assertThat(current.owner()).contains(ProcessId.of(ProcessHandle.current()));
      assertThat(current.alive()).isTrue();
    }
    assertThat(processes).noneMatch(ServerProcess::alive);
    assertThat(FabricRecord.current(home)).isEmpty();
  }

  @Test
  void restart_keepsTheAddressAndUpdatesTheRecord() {
    try (var fabric = LocalFabric.of(repository).under(home).start()) {
      var coordinator = fabric.coordinators().getFirst();
      long before = coordinator.pid();
      String address = coordinator.address();

      fabric.restart(coordinator);

      var entry = FabricRecord.read(fabric.folder()).process("coordinator-1").orElseThrow();
      assertThat(coordinator.address()).isEqualTo(address);
      assertThat(entry.id().pid()).isEqualTo(coordinator.pid()).isNotEqualTo(before);
    }
  }

  @Test
  void start_besideLeavesTheCurrentFabricAlone() {
    try (var beside = LocalFabric.of(repository).under(home).beside().start()) {
      assertThat(FabricRecord.current(home)).isEmpty();
      try (var current = LocalFabric.of(repository).under(home).start()) {
        assertThat(FabricRecord.current(home).orElseThrow().folder()).isEqualTo(current.folder());

        beside.close();

        assertThat(FabricRecord.current(home).orElseThrow().alive()).isTrue();
      }
    }
  }

  @Test
  void record_stopsAFabricThatWasDetached() {
    var fabric = LocalFabric.of(repository).under(home).start();
    fabric.detach();
    fabric.close();
    var current = FabricRecord.current(home).orElseThrow();
    assertThat(current.alive()).as("closing a detached fabric leaves it alone").isTrue();
    assertThat(current.owner()).isEmpty();
    fabric.chassis().pause();

    current.stop(Duration.ofSeconds(10));

    assertThat(current.alive()).isFalse();
    assertThat(FabricRecord.current(home)).isEmpty();
  }

  @Test
  void start_stopsWhatItStartedWhenAServiceDies() {
    var builder = LocalFabric.of(repository).under(home).setting("STUB_FAILS", "yes");

    assertThatThrownBy(builder::start)
        .isInstanceOf(LocalRunException.class)
        .hasMessageContaining("governor-1 ended with exit code 1")
        .hasMessageContaining("stub fails");
    assertThat(FabricRecord.current(home)).isEmpty();
  }

  @Test
  void start_saysThatTheServicesAreNotBuilt() {
    assertThatThrownBy(() -> LocalFabric.of(home).start())
        .isInstanceOf(LocalRunException.class)
        .hasMessageContaining("is not built")
        .hasMessageContaining("./mvnw -DskipTests package");
  }
}
