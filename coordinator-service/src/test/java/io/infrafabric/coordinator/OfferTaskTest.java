package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.CoordinatorFixture.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimNextRequest;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.Offer;
import io.infrafabric.coordinator.v1.OfferTaskRequest;
import io.infrafabric.coordinator.v1.ReleaseTaskRequest;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.grpc.Errors;
import io.infrafabric.kit.time.Times;
import io.infrafabric.testkit.store.MemoryStore;
import java.time.Duration;
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
