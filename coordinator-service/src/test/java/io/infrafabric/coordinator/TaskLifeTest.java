package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.CoordinatorFixture.KEYS;
import static io.infrafabric.coordinator.CoordinatorFixture.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.StatusRuntimeException;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.commitment.CommitmentRules;
import io.infrafabric.common.v1.ObjectRef;
import io.infrafabric.coordinator.v1.ApproveTaskRequest;
import io.infrafabric.coordinator.v1.Backoff;
import io.infrafabric.coordinator.v1.CancelTaskRequest;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.Commitment;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.coordinator.v1.FailTaskRequest;
import io.infrafabric.coordinator.v1.FailTaskResponse;
import io.infrafabric.coordinator.v1.ListTasksRequest;
import io.infrafabric.coordinator.v1.ListTasksResponse;
import io.infrafabric.coordinator.v1.ReportProgressRequest;
import io.infrafabric.coordinator.v1.RequeueTaskRequest;
import io.infrafabric.coordinator.v1.RequeueTaskResponse;
import io.infrafabric.coordinator.v1.RetryPolicy;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.grpc.Errors;
import io.infrafabric.kit.nats.Objects;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.Subjects;
import io.infrafabric.testkit.history.EtcdHistory;
import io.infrafabric.testkit.history.HistoryRules;
import io.infrafabric.testkit.store.MemoryStore;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The clocks, retries and gates of a task, on gRPC over the store in memory. */
class TaskLifeTest {
  private final MemoryStore memory = new MemoryStore();
  private final CoordinatorFixture fabric = CoordinatorFixture.inMemory(memory);
  private final String fox = fabric.swarm(Samples.standing("fox").setMaxConcurrent(100));
  private int requests;

  @AfterEach
  void close() {
    assertThat(HistoryRules.judge(EtcdHistory.read(memory, KEYS.tasks()))).isEmpty();
    fabric.close();
  }

  private String request() {
    return "r" + ++requests;
  }

  private Claim claim(String task) {
    return fabric.claims.claimTask(ClaimTaskRequest.newBuilder().setRequestId(request()).setTaskId(task).setSwarmId("fox").setSessionId(fox).build()).getClaim();
  }

  private FailTaskRequest failure(Claim claim) {
    return FailTaskRequest.newBuilder()
        .setRequestId(request())
        .setTaskId(claim.getTaskId())
        .setSwarmId("fox")
        .setFence(claim.getFence())
        .setReason("no luck " + claim.getAttempt())
        .setRetryable(true)
        .build();
  }

  private void progress(Claim claim) {
    fabric.claims.reportProgress(
        ReportProgressRequest.newBuilder().setRequestId(request()).setTaskId(claim.getTaskId()).setSwarmId("fox").setFence(claim.getFence()).build());
  }

  private void pass(Duration time) {
    fabric.advance(time);
    fabric.settle();
  }

  private RequeueTaskResponse requeue(RequeueTaskRequest.Builder request) {
    return fabric.tasks.requeueTask(request.setRequestId(request()).setPrincipal("ada").build());
  }

  private static TaskSpec.Builder silent(String id) {
    return Samples.spec(id).setProgressTimeout(Times.toProto(Duration.ofSeconds(2)));
  }

  @Test
  void holderThatIsAliveButSilent_losesTheClaim() {
    fabric.submit(silent("t"));
    Claim claim = claim("t");
    pass(Duration.ofMillis(1_999));
    assertThat(fabric.task("t").hasClaimed()).isTrue();
    pass(Duration.ofMillis(1));

    Task task = fabric.task("t");
    assertThat(task.hasReady()).isTrue();
    assertThat(task.getAttempts(0).getEnd()).isEqualTo(ClaimEnd.CLAIM_END_STALLED);
    assertThat(task.getAttempts(0).getReason()).contains("PT2S");
    assertThat(CommitmentRules.totalMicros(fabric.book("fox"))).as("its promise is freed").isZero();
    assertThat(fabric.book("fox").getCommitmentsList()).as("and the governor hears of it").extracting(Commitment::getEnd).containsExactly(ClaimEnd.CLAIM_END_STALLED);
    assertRefused(ErrorCode.ERROR_CODE_STALE_FENCE, () -> progress(claim));
  }

  @Test
  void holderThatReports_keepsTheClaim() {
    fabric.submit(silent("t"));
    Claim claim = claim("t");
    for (int i = 0; i < 4; i++) {
      pass(Duration.ofMillis(1_500));
      progress(claim);
    }
    assertThat(fabric.task("t").getClaimed().getFence()).isEqualTo(claim.getFence());
  }

