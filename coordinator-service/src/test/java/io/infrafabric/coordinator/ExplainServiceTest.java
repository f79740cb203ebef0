package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.CoordinatorFixture.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.CancelTaskRequest;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.ExplainTaskRequest;
import io.infrafabric.coordinator.v1.ExplainTaskResponse;
import io.infrafabric.coordinator.v1.Obstacle;
import io.infrafabric.coordinator.v1.ObstacleType;
import io.infrafabric.coordinator.v1.OfferTaskRequest;
import io.infrafabric.coordinator.v1.SwarmObstacles;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.testkit.store.MemoryStore;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Why a task does not run, on gRPC over the store in memory. */
class ExplainServiceTest {
  private final MemoryStore memory = new MemoryStore();
  private final CoordinatorFixture fabric = CoordinatorFixture.inMemory(memory);

  @AfterEach
  void close() {
    fabric.close();
  }

  private ExplainTaskResponse explain(String task, String... swarms) {
    fabric.settle();
    return fabric.tasks.explainTask(ExplainTaskRequest.newBuilder().setTaskId(task).addAllSwarmIds(List.of(swarms)).build());
  }

  @Test
  void waitingTask_namesWhatItWaitsFor_andThenItsPlace() {
    fabric.submit(Samples.spec("first"));
    fabric.submit(Samples.spec("second").addDependsOn("first"));
    ExplainTaskResponse waiting = explain("second");
    assertThat(waiting.getState()).isEqualTo(TaskState.TASK_STATE_WAITING);
    assertThat(waiting.getObstaclesList()).singleElement().satisfies(obstacle -> assertThat(obstacle.getIdsList()).containsExactly("first"));

    fabric.submit(Samples.spec("third"));
    ExplainTaskResponse behind = explain("third");
    assertThat(behind.getPlace()).isEqualTo(1);
    assertThat(behind.getObstaclesList()).extracting(Obstacle::getType).containsExactly(ObstacleType.OBSTACLE_TYPE_ORDER);
    assertThat(explain("first").getObstaclesList()).isEmpty();
  }

  @Test
  void candidates_areThoseThatCanDoSomeOfIt_nearestFirst() {
    fabric.swarm(Samples.standing("able", "a:b", "c:d"));
    fabric.standing(Samples.standing("asleep", "a:b", "c:d").build());
    fabric.swarm(Samples.standing("half-way", "a:b").setCreditMicros(0));
    fabric.swarm(Samples.standing("other", "e:f"));
    fabric.submit(Samples.spec("t1", "a:b", "c:d").setMaxCostMicros(1));
    assertThat(explain("t1").getSwarmsList()).extracting(SwarmObstacles::getSwarmId).containsExactly("able", "asleep", "half-way");
    assertThat(explain("t1").getSwarms(2).getObstaclesList())
        .extracting(Obstacle::getType)
        .containsExactly(ObstacleType.OBSTACLE_TYPE_CAPABILITY, ObstacleType.OBSTACLE_TYPE_CREDIT);
    assertThat(explain("t1", "other").getSwarms(0).getObstacles(0).getIdsList()).containsExactly("a:b", "c:d");
  }

  @Test
  void reputation_isNamed_andThatANewerPolicyMayJudgeOtherwise() {
    String judged = fabric.swarm(Samples.standing("judged", "a:b").setReputationMillis(400).setPolicyRevision(1));
    fabric.swarm(Samples.standing("newer", "a:b").setReputationMillis(900).setPolicyRevision(2));
    fabric.submit(Samples.spec("t1", "a:b").setMinReputationMillis(700));
    assertThat(explain("t1", "judged").getSwarms(0).getObstaclesList())
        .containsExactly(
            Obstacle.newBuilder().setType(ObstacleType.OBSTACLE_TYPE_REPUTATION).setDetail("its reputation is 0.400, the task wants 0.700").build(),
            Obstacle.newBuilder()
                .setType(ObstacleType.OBSTACLE_TYPE_POLICY)
                .setDetail("its standing is of policy revision 1; revision 2 may judge it otherwise")
                .build());
    assertThat(explain("t1", "newer").getSwarms(0).getObstaclesList()).isEmpty();
    assertRefused(
        ErrorCode.ERROR_CODE_REPUTATION_TOO_LOW,
        () -> fabric.claims.claimTask(ClaimTaskRequest.newBuilder().setRequestId("c").setTaskId("t1").setSwarmId("judged").setSessionId(judged).build()));

    fabric.standing(Samples.standing("judged", "a:b").setReputationMillis(400).setPolicyRevision(2).build());
    assertThat(explain("t1", "judged").getSwarms(0).getObstaclesList()).as("the newest policy has judged it").extracting(Obstacle::getType).containsExactly(ObstacleType.OBSTACLE_TYPE_REPUTATION);
  }

