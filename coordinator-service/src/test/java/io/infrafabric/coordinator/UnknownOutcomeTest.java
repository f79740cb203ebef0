package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.CoordinatorFixture.KEYS;
import static io.infrafabric.coordinator.CoordinatorFixture.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.CancelPlanRequest;
import io.infrafabric.coordinator.v1.CancelTaskRequest;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimNextRequest;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.CloseSessionRequest;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.coordinator.v1.CompleteTaskResponse;
import io.infrafabric.coordinator.v1.FailTaskRequest;
import io.infrafabric.coordinator.v1.FailTaskResponse;
import io.infrafabric.coordinator.v1.OpenSessionRequest;
import io.infrafabric.coordinator.v1.OpenSessionResponse;
import io.infrafabric.coordinator.v1.Phase;
import io.infrafabric.coordinator.v1.Plan;
import io.infrafabric.coordinator.v1.PlanCancellation;
import io.infrafabric.coordinator.v1.PlanState;
import io.infrafabric.coordinator.v1.RaiseBlockerRequest;
import io.infrafabric.coordinator.v1.ReassignTaskRequest;
import io.infrafabric.coordinator.v1.ReleaseTaskRequest;
import io.infrafabric.coordinator.v1.ReportProgressRequest;
import io.infrafabric.coordinator.v1.ResolveBlockerRequest;
import io.infrafabric.coordinator.v1.SubmitPlanRequest;
import io.infrafabric.coordinator.v1.SubmitTaskRequest;
import io.infrafabric.coordinator.v1.SubmitTaskResponse;
import io.infrafabric.coordinator.v1.SubmitTasksRequest;
import io.infrafabric.coordinator.v1.SubmitTasksResponse;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.kit.store.Change;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import io.infrafabric.testkit.store.MemoryStore;
import java.time.Duration;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A call whose outcome nobody knows, sent again with its request id, answers what was done, and nothing is done twice. */
class UnknownOutcomeTest {
  private final MemoryStore memory = new MemoryStore();
  private final ForgetfulStore forgetful = new ForgetfulStore(memory);
  private final CoordinatorFixture first = new CoordinatorFixture(memory, forgetful);
  private final CoordinatorFixture other = new CoordinatorFixture(memory, memory);
  private final String fox = first.swarm(Samples.standing("fox", "a:b"));

  @AfterEach
  void close() {
    first.close();
    other.close();
  }

  /** Calls, hears nothing, and calls again, here or at another coordinator. */
  private <T extends Message> T again(Supplier<T> call, Supplier<T> retry) {
    unknown(call);
    long written = memory.revision();
    T answer = retry.get();
    assertThat(memory.changes(KEYS.root()).stream().filter(change -> change.revision() > written)).as("written by the retry").isEmpty();
    return answer;
  }

  private <T extends Message> T again(Supplier<T> call) {
    return again(call, call);
  }

