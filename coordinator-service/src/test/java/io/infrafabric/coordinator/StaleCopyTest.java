package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.CoordinatorFixture.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimNextRequest;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.coordinator.v1.Priority;
import io.infrafabric.coordinator.v1.ReleaseTaskRequest;
import io.infrafabric.testkit.store.FaultyStore;
import io.infrafabric.testkit.store.MemoryStore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A coordinator whose copy lags behind another's answers what is so now, not what was (invariant I9). */
class StaleCopyTest {
  private final MemoryStore memory = new MemoryStore();
  private final FaultyStore way = new FaultyStore(memory, 1);
  private final CoordinatorFixture first = new CoordinatorFixture(memory, memory);
  private final CoordinatorFixture lagging = new CoordinatorFixture(memory, way);
  private final String fox = first.swarm(Samples.standing("fox", "a:b"));
  private final String owl = first.swarm(Samples.standing("owl", "a:b"));
  private Claim claim;

  @BeforeEach
  void oneKnowsOfAClaimAndHearsNoMore() {
    first.submit(Samples.spec("t1"));
    claim = claim(first, "fox", fox, "r1");
    lagging.caughtUp();
    way.holdWatches();
  }

  @AfterEach
  void close() {
    first.close();
    lagging.close();
  }

  private static Claim claim(CoordinatorFixture at, String swarm, String session, String request) {
    return at.claims
        .claimTask(ClaimTaskRequest.newBuilder().setRequestId(request).setTaskId("t1").setSwarmId(swarm).setSessionId(session).build())
        .getClaim();
  }

  @Test
  void taskThatWasGivenBackElsewhere_isClaimed() {
    first.claims.releaseTask(ReleaseTaskRequest.newBuilder().setRequestId("r2").setTaskId("t1").setSwarmId("fox").setFence(claim.getFence()).build());
    assertThat(claim(lagging, "owl", owl, "r3").getFence()).isGreaterThan(claim.getFence());
  }

  @Test
  void claimThatEndedElsewhere_isNotGivenAgain() {
    first.claims.completeTask(CompleteTaskRequest.newBuilder().setRequestId("r2").setTaskId("t1").setSwarmId("fox").setFence(claim.getFence()).build());
    assertRefused(ErrorCode.ERROR_CODE_TASK_ENDED, () -> claim(lagging, "fox", fox, "r3"));
  }

  /** The task's claim is not in the copy yet when the commitments, read for another task, show it. */
  @Test
  void claimOfTheSameRequest_isGivenAgain_thoughTheCopyHasTheTaskReady() {
    way.releaseWatches();
    first.submit(Samples.spec("t2"));
    first.submit(Samples.spec("t3").setPriority(Priority.PRIORITY_HIGH));
    lagging.caughtUp();
    way.holdWatches();
    ClaimTaskRequest request = ClaimTaskRequest.newBuilder().setRequestId("r2").setTaskId("t2").setSwarmId("fox").setSessionId(fox).build();
    Claim taken = first.claims.claimTask(request).getClaim();
    ClaimNextRequest again = ClaimNextRequest.newBuilder().setRequestId("r2").setSwarmId("fox").setSessionId(fox).build();
    assertThat(lagging.claims.claimNext(again).getClaim()).isEqualTo(taken);
  }

  @Test
  void claimThatIsHeldStill_isGivenAgain_andNothingIsWritten() {
    long written = memory.revision();
    assertThat(claim(lagging, "fox", fox, "r3")).isEqualTo(claim);
    assertThat(memory.revision()).isEqualTo(written);
  }
}
