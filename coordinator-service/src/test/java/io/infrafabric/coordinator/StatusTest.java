package io.infrafabric.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimNextRequest;
import io.infrafabric.coordinator.v1.ClaimStats;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.coordinator.v1.GetStatusRequest;
import io.infrafabric.coordinator.v1.GetStatusResponse;
import io.infrafabric.coordinator.v1.HealthState;
import io.infrafabric.coordinator.v1.Latency;
import io.infrafabric.coordinator.v1.MethodCalls;
import io.infrafabric.coordinator.v1.StateCount;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.kit.time.Times;
import io.infrafabric.testkit.store.MemoryStore;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a coordinator tells of itself is what was done with it. */
class StatusTest {
  private final CoordinatorFixture fabric = CoordinatorFixture.inMemory(new MemoryStore());
  private static final String CLAIMS = "infrafabric.coordinator.v1.ClaimService/";

  private final String fox = fabric.swarm(Samples.standing("fox", "a:b").setMaxConcurrent(10));

  @AfterEach
  void close() {
    fabric.close();
  }

  private GetStatusResponse status() {
    fabric.caughtUp();
    return fabric.status.getStatus(GetStatusRequest.getDefaultInstance());
  }

  private long count(GetStatusResponse status, TaskState state) {
    return status.getTasksList().stream().filter(counted -> counted.getState() == state).mapToLong(StateCount::getCount).sum();
  }

  private Claim claim(String task) {
    return fabric.claims
        .claimTask(ClaimTaskRequest.newBuilder().setRequestId("claim-" + task).setTaskId(task).setSwarmId("fox").setSessionId(fox).build())
        .getClaim();
  }

  @Test
  void figures_areThoseOfWhatWasDone() {
    GetStatusResponse before = status();
    assertThat(before.getClaims().getMade()).isZero();
    assertThat(before.getClaims().hasLatency()).as("no figure yet").isFalse();
    assertThat(before.getClaims().hasTarget()).as("nothing to judge by").isFalse();
    assertThat(before.getPushes().hasLatency()).isFalse();
    assertThat(before.getPushes().hasDoorbell()).isFalse();
    assertThat(before.getPushes().hasTarget()).isFalse();
    assertThat(Times.toInstant(before.getStartedAt())).isEqualTo(Samples.NOW);
    fabric.swarm(Samples.standing("owl", "a:b"));
    fabric.standing(Samples.standing("asleep", "a:b").build());
    fabric.standing(Samples.standing("gone", "a:b").setUnregistered(true).build());
    IntStream.range(0, 6).forEach(i -> fabric.submit(Samples.spec("t" + i, "a:b")));
    Claim first = claim("t0");
    assertThat(claim("t0")).as("a retry makes no claim").isEqualTo(first);
    claim("t1");
    CoordinatorFixture.refusalOf(() -> claim("t9"));
    fabric.caughtUp();
    fabric.claims.claimNext(ClaimNextRequest.newBuilder().setRequestId("next").setSwarmId("fox").setSessionId(fox).build());
    fabric.claims.completeTask(
        CompleteTaskRequest.newBuilder().setRequestId("done").setTaskId("t0").setSwarmId("fox").setFence(first.getFence()).build());

    GetStatusResponse after = status();
    assertThat(count(after, TaskState.TASK_STATE_READY)).isEqualTo(3);
    assertThat(count(after, TaskState.TASK_STATE_CLAIMED)).isEqualTo(2);
    assertThat(count(after, TaskState.TASK_STATE_COMPLETED)).isEqualTo(1);
    assertThat(after.getSwarms()).isEqualTo(3);
    assertThat(after.getSessions()).isEqualTo(2);
    assertThat(after.getClaims().getMade()).isEqualTo(3);
    // An answer is with its caller a moment before it is counted.
    await()
        .untilAsserted(
            () ->
                assertThat(status().getCallsList())
                    .contains(
                        MethodCalls.newBuilder().setMethod(CLAIMS + "ClaimTask").setAnswered(3).setRefused(1).build(),
                        MethodCalls.newBuilder().setMethod(CLAIMS + "ClaimNext").setAnswered(1).build(),
                        MethodCalls.newBuilder().setMethod(CLAIMS + "CompleteTask").setAnswered(1).build()));
    ClaimStats claims = status().getClaims();
    Latency latency = claims.getLatency();
    assertThat(latency.getMeasured()).as("every claim that was answered, the retry of one too").isEqualTo(4);
    assertThat(latency.getP50Micros()).isPositive().isLessThanOrEqualTo(latency.getP95Micros());
    assertThat(latency.getP95Micros()).isLessThanOrEqualTo(latency.getP99Micros());
    assertThat(latency.getP99Micros()).isLessThanOrEqualTo(latency.getMaxMicros());
    assertThat(latency.getAverageMicros()).isPositive().isLessThanOrEqualTo(latency.getMaxMicros());
    assertThat(claims.getMeasured()).isEqualTo(latency.getMeasured());
    assertThat(claims.getP50Micros()).isEqualTo(latency.getP50Micros());
    assertThat(claims.getP95Micros()).isEqualTo(latency.getP95Micros());
    assertThat(claims.getMaxMicros()).isEqualTo(latency.getMaxMicros());
    assertThat(claims.getTarget().getMet()).isEqualTo(latency.getP95Micros() < claims.getTarget().getP95BelowMicros());
    assertThat(claims.getTarget().getMeasured()).isEqualTo(latency.getMeasured());
    assertThat(claims.getTarget().getWindow()).isEqualTo(latency.getWindow());
  }


  @Test
  void health_isLostWithTheBus_andComesBackWithIt() {
    assertThat(status().getHealth().getState()).isEqualTo(HealthState.HEALTH_STATE_HEALTHY);
    fabric.bus.goAway();
    assertThat(status().getHealth().getState()).isEqualTo(HealthState.HEALTH_STATE_DISCONNECTED);
    assertThat(status().getHealth().getNats()).isFalse();
    assertThat(status().getHealth().getEtcd()).isTrue();
    fabric.bus.comeBack();
    assertThat(status().getHealth().getState()).isEqualTo(HealthState.HEALTH_STATE_HEALTHY);
  }
}
