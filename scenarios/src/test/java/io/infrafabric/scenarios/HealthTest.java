package io.infrafabric.scenarios;

import static org.awaitility.Awaitility.await;

import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.infrafabric.kit.grpc.GrpcClient;
import io.infrafabric.local.ServerProcess;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the services say of themselves while nobody asks anything of them, and what they need is away. */
class HealthTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @Test
  void idleServices_noticeThatEtcdIsAway_andThatItIsBack() throws Exception {
    try (RunningFabric running = RunningFabric.start()) {
      List<GrpcClient> doors =
          Stream.of(running.fabric().coordinators().getFirst(), running.fabric().governor(), running.fabric().chassis())
              .map(ServerProcess::address)
              .map(GrpcClient::channel)
              .toList();
      try {
        await("all serve").atMost(PATIENCE).until(() -> all(doors, ServingStatus.SERVING));
        running.fabric().etcd().kill();
        await("none does").atMost(PATIENCE).until(() -> all(doors, ServingStatus.NOT_SERVING));
        running.fabric().etcd().start();
        await("all serve again").atMost(PATIENCE).until(() -> all(doors, ServingStatus.SERVING));
        running.fabric().etcd().pause();
        await("none does, silence is no answer").atMost(PATIENCE).until(() -> all(doors, ServingStatus.NOT_SERVING));
        running.fabric().etcd().resume();
        await("all serve in the end").atMost(PATIENCE).until(() -> all(doors, ServingStatus.SERVING));
      } finally {
        doors.forEach(GrpcClient::close);
      }
    }
  }

  private static boolean all(List<GrpcClient> doors, ServingStatus wanted) {
    return doors.stream().allMatch(door -> status(door) == wanted);
  }

  private static ServingStatus status(GrpcClient door) {
    try {
      return HealthGrpc.newBlockingStub(door.channel()).check(HealthCheckRequest.getDefaultInstance()).getStatus();
    } catch (StatusRuntimeException unavailable) {
      return ServingStatus.UNKNOWN;
    }
  }
}
