package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.CoordinatorFixture.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.Commitment;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.coordinator.v1.FailTaskRequest;
import io.infrafabric.coordinator.v1.GetTaskRequest;
import io.infrafabric.coordinator.v1.HeldClaim;
import io.infrafabric.coordinator.v1.ListClaimsRequest;
import io.infrafabric.coordinator.v1.ListClaimsResponse;
import io.infrafabric.coordinator.v1.ListTasksRequest;
import io.infrafabric.coordinator.v1.OpenSessionRequest;
import io.infrafabric.coordinator.v1.OpenSessionResponse;
import io.infrafabric.coordinator.v1.RaiseBlockerRequest;
import io.infrafabric.coordinator.v1.ReportProgressRequest;
import io.infrafabric.coordinator.v1.ResolveBlockerRequest;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.names.Limits;
import io.infrafabric.names.SwarmId;
import io.infrafabric.testkit.store.MemoryStore;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A swarm that comes back while its session lives goes on with what it holds, and its earlier process can do no harm. */
class InheritanceTest {
  private final MemoryStore memory = new MemoryStore();
  private final CoordinatorFixture fabric = CoordinatorFixture.inMemory(memory);
  private String session = fabric.swarm(Samples.standing("fox", "a:b").setMaxConcurrent(100));
  private int requests;

  @AfterEach
  void close() {
    fabric.close();
  }

  private String request() {
    return "r" + ++requests;
  }

  private OpenSessionResponse inherit(String request) {
    OpenSessionResponse opened =
        fabric.sessions.openSession(OpenSessionRequest.newBuilder().setRequestId(request).setSwarmId("fox").setInherit(true).build());
    session = opened.getSessionId();
    return opened;
  }

  private Claim claim(String task) {
    fabric.submit(Samples.spec(task, "a:b").setMaxCostMicros(1_000));
    return take(task, "fox", session);
  }

  private Claim take(String task, String swarm, String itsSession) {
    return fabric.claims
        .claimTask(ClaimTaskRequest.newBuilder().setRequestId(request()).setTaskId(task).setSwarmId(swarm).setSessionId(itsSession).build())
        .getClaim();
  }

  private void progress(Claim claim, int percent, String checkpoint) {
    fabric.claims.reportProgress(
        ReportProgressRequest.newBuilder()
            .setRequestId(request())
            .setTaskId(claim.getTaskId())
            .setSwarmId(claim.getSwarmId())
            .setFence(claim.getFence())
            .setPercent(percent)
            .setNote("at " + percent)
            .setCheckpoint(ByteString.copyFromUtf8(checkpoint))
            .build());
  }

  private void complete(Claim claim, long cost) {
    fabric.claims.completeTask(
        CompleteTaskRequest.newBuilder()
            .setRequestId(request())
            .setTaskId(claim.getTaskId())
            .setSwarmId(claim.getSwarmId())
            .setFence(claim.getFence())
            .setCostMicros(cost)
            .build());
  }

  private List<HeldClaim> held() {
    List<HeldClaim> all = new ArrayList<>();
    ListClaimsRequest.Builder next = ListClaimsRequest.newBuilder().setSwarmId("fox");
    do {
      ListClaimsResponse page = fabric.claims.listClaims(next.build());
      all.addAll(page.getClaimsList());
      next.setPageToken(page.getNextPageToken());
    } while (!next.getPageToken().isEmpty());
    return all;
  }

