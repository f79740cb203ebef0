package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.coordinator.v1.ExplainTaskRequest;
import io.infrafabric.coordinator.v1.ExplainTaskResponse;
import io.infrafabric.coordinator.v1.Obstacle;
import io.infrafabric.coordinator.v1.ObstacleType;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.governor.v1.TripRequest;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Why a task does not run, asked of either coordinator and on NATS. */
@ExtendWith(SharedFabric.class)
class ExplainTest {
  private static final Duration SOON = Duration.ofSeconds(60);

  private final RunningFabric fabric;
  private final FabricClient client;
  private final String skill = Unique.capability();
  private final String swarm = Unique.id("explained");
  private final String task = Unique.id("why");

  ExplainTest(RunningFabric fabric) {
    this.fabric = fabric;
    this.client = fabric.client();
  }

  private List<ObstacleType> obstacles(FabricClient door) {
    ExplainTaskResponse explained = door.tasks().explainTask(ExplainTaskRequest.newBuilder().setTaskId(task).addSwarmIds(swarm).build());
    return explained.getSwarms(0).getObstaclesList().stream().map(Obstacle::getType).toList();
  }

  @Test
  void everyCoordinator_namesWhatASwarmLacks_untilNothingDoes() throws Exception {
    client.register(swarm, 0, 1, "other:thing");
    client.submit(TaskSpec.newBuilder().setTaskId(task).addRequiredCapabilities(skill).setMaxCostMicros(1_000).build());
    try (FabricClient other = fabric.clientOf(1); NatsDoor nats = NatsDoor.of(fabric)) {
      for (FabricClient door : List.of(client, other)) {
        await()
            .atMost(SOON)
            .ignoreExceptions()
            .untilAsserted(
                () ->
                    assertThat(obstacles(door))
                        .containsExactly(
                            ObstacleType.OBSTACLE_TYPE_NO_SESSION, ObstacleType.OBSTACLE_TYPE_CAPABILITY, ObstacleType.OBSTACLE_TYPE_CREDIT));
      }
      client.register(swarm, 5_000, 1, skill);
      client.breakers().trip(TripRequest.newBuilder().setRequestId(FabricClient.request()).setSwarmId(swarm).setPrincipal("ada@example.org").setReason("looking").build());
      client.open(swarm, Duration.ofMinutes(1));
      for (FabricClient door : List.of(client, other)) {
        await().atMost(SOON).untilAsserted(() -> assertThat(obstacles(door)).containsExactly(ObstacleType.OBSTACLE_TYPE_BREAKER));
      }
      assertThat(nats.call("coordinator", "ExplainTask", "{\"taskId\":\"" + task + "\"}").body()).contains("its breaker is open since 20").contains("manual");
    }
  }

  @Test
  void offerOfTheElectedCoordinator_isSeenByBoth() throws Exception {
    client.register(swarm, 5_000, 1, skill);
    client.open(swarm, Duration.ofMinutes(1));
    client.submit(TaskSpec.newBuilder().setTaskId(task).addRequiredCapabilities(skill).setMaxCostMicros(1_000).build());
    try (FabricClient other = fabric.clientOf(1)) {
      for (FabricClient door : List.of(client, other)) {
        await()
            .atMost(SOON)
            .pollInterval(Duration.ofMillis(20))
            .untilAsserted(
                () ->
                    assertThat(door.tasks().explainTask(ExplainTaskRequest.newBuilder().setTaskId(task).build()).getObstaclesList())
                        .anySatisfy(obstacle -> assertThat(obstacle.getDetail()).startsWith("it was offered to swarm " + swarm)));
      }
    }
  }
}
