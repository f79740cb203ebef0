package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.CoordinatorFixture.KEYS;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.StatusRuntimeException;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.task.StoredTask;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.Commitment;
import io.infrafabric.coordinator.v1.ExplainTaskRequest;
import io.infrafabric.coordinator.v1.Obstacle;
import io.infrafabric.coordinator.v1.ObstacleType;
import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.governor.v1.BreakerReason;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.BreakerTerms;
import io.infrafabric.governor.v1.CapabilityStop;
import io.infrafabric.governor.v1.OpenClaims;
import io.infrafabric.governor.v1.PolicyTerms;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.kit.grpc.Errors;
import io.infrafabric.kit.store.Change;
import io.infrafabric.policy.Preset;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What breakers of swarms and of capabilities do to claims: those that are wanted, and those that are held. */
class BreakerClaimsTest extends FoxCalls {
  private static final Standing.Builder FOX = Samples.standing("fox", "code:java", "code:rust").setMaxConcurrent(8);

  @BeforeEach
  void capable() {
    say(FOX.build());
  }

  private static Standing stopped(BreakerState state, long probe) {
    return FOX.clone()
        .addStops(
            CapabilityStop.newBuilder().setCapability("code:java").setState(state).setReason(BreakerReason.BREAKER_REASON_REPEATED_FAILURES).setProbe(probe))
        .build();
  }

  private static Standing open() {
    return FOX.clone().setBreaker(BreakerState.BREAKER_STATE_OPEN).setBreakerReason(BreakerReason.BREAKER_REASON_MANUAL).build();
  }

  private void policy(long revision, OpenClaims claims) {
    PolicyTerms terms = Preset.PRODUCTION.terms().toBuilder().setBreaker(BreakerTerms.newBuilder().setOpenClaims(claims)).build();
    fabric.policy(revision, terms);
  }

  private void say(Standing standing) {
    fabric.standing(standing);
    fabric.caughtUp();
  }

  private List<TaskEventType> events(String task) {
    return memory.changes(KEYS.tasks()).stream()
        .map(change -> StoredTask.of(((Change.Written) change).entry()))
        .filter(stored -> stored.task().getSpec().getTaskId().equals(task))
        .map(stored -> stored.last().getEvent())
        .toList();
  }

  @Test
  void openBreakerOfACapability_keepsFromWhatRequiresIt_andExplainNamesIt() {
    say(stopped(BreakerState.BREAKER_STATE_OPEN, 0));
    fabric.submit(Samples.spec("in-java", "code:java"));
    fabric.submit(Samples.spec("in-rust", "code:rust"));
    try {
      claim("in-java");
      throw new AssertionError("it was claimed");
    } catch (StatusRuntimeException refused) {
      var refusal = Errors.refusalOf(refused).orElseThrow();
      assertThat(refusal.code()).isEqualTo(ErrorCode.ERROR_CODE_BREAKER_OPEN);
      assertThat(refusal.metadata()).containsEntry("capability", "code:java");
      assertThat(refusal.message()).isEqualTo("the breaker of swarm fox for code:java is open (repeated failures)");
    }
    assertThat(claim("in-rust").getTaskId()).isEqualTo("in-rust");
    Obstacle obstacle =
        fabric.tasks.explainTask(ExplainTaskRequest.newBuilder().setTaskId("in-java").addSwarmIds("fox").build()).getSwarmsList().stream()
            .flatMap(swarm -> swarm.getObstaclesList().stream())
            .filter(found -> found.getType() == ObstacleType.OBSTACLE_TYPE_BREAKER)
            .findFirst()
            .orElseThrow();
    assertThat(obstacle.getDetail()).isEqualTo("its breaker for code:java is open: repeated failures");
    assertThat(obstacle.getIdsList()).containsExactly("code:java");
  }

  @Test
  void ended_areNotedWithTheirCapabilities_onceSomethingHasFailed() {
    for (String task : List.of("a", "b", "c")) {
      fabric.submit(Samples.spec(task, "code:java"));
    }
    complete(claim("a"), 0);
    fail(claim("b"), false);
    complete(claim("c"), 0);
    assertThat(fabric.book("fox").getCommitmentsList())
        .extracting(line -> line.getTaskId() + line.getRequiredCapabilitiesList())
        .containsExactly("a[]", "b[code:java]", "c[code:java]");
  }

