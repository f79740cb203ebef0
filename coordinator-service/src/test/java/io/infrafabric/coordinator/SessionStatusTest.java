package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.CoordinatorFixture.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.CloseSessionRequest;
import io.infrafabric.coordinator.v1.GetSessionRequest;
import io.infrafabric.coordinator.v1.KeepAliveRequest;
import io.infrafabric.coordinator.v1.ListSessionsRequest;
import io.infrafabric.coordinator.v1.ListSessionsResponse;
import io.infrafabric.coordinator.v1.RaiseBlockerRequest;
import io.infrafabric.coordinator.v1.ReportProgressRequest;
import io.infrafabric.coordinator.v1.Session;
import io.infrafabric.coordinator.v1.SessionStatus;
import io.infrafabric.kit.time.Times;
import io.infrafabric.testkit.store.MemoryStore;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What swarms do, on gRPC, and what they say of themselves. */
class SessionStatusTest {
  private final MemoryStore memory = new MemoryStore();
  private final CoordinatorFixture fabric = CoordinatorFixture.inMemory(memory);
  private final String fox = fabric.swarm(Samples.standing("fox", "a:b"));

  @AfterEach
  void close() {
    fabric.close();
  }

  private Session status(String swarm) {
    fabric.caughtUp();
    return fabric.sessions.getSession(GetSessionRequest.newBuilder().setSwarmId(swarm).build()).getSession();
  }

  private KeepAliveRequest.Builder alive() {
    return KeepAliveRequest.newBuilder().setRequestId("alive").setSwarmId("fox").setSessionId(fox);
  }

  private ListSessionsResponse list(ListSessionsRequest.Builder request) {
    fabric.caughtUp();
    return fabric.sessions.listSessions(request.build());
  }

  @Test
  void status_followsWhatTheSwarmHolds() {
    assertThat(status("fox").getStatus()).isEqualTo(SessionStatus.SESSION_STATUS_IDLE);
    fabric.submit(Samples.spec("t1", "a:b"));
    fabric.claims.claimTask(ClaimTaskRequest.newBuilder().setRequestId("r1").setTaskId("t1").setSwarmId("fox").setSessionId(fox).build());
    assertThat(status("fox").getStatus()).isEqualTo(SessionStatus.SESSION_STATUS_WORKING);
    assertThat(status("fox").getReason()).isEqualTo("works on t1 (0 %)");
    fabric.advance(Duration.ofSeconds(3));
    fabric.sessions.keepAlive(alive().build());
    assertThat(status("fox").getLastSeen()).isEqualTo(Times.toProto(fabric.now()));
    assertRefused(ErrorCode.ERROR_CODE_SWARM_NOT_FOUND, () -> status("nobody"));
  }

  @Test
  void whatASwarmSays_staysUntilItSaysAnother_andIsWrittenOnce() {
    Timestamp soon = Times.toProto(fabric.now().plusSeconds(600));
    fabric.sessions.keepAlive(alive().setNote("waits for the lab").setEstimatedUnblock(soon).build());
    long written = memory.revision();
    fabric.sessions.keepAlive(alive().setNote("waits for the lab").build());
    fabric.sessions.keepAlive(alive().build());
    assertThat(memory.revision()).as("nothing new").isEqualTo(written);
    assertThat(status("fox").getNote()).isEqualTo("waits for the lab");
    assertThat(status("fox").getEstimatedUnblock()).isEqualTo(soon);
    fabric.sessions.keepAlive(alive().setNote("").build());
    assertThat(status("fox").getNote()).isEmpty();
    assertThat(status("fox").getEstimatedUnblock()).isEqualTo(soon);
    assertRefused(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, () -> fabric.sessions.keepAlive(alive().setNote("x".repeat(1_025)).build()));
    assertRefused(
        ErrorCode.ERROR_CODE_INVALID_ARGUMENT, () -> fabric.sessions.keepAlive(alive().setEstimatedUnblock(Timestamp.newBuilder().setSeconds(Long.MAX_VALUE)).build()));
  }

  private void idle(String swarm, long online, long idle) {
    Session told = status(swarm);
    assertThat(told.getOnline().getSeconds()).as("online").isEqualTo(online);
    assertThat(told.getIdle().getSeconds()).as("idle").isEqualTo(idle);
  }

  @Test
  void idleTime_isThatInWhichItWorksOnNothing() {
    idle("fox", 0, 0);
    fabric.advance(Duration.ofSeconds(3));
    idle("fox", 3, 3);
    fabric.submit(Samples.spec("t1", "a:b"));
    Claim claim =
        fabric.claims.claimTask(ClaimTaskRequest.newBuilder().setRequestId("r1").setTaskId("t1").setSwarmId("fox").setSessionId(fox).build()).getClaim();
    fabric.caughtUp();
    fabric.advance(Duration.ofSeconds(4));
    fabric.claims.reportProgress(
        ReportProgressRequest.newBuilder().setRequestId("p1").setTaskId("t1").setSwarmId("fox").setFence(claim.getFence()).setPercent(5).build());
    fabric.caughtUp();
    fabric.advance(Duration.ofSeconds(2));
    idle("fox", 9, 3);
    fabric.sessions.keepAlive(alive().build());
    fabric.claims.raiseBlocker(
        RaiseBlockerRequest.newBuilder().setRequestId("b1").setTaskId("t1").setSwarmId("fox").setFence(claim.getFence()).setType("weather").setDescription("rain").build());
    fabric.caughtUp();
    fabric.advance(Duration.ofSeconds(5));
    idle("fox", 14, 8);
    fabric.sessions.closeSession(CloseSessionRequest.newBuilder().setRequestId("closed").setSwarmId("fox").setSessionId(fox).build());
    fabric.caughtUp();
    fabric.advance(Duration.ofSeconds(7));
    idle("fox", 14, 8);
  }

  @Test
  void lists_haveThoseWithoutASession_whenAskedFor() {
    fabric.swarm(Samples.standing("elk", "a:b"));
    fabric.swarm(Samples.standing("owl", "a:b"));
    fabric.sessions.closeSession(CloseSessionRequest.newBuilder().setRequestId("closed").setSwarmId("fox").setSessionId(fox).build());
    assertThat(list(ListSessionsRequest.newBuilder()).getSessionsList()).extracting(Session::getSwarmId).containsExactly("elk", "owl");
    ListSessionsResponse all = list(ListSessionsRequest.newBuilder().setIncludeAway(true).setPageSize(2));
    assertThat(all.getSessionsList()).extracting(Session::getSwarmId).containsExactly("elk", "fox");
    assertThat(all.getSessions(1).getStatus()).isEqualTo(SessionStatus.SESSION_STATUS_AWAY);
    ListSessionsResponse rest = list(ListSessionsRequest.newBuilder().setIncludeAway(true).setPageSize(2).setPageToken(all.getNextPageToken()));
    assertThat(rest.getSessionsList()).extracting(Session::getSwarmId).containsExactly("owl");
    assertThat(rest.getNextPageToken()).isEmpty();
  }
}
