package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.CoordinatorFixture.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimNextRequest;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.CloseSessionRequest;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.coordinator.v1.Offer;
import io.infrafabric.coordinator.v1.OfferTaskRequest;
import io.infrafabric.coordinator.v1.Push;
import io.infrafabric.coordinator.v1.ReleaseTaskRequest;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.kit.grpc.Errors;
import io.infrafabric.kit.time.Times;
import io.infrafabric.testkit.store.MemoryStore;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A task that is offered to one swarm by hand. */
class OfferTaskTest {
  private final MemoryStore memory = new MemoryStore();
  private final CoordinatorFixture fabric = CoordinatorFixture.inMemory(memory);
  private final String fox = fabric.swarm(Samples.standing("fox", "a:b"));
  private final String owl = fabric.swarm(Samples.standing("owl", "a:b"));
  private int requests;

  @AfterEach
  void close() {
    fabric.close();
  }

  private static OfferTaskRequest.Builder offer(String request, String task, String swarm) {
    return OfferTaskRequest.newBuilder().setRequestId(request).setTaskId(task).setSwarmId(swarm).setHold(Times.toProto(Duration.ofSeconds(5)));
  }

  private Offer offered(OfferTaskRequest.Builder request) {
    return fabric.tasks.offerTask(request.build()).getOffer();
  }

  private Claim claim(String task, String swarm, String session) {
    return fabric.claims
        .claimTask(ClaimTaskRequest.newBuilder().setRequestId("r" + ++requests).setTaskId(task).setSwarmId(swarm).setSessionId(session).build())
        .getClaim();
  }

  private Claim next(String swarm, String session) {
    return fabric.claims.claimNext(ClaimNextRequest.newBuilder().setRequestId("r" + ++requests).setSwarmId(swarm).setSessionId(session).build()).getClaim();
  }

  @Test
  void offeredTask_isKeptForItsSwarm_untilTheOfferIsOver() {
    fabric.submit(Samples.spec("t1", "a:b"));
    Offer offer = offered(offer("o1", "t1", "owl"));
    assertThat(Times.toInstant(offer.getExpiresAt())).isEqualTo(fabric.now().plusSeconds(5));
    assertThat(offer.getRevision()).isEqualTo(fabric.task("t1").getRevision());
    assertRefused(ErrorCode.ERROR_CODE_TASK_NOT_READY, () -> claim("t1", "fox", fox));
    fabric.caughtUp();
    assertRefused(ErrorCode.ERROR_CODE_NO_TASK_READY, () -> next("fox", fox));
    assertRefused(ErrorCode.ERROR_CODE_TASK_NOT_READY, () -> offered(offer("o2", "t1", "fox")));
    fabric.advance(Duration.ofSeconds(5));
    assertThat(next("fox", fox).getTaskId()).isEqualTo("t1");
  }

  @Test
  void retryOfAnOffer_isToldWhatTheFirstDid_alsoWhenTheTaskIsTaken() {
    fabric.submit(Samples.spec("t1", "a:b"));
    Offer first = offered(offer("o1", "t1", "owl"));
    fabric.advance(Duration.ofSeconds(1));
    assertThat(offered(offer("o1", "t1", "owl"))).isEqualTo(first);
    Claim claim = next("owl", owl);
    assertThat(claim.getTaskId()).isEqualTo("t1");
    assertThat(offered(offer("o1", "t1", "owl")).getExpiresAt()).isEqualTo(first.getExpiresAt());
    assertRefused(ErrorCode.ERROR_CODE_REQUEST_ID_REUSED, () -> offered(offer("o1", "t1", "fox")));
    assertRefused(ErrorCode.ERROR_CODE_TASK_NOT_READY, () -> offered(offer("o2", "t1", "fox")));
    fabric.claims.releaseTask(
        ReleaseTaskRequest.newBuilder().setRequestId("rel").setTaskId("t1").setSwarmId("owl").setFence(claim.getFence()).setReason("no").build());
    assertThat(claim("t1", "fox", fox).getTaskId()).as("who has given it back does not keep it").isEqualTo("t1");
  }

  @Test
  void requestOfAnotherContent_isRefused_andAnOlderOne_isToldWhatItDid() {
    fabric.submit(Samples.spec("t1", "a:b"));
    Offer first = offered(offer("o1", "t1", "owl"));
    for (OfferTaskRequest.Builder other :
        List.of(
            offer("o1", "t1", "fox"),
            offer("o1", "t1", "owl").setHold(Times.toProto(Duration.ofSeconds(6))),
            offer("o1", "t1", "owl").clearHold(),
            offer("o1", "t1", "owl").setReplace(true))) {
      assertRefused(ErrorCode.ERROR_CODE_REQUEST_ID_REUSED, () -> offered(other));
    }
    Offer second = offered(offer("o2", "t1", "fox").setReplace(true));
    long rung = fabric.task("t1").getRevision();
    assertThat(offered(offer("o1", "t1", "owl"))).as("with its own revision and end").isEqualTo(first);
    assertThat(offered(offer("o2", "t1", "fox").setReplace(true))).isEqualTo(second);
    assertRefused(ErrorCode.ERROR_CODE_REQUEST_ID_REUSED, () -> offered(offer("o1", "t1", "fox")));
    assertThat(fabric.task("t1").getRevision()).as("nobody is rung again").isEqualTo(rung);
  }

