package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.CoordinatorFixture.KEYS;
import static io.infrafabric.coordinator.CoordinatorFixture.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.CloseSessionRequest;
import io.infrafabric.coordinator.v1.KeepAliveRequest;
import io.infrafabric.coordinator.v1.ListSessionsRequest;
import io.infrafabric.coordinator.v1.OpenSessionRequest;
import io.infrafabric.coordinator.v1.TaskState;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Sessions on gRPC, and what becomes of claims without one. */
class SessionServiceTest extends FoxCalls {
  @Test
  void claim_isLostWithItsSession_andTheLateReportIsRefused() {
    fabric.submit(Samples.spec("t1").setMaxCostMicros(5));
    Claim claim = claim("t1");
    fabric.advance(Duration.ofSeconds(11));
    fabric.settle();
    assertThat(state("t1")).isEqualTo(TaskState.TASK_STATE_READY);
    assertThat(fabric.task("t1").getAttempts(0).getEnd()).isEqualTo(ClaimEnd.CLAIM_END_LOST);
    assertThat(fabric.book("fox").getCommitmentsList()).as("the promise is free again").isEmpty();
    assertRefused(ErrorCode.ERROR_CODE_STALE_FENCE, () -> complete(claim, 1));
    assertRefused(ErrorCode.ERROR_CODE_SESSION_NOT_FOUND, () -> claim("t1"));
  }

  @Test
  void session_livesAsLongAsItIsRenewed() {
    fabric.submit(Samples.spec("t1"));
    claim("t1");
    KeepAliveRequest sign = KeepAliveRequest.newBuilder().setSwarmId("fox").setSessionId(fox).build();
    for (int i = 0; i < 4; i++) {
      fabric.advance(Duration.ofSeconds(6));
      assertThat(fabric.sessions.keepAlive(sign).getTtl().getSeconds()).isEqualTo(10);
    }
    fabric.settle();
    assertThat(state("t1")).isEqualTo(TaskState.TASK_STATE_CLAIMED);
    fabric.advance(Duration.ofSeconds(11));
    assertRefused(ErrorCode.ERROR_CODE_SESSION_NOT_FOUND, () -> fabric.sessions.keepAlive(sign));
  }

  @Test
  void session_isOnlyOneAndIsReplacedWhenAsked_withTheLossOfItsClaims() {
    fabric.submit(Samples.spec("t1"));
    Claim claim = claim("t1");
    OpenSessionRequest second = OpenSessionRequest.newBuilder().setRequestId(request()).setSwarmId("fox").build();
    assertRefused(ErrorCode.ERROR_CODE_SESSION_EXISTS, () -> fabric.sessions.openSession(second));
    String fresh = fabric.sessions.openSession(second.toBuilder().setReplace(true).build()).getSessionId();
    fabric.settle();
    assertThat(state("t1")).isEqualTo(TaskState.TASK_STATE_READY);
    assertRefused(ErrorCode.ERROR_CODE_STALE_FENCE, () -> complete(claim, 0));
    assertRefused(ErrorCode.ERROR_CODE_SESSION_NOT_FOUND, () -> claim("t1", "fox", fox));
    claim("t1", "fox", fresh);
    fabric.advance(Duration.ofSeconds(9));
    fabric.sessions.keepAlive(KeepAliveRequest.newBuilder().setSwarmId("fox").setSessionId(fresh).build());
    assertRefused(ErrorCode.ERROR_CODE_SESSION_NOT_FOUND, () -> fabric.sessions.keepAlive(KeepAliveRequest.newBuilder().setSwarmId("fox").setSessionId(fox).build()));
  }

  @Test
  void lateDuplicateOfAnOpen_takesNoNewerSessionOver() {
    OpenSessionRequest first = OpenSessionRequest.newBuilder().setRequestId("o-1").setSwarmId("fox").setReplace(true).build();
    String taken = fabric.sessions.openSession(first).getSessionId();
    assertThat(fabric.sessions.openSession(first).getSessionId()).as("a retry is told what it did").isEqualTo(taken);
    fabric.sessions.closeSession(CloseSessionRequest.newBuilder().setRequestId(request()).setSwarmId("fox").setSessionId(taken).build());
    String newer = fabric.sessions.openSession(first.toBuilder().setRequestId("o-2").build()).getSessionId();
    assertRefused(ErrorCode.ERROR_CODE_SESSION_EXISTS, () -> fabric.sessions.openSession(first));
    String newest = fabric.sessions.openSession(first.toBuilder().setRequestId("o-3").build()).getSessionId();
    assertThat(newest).isNotEqualTo(newer);
    assertRefused(ErrorCode.ERROR_CODE_SESSION_EXISTS, () -> fabric.sessions.openSession(first.toBuilder().setRequestId("o-2").build()));
    fabric.sessions.keepAlive(KeepAliveRequest.newBuilder().setSwarmId("fox").setSessionId(newest).build());
  }

  @Test
  void session_isRefusedToSwarmsThatAreNotRegistered_andForOddTimes() {
    OpenSessionRequest open = OpenSessionRequest.newBuilder().setRequestId("r").setSwarmId("nobody").build();
    assertRefused(ErrorCode.ERROR_CODE_SWARM_NOT_FOUND, () -> fabric.sessions.openSession(open));
    for (com.google.protobuf.Duration ttl : List.of(com.google.protobuf.Duration.newBuilder().setSeconds(1).build(), com.google.protobuf.Duration.newBuilder().setSeconds(301).build(), com.google.protobuf.Duration.newBuilder().setSeconds(Long.MAX_VALUE).setNanos(-1).build())) {
      assertRefused(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, () -> fabric.sessions.openSession(open.toBuilder().setTtl(ttl).build()));
    }
  }

  @Test
  void sessions_areListedWithoutTheirSecrets() {
    fabric.swarm(Samples.standing("owl"));
    var page = fabric.sessions.listSessions(ListSessionsRequest.newBuilder().setPageSize(1).build());
    assertThat(page.getSessionsList()).extracting(session -> session.getSwarmId()).containsExactly("fox");
    var rest = fabric.sessions.listSessions(ListSessionsRequest.newBuilder().setPageToken(page.getNextPageToken()).build());
    assertThat(rest.getSessionsList()).extracting(session -> session.getSwarmId()).containsExactly("owl");
    assertThat(rest.getNextPageToken()).isEmpty();
    assertThat(page.toString()).doesNotContain(fox);
  }

  @Test
  void session_isClosedAtAnotherCoordinatorThanTheOneThatOpenedIt() {
    try (CoordinatorFixture other = CoordinatorFixture.inMemory(memory)) {
      other.sessions.closeSession(CloseSessionRequest.newBuilder().setRequestId("r").setSwarmId("fox").setSessionId(fox).build());
    }
    assertThat(memory.entries(KEYS.sessions())).isEmpty();
  }
}
