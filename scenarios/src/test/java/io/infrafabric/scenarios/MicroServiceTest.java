package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.nats.client.Connection;
import io.nats.client.Nats;
import io.nats.service.Discovery;
import io.nats.service.EndpointStats;
import io.nats.service.InfoResponse;
import io.nats.service.PingResponse;
import io.nats.service.StatsResponse;
import java.time.Duration;
import java.util.List;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The doors on NATS are micro services that any tool for them finds. */
@ExtendWith(SharedFabric.class)
class MicroServiceTest {
  private static final String SERVICE = "if-coordinator";
  private static final String METHOD = "GetTask";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final RunningFabric fabric;

  MicroServiceTest(RunningFabric fabric) {
    this.fabric = fabric;
  }

  @Test
  void coordinators_answerPingInfoAndStats() throws Exception {
    try (Connection connection = Nats.connect(fabric.fabric().nats().address());
        NatsDoor door = NatsDoor.of(fabric)) {
      Discovery discovery = new Discovery(connection, 2_000, 100);
      await("both coordinators").atMost(PATIENCE).until(() -> discovery.ping(SERVICE).size() == 2);
      assertThat(discovery.ping(SERVICE)).extracting(PingResponse::getName).containsOnly(SERVICE);
      for (InfoResponse info : discovery.info(SERVICE)) {
        assertThat(info.getEndpoints())
            .extracting(endpoint -> endpoint.getSubject())
            .contains("if.v1.rpc.coordinator.ClaimTask", "if.v1.rpc.coordinator.ClaimNext", "if.v1.rpc.coordinator.CompleteTask");
      }
      long before = sum(discovery, EndpointStats::getNumRequests);
      long errors = sum(discovery, EndpointStats::getNumErrors);
      long took = sum(discovery, EndpointStats::getProcessingTime);
      int calls = 20;
      for (int i = 0; i < calls; i++) {
        assertThat(door.call("coordinator", METHOD, "{\"taskId\":\"there-is-no-such-task\"}").error()).startsWith("TASK_NOT_FOUND");
      }
      assertThat(door.call("coordinator", METHOD, "{}").error()).startsWith("INVALID_ID");
      await("all of them counted").atMost(PATIENCE).until(() -> sum(discovery, EndpointStats::getNumRequests) - before == calls + 1);
      assertThat(sum(discovery, EndpointStats::getNumErrors) - errors).as("what is refused is an error").isEqualTo(calls + 1);
      assertThat(stats(discovery)).extracting(EndpointStats::getLastError).anyMatch(error -> error.startsWith("INVALID_ID"));
      assertThat(sum(discovery, EndpointStats::getProcessingTime) - took).as("until each was answered").isPositive();
    }
  }

  private static List<EndpointStats> stats(Discovery discovery) {
    List<StatsResponse> both = discovery.stats(SERVICE);
    assertThat(both).hasSize(2);
    return both.stream().flatMap(stats -> stats.getEndpointStatsList().stream()).filter(endpoint -> endpoint.getName().equals(METHOD)).toList();
  }

  private static long sum(Discovery discovery, ToLongFunction<EndpointStats> what) {
    return stats(discovery).stream().mapToLong(what).sum();
  }
}