  @Test
  void claims_goOnUnderTheNewSession_withANewFence_andTheSameClaim() {
    Claim before = claim("t1");
    progress(before, 40, "line 400");
    OpenSessionResponse opened = inherit("again");
    assertThat(opened.getInheritedClaims()).isEqualTo(1);
    HeldClaim held = held().getFirst();
    Claim now = held.getClaim();
    assertThat(now.getClaimId()).isEqualTo(before.getClaimId());
    assertThat(now.getAttempt()).isEqualTo(1);
    assertThat(now.getFence()).isGreaterThan(before.getFence()).isEqualTo(fabric.task("t1").getRevision());
    assertThat(now.getCheckpoint().getData().toStringUtf8()).isEqualTo("line 400");
    assertThat(held.getPercent()).isEqualTo(40);
    assertThat(held.getNote()).isEqualTo("at 40");
    assertThat(held.getState()).isEqualTo(TaskState.TASK_STATE_CLAIMED);
    fabric.settle();
    assertThat(fabric.task("t1").hasClaimed()).as("the end of the old session takes nothing").isTrue();
    assertRefused(ErrorCode.ERROR_CODE_STALE_FENCE, () -> progress(before, 50, ""));
    assertRefused(ErrorCode.ERROR_CODE_STALE_FENCE, () -> complete(before, 0));
    complete(now, 700);
    assertThat(fabric.book("fox").getCommitmentsList()).extracting(Commitment::getCostMicros).as("booked once, as one claim").containsExactly(700L);
    assertThat(fabric.task("t1").getAttemptsCount()).isEqualTo(1);
  }

  @Test
  void openingThatIsSentAgain_inheritsOnce() {
    claim("t1");
    OpenSessionResponse opened = inherit("again");
    long fence = held().getFirst().getClaim().getFence();
    assertThat(inherit("again")).isEqualTo(opened);
    assertThat(held().getFirst().getClaim().getFence()).isEqualTo(fence);
  }

  @Test
  void claimThatWasNotWrittenAnew_isKeptByTheNextSessionToo() {
    Claim claim = claim("t1");
    var key = CoordinatorFixture.KEYS.session(new SwarmId("fox"));
    fabric.caughtUp();
    long old = fabric.replica.get(key).orElseThrow().modRevision();
    // An opening that broke off between the session and its claims.
    var record = fabric.records.session(fabric.replica, new SwarmId("fox")).orElseThrow();
    CoordinatorFixture.put(memory, key, record.toBuilder().setSessionId("between").addInherits(old).build().toByteString());
    fabric.settle();
    assertThat(fabric.task("t1").getClaimed().getFence()).as("neither lost nor inherited").isEqualTo(claim.getFence());
    assertThat(inherit("again").getInheritedClaims()).isEqualTo(1);
    assertRefused(ErrorCode.ERROR_CODE_STALE_FENCE, () -> complete(claim, 0));
    complete(held().getFirst().getClaim(), 0);
  }

  @Test
  void replacedSession_losesItsClaims_alsoThoseItHadInherited() {
    claim("t1");
    inherit("again");
    fabric.sessions.openSession(OpenSessionRequest.newBuilder().setRequestId("other").setSwarmId("fox").setReplace(true).build());
    fabric.settle();
    assertThat(fabric.task("t1").hasReady()).isTrue();
    assertThat(fabric.task("t1").getAttempts(0).getEnd()).isEqualTo(ClaimEnd.CLAIM_END_LOST);
    assertThat(held()).isEmpty();
  }

  @Test
  void parkedClaim_isInheritedToo_andResolvedUnderTheNewFence() {
    Claim before = claim("t1");
    Blocker blocker =
        fabric.claims
            .raiseBlocker(
                RaiseBlockerRequest.newBuilder().setRequestId(request()).setTaskId("t1").setSwarmId("fox").setFence(before.getFence()).setType("weather").setDescription("it rains").build())
            .getBlocker();
    inherit("again");
    HeldClaim held = held().getFirst();
    assertThat(held.getState()).isEqualTo(TaskState.TASK_STATE_PARKED);
    assertThat(held.getBlockerIdsList()).containsExactly(blocker.getBlockerId());
    assertThat(held.getClaim().getFence()).isGreaterThan(before.getFence());
    ResolveBlockerRequest.Builder resolve =
        ResolveBlockerRequest.newBuilder().setTaskId("t1").setBlockerId(blocker.getBlockerId()).setSwarmId("fox").setResolution("it is dry");
    assertRefused(
        ErrorCode.ERROR_CODE_STALE_FENCE, () -> fabric.claims.resolveBlocker(resolve.setRequestId(request()).setFence(before.getFence()).build()));
    fabric.claims.resolveBlocker(resolve.setRequestId(request()).setFence(held.getClaim().getFence()).build());
    assertThat(fabric.task("t1").getClaimed().getFence()).isEqualTo(held.getClaim().getFence());
    assertRefused(ErrorCode.ERROR_CODE_STALE_FENCE, () -> complete(before, 0));
    complete(held.getClaim(), 0);
  }