  @Test
  void silentAttempts_useUpTheTask() {
    fabric.submit(silent("t").setMaxAttempts(2));
    claim("t");
    pass(Duration.ofSeconds(2));
    claim("t");
    pass(Duration.ofSeconds(2));
    assertThat(fabric.task("t").hasQuarantined()).isTrue();
  }

  @Test
  void deadline_cancelsWhateverTheStateIs_andFreesThePromise() {
    var deadline = Times.toProto(fabric.now().plusSeconds(5));
    fabric.submit(Samples.spec("first").setDeadline(deadline));
    fabric.submit(Samples.spec("second").setDeadline(deadline).addDependsOn("first"));
    fabric.submit(Samples.spec("held").setDeadline(deadline));
    Claim claim = claim("held");
    pass(Duration.ofMillis(4_999));
    assertThat(fabric.task("first").hasReady()).isTrue();
    pass(Duration.ofMillis(1));

    for (String task : new String[] {"first", "second", "held"}) {
      assertThat(fabric.task(task).getCancelled().getReason()).as(task).contains("deadline");
    }
    assertThat(fabric.book("fox").getCommitmentsList()).isEmpty();
    assertThat(fabric.index.clocks().size()).isZero();
    assertRefused(ErrorCode.ERROR_CODE_STALE_FENCE, () -> progress(claim));
  }

  @Test
  void failure_isTriedAgainWhenThePolicySays() {
    RetryPolicy.Builder policy = RetryPolicy.newBuilder().setBackoff(Backoff.BACKOFF_EXPONENTIAL).setInitial(Times.toProto(Duration.ofSeconds(1)));
    fabric.submit(Samples.spec("t").setMaxAttempts(5).setRetry(policy));
    for (int seconds = 1; seconds <= 4; seconds *= 2) {
      FailTaskRequest failed = failure(claim("t"));
      FailTaskResponse answer = fabric.claims.failTask(failed);
      assertThat(answer.getState()).isEqualTo(TaskState.TASK_STATE_WAITING);
      assertThat(fabric.claims.failTask(failed).getState()).as("a retry is told the same").isEqualTo(TaskState.TASK_STATE_WAITING);
      pass(Duration.ofSeconds(seconds).minusMillis(1));
      assertThat(fabric.task("t").hasWaiting()).isTrue();
      pass(Duration.ofMillis(1));
      assertThat(fabric.task("t").hasReady()).isTrue();
    }
  }

  @Test
  void quarantine_namesTheReasonOfEveryAttempt_andARequeueBeginsAnew() {
    fabric.submit(Samples.spec("t").setMaxAttempts(2));
    fabric.claims.failTask(failure(claim("t")));
    fabric.claims.failTask(failure(claim("t")));
    Task dead = fabric.task("t");
    assertThat(dead.getQuarantined().getReason()).contains("attempt 2 of 2");
    assertThat(dead.getAttemptsList()).extracting(attempt -> attempt.getReason()).containsExactly("no luck 1", "no luck 2");

    assertThat(requeue(RequeueTaskRequest.newBuilder().addTaskIds("t").setDryRun(true)).getTaskIdsList()).containsExactly("t");
    assertThat(fabric.task("t").hasQuarantined()).as("a dry run changes nothing").isTrue();
    assertThat(requeue(RequeueTaskRequest.newBuilder().addTaskIds("t")).getTaskIdsList()).containsExactly("t");
    Task again = fabric.task("t");
    assertThat(again.hasReady()).isTrue();
    assertThat(again.getRequeue().getPrincipal()).isEqualTo("ada");
    assertThat(again.getAttemptsCount()).as("the history stays").isEqualTo(2);
    assertThat(claim("t").getAttempt()).isEqualTo(3);
    fabric.claims.failTask(failure(claim("t")));
    fabric.claims.failTask(failure(claim("t")));
    assertThat(fabric.task("t").hasQuarantined()).isTrue();
  }

