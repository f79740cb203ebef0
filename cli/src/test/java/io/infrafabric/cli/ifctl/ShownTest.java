package io.infrafabric.cli.ifctl;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.v1.ExplainTaskResponse;
import io.infrafabric.coordinator.v1.Obstacle;
import io.infrafabric.coordinator.v1.ObstacleType;
import io.infrafabric.coordinator.v1.SwarmObstacles;
import io.infrafabric.coordinator.v1.TaskState;
import org.junit.jupiter.api.Test;

/** What ifctl prints for a person. */
class ShownTest {
  private static Obstacle obstacle(ObstacleType type, String detail) {
    return Obstacle.newBuilder().setType(type).setDetail(detail).build();
  }

  @Test
  void explanation_hasARowForEachObstacle_andOneForWhoCouldClaim() {
    ExplainTaskResponse explained =
        ExplainTaskResponse.newBuilder()
            .setState(TaskState.TASK_STATE_PARKED)
            .addObstacles(obstacle(ObstacleType.OBSTACLE_TYPE_HELP_MONEY, "the help waits for room"))
            .addSwarms(SwarmObstacles.newBuilder().setSwarmId("fox"))
            .addSwarms(SwarmObstacles.newBuilder().setSwarmId("owl").addObstacles(obstacle(ObstacleType.OBSTACLE_TYPE_SHARE, "over its fair share")))
            .build();
    assertThat(Shown.explanation("t1", explained).lines().stream().map(line -> line.strip().replaceAll(" {2,}", " | ")))
        .containsExactly(
            "WHO | WHAT | WHY",
            "task t1 | parked | -",
            "task t1 | help money | the help waits for room",
            "swarm fox | fit | it could claim it when it is ready",
            "swarm owl | share | over its fair share");
  }
}