  /** Below what the governor asks of everybody a swarm may claim, and no doorbell rings for it. */
  @Test
  void swarmThatTheGovernorDoesNotRank_isToldSo() {
    fabric.swarm(Samples.standing("low", "a:b").setReputationMillis(550));
    fabric.swarm(Samples.standing("high", "a:b").setReputationMillis(700));
    fabric.submit(Samples.spec("t1", "a:b"));
    assertThat(explain("t1", "low").getSwarms(0).getObstaclesList()).as("the governor does not say").isEmpty();
    fabric.leastReputation = OptionalInt.of(600);
    assertThat(explain("t1", "low").getSwarms(0).getObstaclesList()).extracting(Obstacle::getType).containsExactly(ObstacleType.OBSTACLE_TYPE_REPUTATION);
    assertThat(explain("t1", "high").getSwarms(0).getObstaclesList()).isEmpty();
    fabric.submit(Samples.spec("t2", "a:b").addOwnerSwarmIds("low"));
    assertThat(explain("t2", "low").getSwarms(0).getObstaclesList()).as("owners are not ranked").isEmpty();
  }

  @Test
  void endedTask_isNobodysToClaim() {
    fabric.swarm(Samples.standing("able"));
    fabric.submit(Samples.spec("t1"));
    fabric.tasks.cancelTask(CancelTaskRequest.newBuilder().setRequestId("r").setTaskId("t1").setReason("enough").build());
    ExplainTaskResponse ended = explain("t1");
    assertThat(ended.getObstacles(0).getDetail()).isEqualTo("it was cancelled: enough");
    assertThat(ended.getSwarmsList()).isEmpty();
  }

  @Test
  void keptTask_isTheOneSwarmsToClaim() {
    fabric.swarm(Samples.standing("able"));
    fabric.swarm(Samples.standing("other"));
    fabric.submit(Samples.spec("t1"));
    fabric.tasks.offerTask(OfferTaskRequest.newBuilder().setRequestId("o").setTaskId("t1").setSwarmId("able").build());
    ExplainTaskResponse kept = explain("t1");
    assertThat(kept.getObstaclesList()).extracting(Obstacle::getType).containsExactly(ObstacleType.OBSTACLE_TYPE_KEPT);
    assertThat(kept.getSwarmsList()).extracting(SwarmObstacles::getObstaclesCount).containsExactly(0, 1);
    assertThat(kept.getSwarms(1).getObstacles(0).getType()).isEqualTo(ObstacleType.OBSTACLE_TYPE_KEPT);
    fabric.advance(Duration.ofSeconds(1));
    assertThat(explain("t1").getObstaclesList()).isEmpty();
  }

  @Test
  void whatIsNotThere_orWrong_isRefused() {
    fabric.submit(Samples.spec("t1"));
    assertRefused(ErrorCode.ERROR_CODE_TASK_NOT_FOUND, () -> explain("nothing"));
    assertRefused(ErrorCode.ERROR_CODE_INVALID_ID, () -> explain("a/b"));
    assertRefused(ErrorCode.ERROR_CODE_SWARM_NOT_FOUND, () -> explain("t1", "nobody"));
    assertRefused(ErrorCode.ERROR_CODE_INVALID_ID, () -> explain("t1", "No Body"));
    String[] many = IntStream.range(0, 101).mapToObj(i -> "s" + i).toArray(String[]::new);
    assertRefused(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, () -> explain("t1", many));
  }
}