  @Test
  void bulkRequeue_takesWhatMatches_tellsTheSameToARetry_andNothingWithoutAFilter() {
    for (int i = 0; i < 6; i++) {
      fabric.submit(Samples.spec("t" + i).setMaxAttempts(1).putLabels("team", i < 4 ? "a" : "b"));
      fabric.claims.failTask(failure(claim("t" + i)));
    }
    RequeueTaskRequest.Builder ofA = RequeueTaskRequest.newBuilder().putLabels("team", "a").setPrincipal("ada");
    assertThat(requeue(ofA.clone().setDryRun(true)).getTaskIdsList()).containsExactlyInAnyOrder("t0", "t1", "t2", "t3");
    RequeueTaskRequest once = ofA.setRequestId(request()).build();
    assertThat(fabric.tasks.requeueTask(once).getTaskIdsList()).hasSize(4);
    claim("t0");
    assertThat(fabric.tasks.requeueTask(once).getTaskIdsList()).as("a retry").containsExactlyInAnyOrder("t0", "t1", "t2", "t3");
    assertThat(fabric.task("t4").hasQuarantined()).isTrue();
    assertThat(requeue(RequeueTaskRequest.newBuilder().setAll(true)).getTaskIdsList()).containsExactlyInAnyOrder("t4", "t5");

    assertRefused(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, () -> requeue(RequeueTaskRequest.newBuilder()));
    assertRefused(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, () -> requeue(RequeueTaskRequest.newBuilder().addTaskIds("t1").setAll(true)));
    assertRefused(ErrorCode.ERROR_CODE_TASK_NOT_READY, () -> requeue(RequeueTaskRequest.newBuilder().addTaskIds("t1")));
    assertRefused(ErrorCode.ERROR_CODE_TASK_NOT_FOUND, () -> requeue(RequeueTaskRequest.newBuilder().addTaskIds("never-there")));
    assertRefused(
        ErrorCode.ERROR_CODE_INVALID_ARGUMENT,
        () -> fabric.tasks.requeueTask(RequeueTaskRequest.newBuilder().setRequestId(request()).addTaskIds("t1").build()));
  }

  @Test
  void failedTask_isFinal() {
    fabric.submit(Samples.spec("t"));
    fabric.claims.failTask(failure(claim("t")).toBuilder().setRetryable(false).build());
    assertRefused(ErrorCode.ERROR_CODE_TASK_ENDED, () -> requeue(RequeueTaskRequest.newBuilder().addTaskIds("t")));
  }

  @Test
  void gatedTask_waitsForAPerson() {
    Task task = fabric.submit(Samples.spec("t").setNeedsApproval(true));
    assertThat(task.getWaiting().getAwaitsApproval()).isTrue();
    pass(Duration.ofSeconds(1));
    Refusal refusal = refusal(() -> claim("t"));
    assertThat(refusal.code()).isEqualTo(ErrorCode.ERROR_CODE_TASK_NOT_READY);
    assertThat(refusal.message()).contains("approval");

    ApproveTaskRequest approve = ApproveTaskRequest.newBuilder().setRequestId(request()).setTaskId("t").setPrincipal("ada").setReason("looks right").build();
    assertRefused(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, () -> fabric.tasks.approveTask(approve.toBuilder().clearPrincipal().build()));
    Task approved = fabric.tasks.approveTask(approve).getTask();
    assertThat(approved.getApproval().getPrincipal()).isEqualTo("ada");
    assertThat(fabric.tasks.approveTask(approve.toBuilder().setRequestId(request()).setPrincipal("bob").build()).getTask().getApproval())
        .as("the first approval stands")
        .isEqualTo(approved.getApproval());
    fabric.settle();
    assertThat(fabric.task("t").hasReady()).isTrue();
    fabric.claims.failTask(failure(claim("t")));
    assertThat(fabric.task("t").hasReady()).as("one approval is for all attempts").isTrue();

    fabric.submit(Samples.spec("free"));
    assertRefused(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, () -> fabric.tasks.approveTask(approve.toBuilder().setTaskId("free").build()));
  }

  @Test
  void gatedTasks_areListedPageByPage_untilTheyAreApproved() {
    for (String id : List.of("c", "a", "b")) {
      fabric.submit(Samples.spec(id).setNeedsApproval(true).setPayload(ByteString.copyFromUtf8("much")));
    }
    fabric.submit(Samples.spec("free"));
    ListTasksRequest first = ListTasksRequest.newBuilder().setAwaitsApproval(true).setPageSize(2).build();
    ListTasksResponse page = fabric.tasks.listTasks(first);
    assertThat(page.getTasksList()).extracting(task -> task.getSpec().getTaskId()).containsExactly("a", "b");
    assertThat(page.getTasks(0).getSpec().getPayload()).isEmpty();
    ListTasksResponse last = fabric.tasks.listTasks(first.toBuilder().setPageToken(page.getNextPageToken()).build());
    assertThat(last.getTasksList()).extracting(task -> task.getSpec().getTaskId()).containsExactly("c");
    assertThat(last.getNextPageToken()).isEmpty();
    fabric.tasks.approveTask(ApproveTaskRequest.newBuilder().setRequestId(request()).setTaskId("a").setPrincipal("ada").build());
    assertThat(fabric.tasks.listTasks(first).getTasksList()).extracting(task -> task.getSpec().getTaskId()).containsExactly("b", "c");
  }

