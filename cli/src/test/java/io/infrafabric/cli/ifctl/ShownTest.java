package io.infrafabric.cli.ifctl;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.Timestamps;
import io.infrafabric.coordinator.v1.ExplainTaskResponse;
import io.infrafabric.coordinator.v1.Obstacle;
import io.infrafabric.coordinator.v1.ObstacleType;
import io.infrafabric.coordinator.v1.PlanProgress;
import io.infrafabric.coordinator.v1.PlanState;
import io.infrafabric.coordinator.v1.PlanSummary;
import io.infrafabric.coordinator.v1.SwarmObstacles;
import io.infrafabric.coordinator.v1.TaskState;
import java.util.List;
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

  @Test
  void plans_haveARowEach_withHowFarTheyAre() {
    PlanSummary running =
        PlanSummary.newBuilder()
            .setPlanId("p1")
            .setState(PlanState.PLAN_STATE_RUNNING)
            .setProgress(PlanProgress.newBuilder().setTotal(8).setCompleted(1).setFailed(2).setPending(4).setRunning(1).setPercent(12.5))
            .setPhases(3)
            .setCompletedPhases(1)
            .setCreatedAt(Timestamps.fromSeconds(1_772_366_400))
            .build();
    PlanSummary gone = running.toBuilder().setPlanId("p2").setState(PlanState.PLAN_STATE_COMPLETED).setArchivedAt(Timestamps.fromSeconds(1_772_366_401)).build();
    assertThat(Shown.plans(List.of(running, gone)).lines().stream().map(line -> line.strip().replaceAll(" {2,}", " | ")))
        .containsExactly(
            "PLAN | STATE | PERCENT | COMPLETED | FAILED | PENDING | RUNNING | PHASES | CREATED",
            "p1 | running | 12.5 | 1 | 2 | 4 | 1 | 1/3 | 2026-03-01T12:00:00Z",
            "p2 | completed (archived) | 12.5 | 1 | 2 | 4 | 1 | 1/3 | 2026-03-01T12:00:00Z");
  }
}