  /** Two replicas and many claimers, and one claim gets through. */
  @Test
  void halfOpenBreaker_admitsExactlyOneProbe() throws Exception {
    for (boolean whole : new boolean[] {true, false}) {
      Standing half =
          whole
              ? FOX.clone().setBreaker(BreakerState.BREAKER_STATE_HALF_OPEN).setProbe(1).build()
              : stopped(BreakerState.BREAKER_STATE_HALF_OPEN, 2);
      say(half);
      try (CoordinatorFixture other = CoordinatorFixture.inMemory(memory)) {
        other.caughtUp();
        List<String> admitted = race(other, whole ? "whole" : "java");
        assertThat(admitted).hasSize(1);
        Commitment probe = fabric.book("fox").getCommitmentsList().stream().filter(line -> line.getTaskId().equals(admitted.getFirst())).findFirst().orElseThrow();
        assertThat(probe.getProbesList()).containsExactly(whole ? 1L : 2L);
      }
    }
    say(FOX.build());
  }

  private List<String> race(CoordinatorFixture other, String name) throws Exception {
    int claimers = 16;
    List<Future<String>> all = new ArrayList<>();
    CountDownLatch go = new CountDownLatch(1);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < claimers; i++) {
        String task = name + i;
        fabric.submit(Samples.spec(task, "code:java"));
        CoordinatorFixture door = i % 2 == 0 ? fabric : other;
        all.add(
            threads.submit(
                () -> {
                  go.await();
                  ClaimTaskRequest request =
                      ClaimTaskRequest.newBuilder().setRequestId("probe-" + task).setTaskId(task).setSwarmId("fox").setSessionId(fox).build();
                  try {
                    return door.claims.claimTask(request).getClaim().getTaskId();
                  } catch (StatusRuntimeException refused) {
                    ErrorCode code = Errors.refusalOf(refused).orElseThrow(() -> refused).code();
                    assertThat(code).isIn(ErrorCode.ERROR_CODE_BREAKER_OPEN, ErrorCode.ERROR_CODE_TASK_NOT_FOUND);
                    return "";
                  }
                }));
      }
      other.caughtUp();
      go.countDown();
    }
    List<String> admitted = new ArrayList<>();
    for (Future<String> one : all) {
      admitted.add(one.get());
    }
    admitted.removeIf(String::isEmpty);
    return admitted;
  }

  @Test
  void probeThatIsReleased_isNotTriedAgainUntilTheGovernorHasSeenIt() {
    say(FOX.clone().setBreaker(BreakerState.BREAKER_STATE_HALF_OPEN).setProbe(5).build());
    fabric.submit(Samples.spec("a", "code:java"));
    fabric.submit(Samples.spec("b", "code:java"));
    release(claim("a"));
    CoordinatorFixture.assertRefused(ErrorCode.ERROR_CODE_BREAKER_OPEN, () -> claim("b"));
    say(FOX.clone().setBreaker(BreakerState.BREAKER_STATE_HALF_OPEN).setProbe(6).build());
    assertThat(claim("b").getTaskId()).isEqualTo("b");
  }

  @Test
  void finish_letsWhatIsHeldGoOn() {
    policy(2, OpenClaims.OPEN_CLAIMS_FINISH);
    fabric.submit(Samples.spec("a", "code:java"));
    Claim held = claim("a");
    say(open());
    fabric.settle();
    assertThat(state("a")).isEqualTo(TaskState.TASK_STATE_CLAIMED);
    complete(held, 0);
    assertThat(state("a")).isEqualTo(TaskState.TASK_STATE_COMPLETED);
  }

  @Test
  void park_stopsWhatIsHeld_underItsFence_andLetsItGoOnWhenTheBreakerIsClosed() {
    policy(2, OpenClaims.OPEN_CLAIMS_PARK);
    fabric.submit(Samples.spec("in-java", "code:java"));
    fabric.submit(Samples.spec("in-rust", "code:rust"));
    Claim java = claim("in-java");
    claim("in-rust");
    say(stopped(BreakerState.BREAKER_STATE_OPEN, 0));
    fabric.settle();
    assertThat(state("in-java")).isEqualTo(TaskState.TASK_STATE_PARKED);
    assertThat(state("in-rust")).as("of another capability").isEqualTo(TaskState.TASK_STATE_CLAIMED);
    assertThat(fabric.book("fox").getCommitmentsList()).extracting(Commitment::getParked).containsExactly(true, false);
    CoordinatorFixture.assertRefused(ErrorCode.ERROR_CODE_TASK_NOT_READY, () -> complete(java, 0));
    assertThat(fabric.tasks.explainTask(ExplainTaskRequest.newBuilder().setTaskId("in-java").build()).getObstaclesList())
        .extracting(Obstacle::getDetail)
        .containsExactly("swarm fox holds it and is stopped by its breaker, until that is closed");
    fabric.advance(Duration.ofSeconds(5));
    say(FOX.build());
    fabric.settle();
    assertThat(fabric.book("fox").getCommitmentsList()).extracting(Commitment::getParked).containsExactly(false, false);
    complete(java, 0);
    assertThat(events("in-java"))
        .containsSubsequence(TaskEventType.TASK_EVENT_TYPE_PARKED, TaskEventType.TASK_EVENT_TYPE_RESUMED, TaskEventType.TASK_EVENT_TYPE_COMPLETED);
  }

  @Test
  void revoke_takesBackWhatIsHeld_andTheFenceIsStale() {
    policy(2, OpenClaims.OPEN_CLAIMS_REVOKE);
    fabric.submit(Samples.spec("a", "code:java"));
    fabric.submit(Samples.spec("last", "code:java").setMaxAttempts(1));
    Claim held = claim("a");
    claim("last");
    say(stopped(BreakerState.BREAKER_STATE_OPEN, 0));
    fabric.settle();
    assertThat(state("a")).isEqualTo(TaskState.TASK_STATE_READY);
    assertThat(state("last")).as("its attempt counts").isEqualTo(TaskState.TASK_STATE_QUARANTINED);
    assertThat(fabric.task("a").getAttempts(0).getEnd()).isEqualTo(ClaimEnd.CLAIM_END_REVOKED);
    assertThat(fabric.task("a").getAttempts(0).getReason()).isEqualTo("the breaker of swarm fox for code:java is open (repeated failures)");
    assertThat(events("a")).endsWith(TaskEventType.TASK_EVENT_TYPE_REVOKED);
    assertThat(fabric.book("fox").getCommitmentsList()).isEmpty();
    CoordinatorFixture.assertRefused(ErrorCode.ERROR_CODE_STALE_FENCE, () -> complete(held, 0));
  }

  /** The duty is killed when it has done a part; another one does the rest, and what is done is not done again. */
  @Test
  void killedDuty_leavesTheRestToTheNextOne() {
    for (OpenClaims claims : List.of(OpenClaims.OPEN_CLAIMS_PARK, OpenClaims.OPEN_CLAIMS_REVOKE)) {
      policy(claims.getNumber(), claims);
      for (int i = 0; i < 3; i++) {
        fabric.submit(Samples.spec(claims.getNumber() + "t" + i, "code:java"));
        claim(claims.getNumber() + "t" + i);
      }
      say(open());
      TaskState wanted = claims == OpenClaims.OPEN_CLAIMS_PARK ? TaskState.TASK_STATE_PARKED : TaskState.TASK_STATE_READY;
      try (CoordinatorFixture doomed = CoordinatorFixture.inMemory(memory)) {
        doomed.caughtUp();
        assertThat(doomed.held.runOnce(doomed.now())).isEqualTo(3);
      } // closed while it is at it: some, all or none of it is done
      fabric.settle();
      for (int i = 0; i < 3; i++) {
        String task = claims.getNumber() + "t" + i;
        assertThat(state(task)).isEqualTo(wanted);
        assertThat(events(task).stream().filter(event -> event == TaskEventType.TASK_EVENT_TYPE_PARKED || event == TaskEventType.TASK_EVENT_TYPE_REVOKED)).hasSize(1);
      }
      assertThat(fabric.held.runOnce(fabric.now())).as("nothing is left").isZero();
      say(FOX.build());
      fabric.settle();
      for (int i = 0; i < 3; i++) {
        cancel(claims.getNumber() + "t" + i);
      }
    }
  }

  @Test
  void parkedClaimOfADeadSwarm_isTakenBack() {
    policy(2, OpenClaims.OPEN_CLAIMS_PARK);
    fabric.submit(Samples.spec("a", "code:java"));
    claim("a");
    say(open());
    fabric.settle();
    closeSession();
    fabric.settle();
    assertThat(state("a")).isEqualTo(TaskState.TASK_STATE_READY);
    assertThat(fabric.task("a").getAttempts(0).getEnd()).isEqualTo(ClaimEnd.CLAIM_END_LOST);
  }

  @Test
  void taskWithABlocker_goesOnWhenNeitherStopsIt() {
    policy(2, OpenClaims.OPEN_CLAIMS_PARK);
    fabric.submit(Samples.spec("a", "code:java"));
    Claim held = claim("a");
    say(open());
    fabric.settle();
    Blocker blocker = raise(held);
    resolve(blocker);
    assertThat(state("a")).as("the breaker is open still").isEqualTo(TaskState.TASK_STATE_PARKED);
    Blocker second = raise(held);
    say(FOX.build());
    fabric.settle();
    assertThat(state("a")).as("a blocker is left").isEqualTo(TaskState.TASK_STATE_PARKED);
    resolve(second);
    assertThat(state("a")).isEqualTo(TaskState.TASK_STATE_CLAIMED);
    complete(held, 0);
  }
}