  @Test
  void tasksThatNobodyHasClaimedForLong_areListed_oneForAllThatWantTheSame() {
    fabric.submit(Samples.spec("a1", "code:a"));
    fabric.submit(Samples.spec("a2", "code:a"));
    fabric.submit(Samples.spec("b1", "code:b"));
    ListTasksRequest half = ListTasksRequest.newBuilder().setUnclaimedFor(Times.toProto(Duration.ofSeconds(30))).build();
    fabric.caughtUp();
    assertThat(fabric.tasks.listTasks(half).getTasksList()).as("they have just come").isEmpty();
    fabric.advance(Duration.ofSeconds(30));
    fabric.submit(Samples.spec("c1", "code:c"));
    fabric.caughtUp();
    assertThat(fabric.tasks.listTasks(half).getTasksList()).extracting(task -> task.getSpec().getTaskId()).containsExactly("a1", "b1");
    assertRefused(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, () -> fabric.tasks.listTasks(half.toBuilder().setUnclaimedFor(Times.toProto(Duration.ofDays(2))).build()));
  }

  @Test
  void gateAndDependency_areBothWaitedFor() {
    fabric.submit(Samples.spec("first"));
    fabric.submit(Samples.spec("second").setNeedsApproval(true).addDependsOn("first"));
    fabric.tasks.approveTask(ApproveTaskRequest.newBuilder().setRequestId(request()).setTaskId("second").setPrincipal("ada").build());
    fabric.settle();
    assertThat(fabric.task("second").hasWaiting()).isTrue();
  }

  @Test
  void largeResult_mustBeInTheObjectStore() {
    fabric.submit(Samples.spec("t"));
    Claim claim = claim("t");
    byte[] content = new byte[70_000];
    String sha256 = Objects.sha256(content);
    CompleteTaskRequest.Builder done =
        CompleteTaskRequest.newBuilder()
            .setRequestId(request())
            .setTaskId("t")
            .setSwarmId("fox")
            .setFence(claim.getFence())
            .setResultObject(ObjectRef.newBuilder().setSha256(sha256).setSizeBytes(70_000));
    assertRefused(ErrorCode.ERROR_CODE_OBJECT_NOT_FOUND, () -> fabric.claims.completeTask(done.build()));
    assertThat(fabric.task("t").hasClaimed()).isTrue();

    fabric.bus.objects(Subjects.OBJECTS_BUCKET).put(content);
    CompleteTaskRequest.Builder wrong = done.clone().setResultObject(done.getResultObject().toBuilder().setSizeBytes(70_001));
    assertRefused(ErrorCode.ERROR_CODE_OBJECT_NOT_FOUND, () -> fabric.claims.completeTask(wrong.build()));
    CompleteTaskRequest.Builder huge = done.clone().setResultObject(done.getResultObject().toBuilder().setSizeBytes((64L << 20) + 1));
    assertRefused(ErrorCode.ERROR_CODE_PAYLOAD_TOO_LARGE, () -> fabric.claims.completeTask(huge.build()));
    fabric.claims.completeTask(done.build());
    assertThat(fabric.task("t").getCompleted().getResultObject().getSha256()).isEqualTo(sha256);
  }

  @Test
  void reportAfterACancellation_isToldOfIt() {
    fabric.submit(Samples.spec("t"));
    Claim claim = claim("t");
    fabric.tasks.cancelTask(CancelTaskRequest.newBuilder().setRequestId(request()).setTaskId("t").setReason("no need").build());
    Refusal refusal = refusal(() -> progress(claim));
    assertThat(refusal.code()).isEqualTo(ErrorCode.ERROR_CODE_STALE_FENCE);
    assertThat(refusal.metadata()).containsEntry("end", "CANCELLED").containsEntry("reason", "no need").containsEntry("state", "CANCELLED");
  }

  private static Refusal refusal(Runnable call) {
    try {
      call.run();
    } catch (StatusRuntimeException failure) {
      return Errors.refusalOf(failure).orElseThrow(() -> failure);
    }
    throw new AssertionError("it was not refused");
  }
}