  private void unknown(Supplier<? extends Message> call) {
    forgetful.forget(true);
    assertRefused(ErrorCode.ERROR_CODE_OUTCOME_UNKNOWN, call::get);
    forgetful.forget(false);
    Awaitility.await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(5)).until(first.replica::reachable);
  }

  private long versions(String task) {
    String key = KEYS.task(new TaskId(task));
    return memory.changes(key).stream().filter(Change.Written.class::isInstance).count();
  }

  private Claim claim(String task) {
    return first.claims.claimTask(ClaimTaskRequest.newBuilder().setRequestId("claim-" + task).setTaskId(task).setSwarmId("fox").setSessionId(fox).build()).getClaim();
  }

  @Test
  void submit_isDoneOnce() {
    SubmitTaskRequest request = SubmitTaskRequest.newBuilder().setRequestId("r1").setSpec(TaskSpec.newBuilder().setPayload(ByteString.copyFromUtf8("x"))).build();
    SubmitTaskResponse response = again(() -> first.tasks.submitTask(request), () -> other.tasks.submitTask(request));
    assertThat(response.getCreated()).isTrue();
    assertThat(versions(response.getTask().getSpec().getTaskId())).isEqualTo(1);
  }

  @Test
  void submitOfMany_isDoneOnce() {
    SubmitTasksRequest request =
        SubmitTasksRequest.newBuilder().setRequestId("r1").addSpecs(Samples.spec("t1")).addSpecs(Samples.spec("t2")).build();
    // Its tasks may be in different groups: the retry writes those that the first try did not get to.
    unknown(() -> first.tasks.submitTasks(request));
    SubmitTasksResponse response = first.tasks.submitTasks(request);
    assertThat(response.getTasksList()).allMatch(task -> task.getCreated()).hasSize(2);
    assertThat(versions("t1")).isEqualTo(1);
    assertThat(versions("t2")).isEqualTo(1);
    long written = memory.revision();
    assertThat(other.tasks.submitTasks(request).getTasksList()).allMatch(task -> task.getCreated()).hasSize(2);
    assertThat(memory.changes(KEYS.root()).stream().filter(change -> change.revision() > written)).as("written by a third try").isEmpty();
  }

  @Test
  void submitOfAChain_isFinishedByTheRetry() {
    SubmitTasksRequest request =
        SubmitTasksRequest.newBuilder().setRequestId("r1").addSpecs(Samples.spec("t2").addDependsOn("t1")).addSpecs(Samples.spec("t1")).build();
    unknown(() -> first.tasks.submitTasks(request));
    SubmitTasksResponse response = first.tasks.submitTasks(request);
    assertThat(response.getTasksList()).extracting(t -> t.getState()).containsExactly(TaskState.TASK_STATE_WAITING, TaskState.TASK_STATE_READY);
    assertThat(versions("t1") + versions("t2")).isEqualTo(2);
  }

  @Test
  void claim_isDoneOnce() {
    first.submit(Samples.spec("t1"));
    ClaimTaskRequest request = ClaimTaskRequest.newBuilder().setRequestId("r1").setTaskId("t1").setSwarmId("fox").setSessionId(fox).build();
    Claim claim = again(() -> first.claims.claimTask(request), () -> other.claims.claimTask(request)).getClaim();
    assertThat(claim.getFence()).isEqualTo(first.task("t1").getClaimed().getFence());
    assertThat(first.task("t1").getAttempt()).isEqualTo(1);
    assertThat(first.book("fox").getCommitmentsCount()).isEqualTo(1);
  }

  @Test
  void inheritance_isFinishedByTheRetry() {
    first.submit(Samples.spec("t1"));
    Claim claim = claim("t1");
    OpenSessionRequest request = OpenSessionRequest.newBuilder().setRequestId("r1").setSwarmId("fox").setInherit(true).build();
    unknown(() -> first.sessions.openSession(request));
    OpenSessionResponse opened = first.sessions.openSession(request);
    assertThat(opened.getInheritedClaims()).isEqualTo(1);
    long fence = first.task("t1").getClaimed().getFence();
    assertThat(fence).isGreaterThan(claim.getFence());
    assertThat(other.sessions.openSession(request)).isEqualTo(opened);
    assertThat(first.task("t1").getClaimed().getFence()).as("inherited once").isEqualTo(fence);
  }

  @Test
  void reassignment_isDoneOnce() {
    first.submit(Samples.spec("t1").addOwnerSwarmIds("fox"));
    ReassignTaskRequest request = ReassignTaskRequest.newBuilder().setRequestId("r1").setTaskId("t1").addOwnerSwarmIds("owl").setPrincipal("ada").build();
    assertThat(again(() -> first.tasks.reassignTask(request), () -> other.tasks.reassignTask(request)).getTask().getOwnership().getPrincipal()).isEqualTo("ada");
    assertThat(versions("t1")).isEqualTo(2);
  }

  @Test
  void claimNext_answersTheTaskThatItGot() {
    first.submit(Samples.spec("t1"));
    first.submit(Samples.spec("t2"));
    ClaimNextRequest request = ClaimNextRequest.newBuilder().setRequestId("r1").setSwarmId("fox").setSessionId(fox).build();
    Claim claim = again(() -> first.claims.claimNext(request)).getClaim();
    assertThat(first.book("fox").getCommitmentsList()).extracting(c -> c.getTaskId()).containsExactly(claim.getTaskId());
  }

  @Test
  void claimNext_answersTheTaskThatItGotThroughAnotherCoordinator() {
    first.submit(Samples.spec("t1"));
    first.submit(Samples.spec("t2"));
    ClaimNextRequest request = ClaimNextRequest.newBuilder().setRequestId("r1").setSwarmId("fox").setSessionId(fox).build();
    Claim claim = again(() -> first.claims.claimNext(request), () -> other.claims.claimNext(request)).getClaim();
    assertThat(first.book("fox").getCommitmentsList()).extracting(c -> c.getTaskId()).containsExactly(claim.getTaskId());
  }

  /** Nothing is left to claim, and the swarm is at its capacity, because of the first try. */
  @Test
  void claimNext_answersTheOnlyTaskThatItGot() {
    first.standing(Samples.standing("fox", "a:b").setMaxConcurrent(1).build());
    first.submit(Samples.spec("t1"));
    first.caughtUp();
    ClaimNextRequest request = ClaimNextRequest.newBuilder().setRequestId("r1").setSwarmId("fox").setSessionId(fox).build();
    assertThat(again(() -> first.claims.claimNext(request), () -> other.claims.claimNext(request)).getClaim().getTaskId()).isEqualTo("t1");
  }

  /** A try that comes after the claim has ended, whoever ended it, gets no other task for the same request. */
  @Test
  void claimNext_isDoneOnce_thoughItsTaskWasCancelled() {
    first.submit(Samples.spec("t1"));
    ClaimNextRequest request = next("r1");
    assertThat(first.claims.claimNext(request).getClaim().getTaskId()).isEqualTo("t1");
    first.tasks.cancelTask(CancelTaskRequest.newBuilder().setRequestId("r2").setTaskId("t1").build());
    first.submit(Samples.spec("t2"));
    assertClaimsNoMore(ErrorCode.ERROR_CODE_STALE_FENCE, request, "t2");
  }

  @Test
  void claimNext_isDoneOnce_thoughItsTaskWasCompletedAndBooked() {
    first.submit(Samples.spec("t1"));
    ClaimNextRequest request = next("r1");
    Claim claim = first.claims.claimNext(request).getClaim();
    first.claims.completeTask(CompleteTaskRequest.newBuilder().setRequestId("r2").setTaskId("t1").setSwarmId("fox").setFence(claim.getFence()).build());
    first.submit(Samples.spec("t2"));
    assertClaimsNoMore(ErrorCode.ERROR_CODE_TASK_ENDED, request, "t2");
    first.standing(Samples.standing("fox", "a:b").addSettledClaimIds(claim.getClaimId()).build());
    first.settle();
    assertThat(first.book("fox").getCommitmentsList()).isEmpty();
    assertClaimsNoMore(ErrorCode.ERROR_CODE_STALE_FENCE, request, "t2");
  }

  @Test
  void claim_isDoneOnce_thoughItWasGivenBack() {
    first.submit(Samples.spec("t1"));
    ClaimTaskRequest request = ClaimTaskRequest.newBuilder().setRequestId("r1").setTaskId("t1").setSwarmId("fox").setSessionId(fox).build();
    Claim claim = first.claims.claimTask(request).getClaim();
    first.claims.releaseTask(ReleaseTaskRequest.newBuilder().setRequestId("r2").setTaskId("t1").setSwarmId("fox").setFence(claim.getFence()).build());
    assertRefused(ErrorCode.ERROR_CODE_STALE_FENCE, () -> first.claims.claimTask(request));
    assertRefused(ErrorCode.ERROR_CODE_STALE_FENCE, () -> other.claims.claimTask(request));
    assertThat(first.task("t1").hasReady()).isTrue();
    assertThat(first.claims.claimTask(request.toBuilder().setRequestId("r3").build()).getClaim().getAttempt()).isEqualTo(2);
  }

  private ClaimNextRequest next(String request) {
    first.caughtUp();
    return ClaimNextRequest.newBuilder().setRequestId(request).setSwarmId("fox").setSessionId(fox).build();
  }

  private void assertClaimsNoMore(ErrorCode code, ClaimNextRequest request, String free) {
    first.caughtUp();
    other.caughtUp();
    assertRefused(code, () -> first.claims.claimNext(request));
    assertRefused(code, () -> other.claims.claimNext(request));
    assertThat(first.task(free).hasReady()).isTrue();
  }

  @Test
  void completion_isDoneOnce() {
    first.submit(Samples.spec("t1").setMaxCostMicros(9));
    CompleteTaskRequest request =
        CompleteTaskRequest.newBuilder().setRequestId("r1").setTaskId("t1").setSwarmId("fox").setFence(claim("t1").getFence()).setCostMicros(5).build();
    CompleteTaskResponse response = again(() -> first.claims.completeTask(request), () -> other.claims.completeTask(request));
    Task task = first.task("t1");
    assertThat(response.getRevision()).isEqualTo(task.getRevision());
    assertThat(response.getCompletedAt()).isEqualTo(task.getCompleted().getAt());
    assertThat(first.book("fox").getEndedCount()).isEqualTo(1);
    assertThat(first.claims.completeTask(request)).isEqualTo(response);
  }

  @Test
  void failure_isDoneOnce_andAnswersWhatItDidThoughTheTaskHasMovedOn() {
    first.submit(Samples.spec("t1"));
    FailTaskRequest request =
        FailTaskRequest.newBuilder().setRequestId("r1").setTaskId("t1").setSwarmId("fox").setFence(claim("t1").getFence()).setRetryable(true).build();
    FailTaskResponse response = again(() -> first.claims.failTask(request));
    assertThat(response.getState()).isEqualTo(TaskState.TASK_STATE_READY);
    first.claims.claimTask(ClaimTaskRequest.newBuilder().setRequestId("r2").setTaskId("t1").setSwarmId("fox").setSessionId(fox).build());
    assertThat(first.claims.failTask(request).getState()).isEqualTo(TaskState.TASK_STATE_READY);
    assertThat(first.task("t1").getAttemptsCount()).isEqualTo(1);
  }

  @Test
  void release_isDoneOnce() {
    first.submit(Samples.spec("t1"));
    ReleaseTaskRequest request =
        ReleaseTaskRequest.newBuilder().setRequestId("r1").setTaskId("t1").setSwarmId("fox").setFence(claim("t1").getFence()).build();
    assertThat(again(() -> first.claims.releaseTask(request)).getState()).isEqualTo(TaskState.TASK_STATE_READY);
    assertThat(first.task("t1").getAttemptsCount()).isEqualTo(1);
    assertThat(first.book("fox").getCommitmentsList()).isEmpty();
  }

  @Test
  void progress_isDoneOnce() {
    first.submit(Samples.spec("t1"));
    ReportProgressRequest request =
        ReportProgressRequest.newBuilder().setRequestId("r1").setTaskId("t1").setSwarmId("fox").setFence(claim("t1").getFence()).setPercent(50).build();
    assertThat(again(() -> first.claims.reportProgress(request)).getRevision()).isEqualTo(first.task("t1").getRevision());
  }

  @Test
  void requestIdOfAnotherEnd_isRefused() {
    first.submit(Samples.spec("t1"));
    long fence = claim("t1").getFence();
    first.claims.failTask(FailTaskRequest.newBuilder().setRequestId("r1").setTaskId("t1").setSwarmId("fox").setFence(fence).setRetryable(true).build());
    assertRefused(
        ErrorCode.ERROR_CODE_REQUEST_ID_REUSED,
        () -> first.claims.completeTask(CompleteTaskRequest.newBuilder().setRequestId("r1").setTaskId("t1").setSwarmId("fox").setFence(fence).build()));
  }

  @Test
  void cancellation_isDoneOnce() {
    first.submit(Samples.spec("t1"));
    claim("t1");
    CancelTaskRequest request = CancelTaskRequest.newBuilder().setRequestId("r1").setTaskId("t1").setReason("no").build();
    assertThat(again(() -> first.tasks.cancelTask(request), () -> other.tasks.cancelTask(request)).getTask().hasCancelled()).isTrue();
    assertThat(first.task("t1").getAttemptsCount()).isEqualTo(1);
    assertThat(first.book("fox").getCommitmentsList()).isEmpty();
  }

  @Test
  void cancellationOfAPlan_isDoneOnce_andTheFirstOneStands() {
    Plan plan = Plan.newBuilder().setPlanId("p1").addPhases(Phase.newBuilder().setName("a").addTasks(TaskSpec.newBuilder().setTaskId("t1"))).build();
    first.plans.submitPlan(SubmitPlanRequest.newBuilder().setRequestId("r0").setPlan(plan).build());
    CancelPlanRequest request = CancelPlanRequest.newBuilder().setRequestId("r1").setPlanId("p1").setReason("no").build();
    PlanCancellation done = again(() -> first.plans.cancelPlan(request), () -> other.plans.cancelPlan(request)).getPlan().getCancellation();
    assertThat(done.getRequestId()).isEqualTo("r1");
    assertThat(first.plans.cancelPlan(request.toBuilder().setRequestId("r2").setReason("yes").build()).getPlan().getCancellation()).isEqualTo(done);
    first.settle();
    other.settle();
    assertThat(first.task("t1").getCancelled().getReason()).isEqualTo("plan p1 was cancelled: no");
    assertThat(versions("t1")).isEqualTo(2);
    assertThat(other.plans.cancelPlan(request).getState()).as("a retry that comes late").isEqualTo(PlanState.PLAN_STATE_CANCELLED);
  }

  @Test
  void blocker_isRaisedOnce_andResolvedOnce() {
    first.submit(Samples.spec("t1"));
    long fence = claim("t1").getFence();
    RaiseBlockerRequest raise = RaiseBlockerRequest.newBuilder().setRequestId("r1").setTaskId("t1").setSwarmId("fox").setFence(fence).setType("weather").build();
    Blocker blocker = again(() -> first.claims.raiseBlocker(raise), () -> other.claims.raiseBlocker(raise)).getBlocker();
    assertThat(first.task("t1").getParked().getBlockerIdsList()).containsExactly(blocker.getBlockerId());
    assertRefused(ErrorCode.ERROR_CODE_REQUEST_ID_REUSED, () -> other.claims.raiseBlocker(raise.toBuilder().setType("war").build()));

    ResolveBlockerRequest resolve =
        ResolveBlockerRequest.newBuilder().setRequestId("r2").setTaskId("t1").setBlockerId(blocker.getBlockerId()).setSwarmId("fox").setFence(fence).build();
    assertThat(again(() -> first.claims.resolveBlocker(resolve), () -> other.claims.resolveBlocker(resolve)).getBlocker().getResolvedBy()).isEqualTo("fox");
    assertThat(first.task("t1").getClaimed().getFence()).isEqualTo(fence);
    assertThat(first.claims.raiseBlocker(raise).getBlocker().hasResolvedAt()).as("a late retry is told what became of it").isTrue();
  }

  @Test
  void session_isOpenedOnce_andTheLeaseOfTheRetryDoesNotHoldIt() {
    first.standing(Samples.standing("owl").build());
    OpenSessionRequest request = OpenSessionRequest.newBuilder().setRequestId("r1").setSwarmId("owl").build();
    OpenSessionResponse response = again(() -> first.sessions.openSession(request), () -> other.sessions.openSession(request));
    assertThat(response.getRevision()).isEqualTo(memory.entries(KEYS.session(new SwarmId("owl"))).getFirst().modRevision());
    assertThat(first.sessions.openSession(request).getSessionId()).isEqualTo(response.getSessionId());
  }

  @Test
  void session_isClosedOnce() {
    CloseSessionRequest request = CloseSessionRequest.newBuilder().setRequestId("r1").setSwarmId("fox").setSessionId(fox).build();
    again(() -> first.sessions.closeSession(request), () -> other.sessions.closeSession(request));
    assertThat(memory.entries(KEYS.sessions())).isEmpty();
  }
}