  @Test
  void claimThatIsInheritedAgainAndAgain_failsItsAttempt() {
    claim("t1");
    for (int i = 1; i <= 16; i++) {
      assertThat(inherit("again-" + i).getInheritedClaims()).isEqualTo(1);
    }
    assertThat(inherit("once-more").getInheritedClaims()).isZero();
    assertThat(fabric.task("t1").getAttempts(0).getReason()).isEqualTo("sessions of swarm fox have inherited the claim 16 times and not ended it");
    assertThat(fabric.task("t1").hasReady()).isTrue();
  }

  @Test
  void checkpoint_isGivenToTheNextHolder_andGoesWithTheEnd() {
    String owl = fabric.swarm(Samples.standing("owl", "a:b"));
    Claim before = claim("t1");
    progress(before, 10, "line 100");
    fabric.claims.failTask(
        FailTaskRequest.newBuilder().setRequestId(request()).setTaskId("t1").setSwarmId("fox").setFence(before.getFence()).setReason("no").setRetryable(true).build());
    fabric.settle();
    Claim next = take("t1", "owl", owl);
    assertThat(next.getCheckpoint().getData().toStringUtf8()).isEqualTo("line 100");
    assertThat(next.getCheckpoint().getSwarmId()).isEqualTo("fox");
    progress(next, 20, "");
    assertThat(fabric.task("t1").hasCheckpoint()).as("an empty one takes it away").isFalse();
    progress(next, 20, "line 200");
    assertThat(fabric.tasks.getTask(GetTaskRequest.newBuilder().setTaskId("t1").build()).getTask().getCheckpoint().getData().toStringUtf8()).isEqualTo("line 200");
    fabric.caughtUp();
    assertThat(fabric.tasks.listTasks(ListTasksRequest.getDefaultInstance()).getTasks(0).getCheckpoint().getData().isEmpty()).isTrue();
    complete(next, 0);
    assertThat(fabric.task("t1").hasCheckpoint()).isFalse();
  }

  @Test
  void checkpoint_hasALimit() {
    Claim claim = claim("t1");
    progress(claim, 10, "x".repeat(Limits.CHECKPOINT_BYTES));
    assertRefused(ErrorCode.ERROR_CODE_PAYLOAD_TOO_LARGE, () -> progress(claim, 10, "x".repeat(Limits.CHECKPOINT_BYTES + 1)));
  }

  @Test
  void claims_arePagedByNumberAndByBytes() {
    for (int i = 1; i <= 10; i++) {
      fabric.submit(Samples.spec("t%02d".formatted(i), "a:b").setPayload(ByteString.copyFrom(new byte[60_000])));
      take("t%02d".formatted(i), "fox", session);
    }
    ListClaimsResponse page = fabric.claims.listClaims(ListClaimsRequest.newBuilder().setSwarmId("fox").build());
    assertThat(page.getSerializedSize()).isLessThan(580_000);
    assertThat(page.getNextPageToken()).isNotEmpty();
    assertThat(held()).extracting(held -> held.getClaim().getTaskId()).hasSize(10).isSorted().doesNotHaveDuplicates();
    assertThat(fabric.claims.listClaims(ListClaimsRequest.newBuilder().setSwarmId("fox").setPageSize(3).build()).getClaimsList()).hasSize(3);
    assertThat(fabric.claims.listClaims(ListClaimsRequest.newBuilder().setSwarmId("owl").build()).getClaimsList()).isEmpty();
  }
}
