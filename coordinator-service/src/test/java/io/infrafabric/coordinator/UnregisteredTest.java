package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.CoordinatorFixture.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimNextRequest;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.coordinator.v1.ExplainTaskRequest;
import io.infrafabric.coordinator.v1.KeepAliveRequest;
import io.infrafabric.coordinator.v1.KeepAliveResponse;
import io.infrafabric.coordinator.v1.ObstacleType;
import io.infrafabric.coordinator.v1.OfferTaskRequest;
import io.infrafabric.coordinator.v1.WatchOffersRequest;
import io.infrafabric.kit.grpc.Errors;
import io.infrafabric.testkit.store.MemoryStore;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A swarm that was taken out of the registry ends what it holds, and nothing more. */
class UnregisteredTest {
  private final MemoryStore memory = new MemoryStore();
  private final CoordinatorFixture fabric = CoordinatorFixture.inMemory(memory);
  private final String fox = fabric.swarm(Samples.standing("fox", "a:b"));

  @AfterEach
  void close() {
    fabric.close();
  }

  private void unregister(String... settled) {
    fabric.standing(Samples.standing("fox", "a:b").setUnregistered(true).addAllSettledClaimIds(List.of(settled)).build());
  }

  private Claim claim(String request, String task) {
    return fabric.claims
        .claimTask(ClaimTaskRequest.newBuilder().setRequestId(request).setTaskId(task).setSwarmId("fox").setSessionId(fox).build())
        .getClaim();
  }

  private KeepAliveResponse keepAlive() {
    return fabric.sessions.keepAlive(KeepAliveRequest.newBuilder().setSwarmId("fox").setSessionId(fox).build());
  }

  private void complete(Claim claim) {
    fabric.claims.completeTask(
        CompleteTaskRequest.newBuilder()
            .setRequestId("done-" + claim.getTaskId())
            .setTaskId(claim.getTaskId())
            .setSwarmId("fox")
            .setFence(claim.getFence())
            .setCostMicros(5)
            .build());
  }

  /** Hears of the next offer; there is none, so that it is told why. */
  private ErrorCode endOfWatch() {
    var offers = fabric.claims.watchOffers(WatchOffersRequest.newBuilder().setSwarmId("fox").setSessionId(fox).build());
    return Errors.refusalOf(catchThrowable(offers::next)).orElseThrow().code();
  }

  @Test
  void unregisteredSwarm_isGivenNothing_fromTheCommitOn() {
    fabric.submit(Samples.spec("t1", "a:b"));
    unregister();
    // Not after the copy has seen it: the transaction compares the standing.
    assertRefused(ErrorCode.ERROR_CODE_SWARM_NOT_FOUND, () -> claim("r1", "t1"));
    assertRefused(
        ErrorCode.ERROR_CODE_SWARM_NOT_FOUND,
        () -> fabric.claims.claimNext(ClaimNextRequest.newBuilder().setRequestId("r2").setSwarmId("fox").setSessionId(fox).build()));
    assertRefused(
        ErrorCode.ERROR_CODE_SWARM_NOT_FOUND,
        () -> fabric.tasks.offerTask(OfferTaskRequest.newBuilder().setRequestId("o1").setTaskId("t1").setSwarmId("fox").build()));
    assertRefused(ErrorCode.ERROR_CODE_SWARM_NOT_FOUND, () -> fabric.open("fox"));
    fabric.caughtUp();
    assertRefused(ErrorCode.ERROR_CODE_SWARM_NOT_FOUND, this::keepAlive);
    assertThat(endOfWatch()).isEqualTo(ErrorCode.ERROR_CODE_SWARM_NOT_FOUND);
    assertThat(fabric.task("t1").hasReady()).isTrue();
  }

  @Test
  void claimsThatItHolds_endAndAreBooked_andItsSessionLivesAsLong() {
    fabric.submit(Samples.spec("t1", "a:b").setMaxCostMicros(5));
    fabric.submit(Samples.spec("t2", "a:b"));
    Claim held = claim("r1", "t1");
    unregister();
    fabric.caughtUp();
    assertThat(claim("r1", "t1")).as("a retry is told what it did").isEqualTo(held);
    assertRefused(ErrorCode.ERROR_CODE_SWARM_NOT_FOUND, () -> claim("r2", "t2"));
    for (int i = 0; i < 3; i++) {
      fabric.advance(Duration.ofSeconds(8));
      assertThat(keepAlive().getOffersList()).isEmpty();
    }
    complete(held);
    fabric.caughtUp();
    assertRefused(ErrorCode.ERROR_CODE_SWARM_NOT_FOUND, this::keepAlive);
    unregister(held.getClaimId());
    fabric.caughtUp();
    fabric.settle();
    assertThat(fabric.book("fox").getCommitmentsList()).as("booked, and dropped").isEmpty();
  }

  @Test
  void sessionThatWasNotKept_givesItsClaimsBack() {
    fabric.submit(Samples.spec("t1", "a:b"));
    claim("r1", "t1");
    unregister();
    fabric.advance(Duration.ofSeconds(11));
    await().until(
        () -> {
          fabric.settle();
          return fabric.task("t1").hasReady();
        });
    assertRefused(ErrorCode.ERROR_CODE_SWARM_NOT_FOUND, () -> claim("r1", "t1"));
  }

  @Test
  void registeredAgain_itGoesOnInItsSession() {
    fabric.submit(Samples.spec("t1", "a:b"));
    unregister();
    assertRefused(ErrorCode.ERROR_CODE_SWARM_NOT_FOUND, () -> claim("r1", "t1"));
    fabric.standing(Samples.standing("fox", "a:b").build());
    assertThat(claim("r2", "t1").getTaskId()).isEqualTo("t1");
    keepAlive();
  }

  @Test
  void explanation_saysSo_whenItIsAsked() {
    fabric.submit(Samples.spec("t1", "a:b"));
    unregister();
    fabric.caughtUp();
    var named = fabric.tasks.explainTask(ExplainTaskRequest.newBuilder().setTaskId("t1").addSwarmIds("fox").build());
    assertThat(named.getSwarms(0).getObstacles(0).getType()).isEqualTo(ObstacleType.OBSTACLE_TYPE_UNREGISTERED);
    var all = fabric.tasks.explainTask(ExplainTaskRequest.newBuilder().setTaskId("t1").build());
    assertThat(all.getSwarmsList()).isEmpty();
  }
}