  @Test
  void standingOffer_isReplaced_whenThatIsSaid() {
    fabric.submit(Samples.spec("t1", "a:b"));
    offered(offer("o1", "t1", "owl"));
    Refusal kept = Errors.refusalOf(catchThrowable(() -> offered(offer("o2", "t1", "fox")))).orElseThrow();
    assertThat(kept.code()).isEqualTo(ErrorCode.ERROR_CODE_TASK_NOT_READY);
    assertThat(kept.fields()).extracting(Refusal.Field::path).containsExactly("replace");
    offered(offer("o3", "t1", "fox").setReplace(true));
    assertThat(fabric.task("t1").getPastPushes(0).getEnd()).contains("offered to swarm fox");
    assertRefused(ErrorCode.ERROR_CODE_TASK_NOT_READY, () -> claim("t1", "owl", owl));
    assertThat(claim("t1", "fox", fox).getTaskId()).isEqualTo("t1");
  }

  @Test
  void task_remembersTheNewestOffers_andNoMore() {
    fabric.submit(Samples.spec("t1", "a:b"));
    for (int i = 0; i < 18; i++) {
      offered(offer("o" + i, "t1", i % 2 == 0 ? "owl" : "fox").setReplace(true));
    }
    assertThat(fabric.task("t1").getPastPushesList()).extracting(Push::getRequestId).hasSize(16).startsWith("o1").endsWith("o16");
  }

  @Test
  void keptTask_isFreed_whenItsSwarmCannotTakeIt() {
    fabric.submit(Samples.spec("closed", "a:b"));
    offered(offer("o1", "closed", "owl"));
    assertThat(fabric.offerExpiry.runOnce(fabric.now())).as("its swarm is there").isZero();
    fabric.sessions.closeSession(CloseSessionRequest.newBuilder().setRequestId("close").setSwarmId("owl").setSessionId(owl).build());
    assertFreed("closed", "the session of swarm owl ended");
    String back = fabric.open("owl");
    fabric.submit(Samples.spec("tripped", "a:b"));
    offered(offer("o2", "tripped", "owl"));
    fabric.standing(Samples.standing("owl", "a:b").setBreaker(BreakerState.BREAKER_STATE_OPEN).build());
    assertFreed("tripped", "breaker of swarm owl is open");
    fabric.standing(Samples.standing("owl", "a:b").setMaxConcurrent(1).build());
    fabric.submit(Samples.spec("full", "a:b"));
    offered(offer("o3", "full", "owl"));
    fabric.submit(Samples.spec("other", "a:b"));
    Claim other = claim("other", "owl", back);
    assertFreed("full", "swarm owl holds 1 of 1 claims");
    fabric.claims.releaseTask(ReleaseTaskRequest.newBuilder().setRequestId("rel").setTaskId("other").setSwarmId("owl").setFence(other.getFence()).build());
    fabric.submit(Samples.spec("gone", "a:b"));
    offered(offer("o4", "gone", "owl"));
    fabric.standing(Samples.standing("owl", "a:b").setUnregistered(true).build());
    assertFreed("gone", "swarm owl is not registered any more");
  }

  private void assertFreed(String task, String why) {
    fabric.settle();
    assertThat(fabric.task(task).getPush().getEnd()).contains(why);
    Claim claim = claim(task, "fox", fox);
    fabric.claims.completeTask(
        CompleteTaskRequest.newBuilder().setRequestId("c-" + task).setTaskId(task).setSwarmId("fox").setFence(claim.getFence()).build());
  }

  @Test
  void swarmThatCouldNotClaim_isNotOffered_andEveryReasonIsTold() {
    fabric.swarm(Samples.standing("elk", "c:d").setReputationMillis(100).setCreditMicros(0));
    fabric.submit(Samples.spec("t1", "a:b").setMaxCostMicros(50).setMinReputationMillis(500));
    Refusal refusal = Errors.refusalOf(catchThrowable(() -> offered(offer("o1", "t1", "elk")))).orElseThrow();
    assertThat(refusal.code()).isEqualTo(ErrorCode.ERROR_CODE_CAPABILITY_MISSING);
    assertThat(refusal.metadata().get("reasons")).contains("a:b is missing").contains("reputation is 0.100").contains("short by $0.000050");
    fabric.standing(Samples.standing("asleep", "a:b").build());
    assertRefused(ErrorCode.ERROR_CODE_SESSION_NOT_FOUND, () -> offered(offer("o2", "t1", "asleep")));
    assertRefused(ErrorCode.ERROR_CODE_SWARM_NOT_FOUND, () -> offered(offer("o3", "t1", "nobody")));
    assertRefused(ErrorCode.ERROR_CODE_TASK_NOT_FOUND, () -> offered(offer("o4", "t9", "fox")));
    assertRefused(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, () -> offered(offer("o5", "t1", "fox").setHold(Times.toProto(Duration.ofMinutes(6)))));
    assertRefused(ErrorCode.ERROR_CODE_INVALID_ID, () -> offered(offer("o6", "t1", "a.b")));
    fabric.submit(Samples.spec("later", "a:b").setNeedsApproval(true));
    assertRefused(ErrorCode.ERROR_CODE_TASK_NOT_READY, () -> offered(offer("o7", "later", "fox")));
    assertThat(fabric.task("t1").hasPush()).as("nothing is written").isFalse();
  }
}
