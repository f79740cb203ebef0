package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.CancelTaskRequest;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.coordinator.v1.KeepAliveRequest;
import io.infrafabric.coordinator.v1.KeepAliveResponse;
import io.infrafabric.coordinator.v1.OfferTaskRequest;
import io.infrafabric.coordinator.v1.ReleaseTaskRequest;
import io.infrafabric.coordinator.v1.ReportProgressRequest;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.v1.GetSwarmRequest;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Only the holder's word counts, and only about the claim it holds (I4, I5, I6). */
@ExtendWith(SharedFabric.class)
class OwnershipTest {
  private static final long CAP_MICROS = 1_000;
  private static final Duration SOON = Duration.ofSeconds(60);

  private final RunningFabric fabric;
  private final FabricClient client;
  private final String skill = Unique.capability();
  private final String holder = Unique.id("holder");
  private final String other = Unique.id("other");
  private final String task = Unique.id("owned");
  private String session;
  private String otherSession;

  OwnershipTest(RunningFabric fabric) {
    this.fabric = fabric;
    this.client = fabric.client();
  }

  @BeforeEach
  void twoSwarmsAndATask() {
    client.register(holder, 1_000_000, 10, skill);
    client.register(other, 1_000_000, 10, skill);
    session = client.open(holder, Duration.ofMinutes(1));
    otherSession = client.open(other, Duration.ofMinutes(1));
    client.submit(spec(task).build());
  }

  private TaskSpec.Builder spec(String id) {
    return TaskSpec.newBuilder().setTaskId(id).addRequiredCapabilities(skill).setMaxCostMicros(CAP_MICROS);
  }

  private Claim claim() {
    return client.claim(task, holder, session);
  }

  private static void refused(ErrorCode code, Callable<?> call) {
    Refusal refusal = Refused.by(call);
    assertThat(refusal.code()).as(refusal.message()).isEqualTo(code);
  }

  private Object progress(Claim claim) {
    return client
        .claims()
        .reportProgress(
            ReportProgressRequest.newBuilder()
                .setRequestId(FabricClient.request())
                .setTaskId(claim.getTaskId())
                .setSwarmId(claim.getSwarmId())
                .setFence(claim.getFence())
                .setPercent(50)
                .build());
  }

  private TaskState release(Claim claim) {
    return client
        .claims()
        .releaseTask(
            ReleaseTaskRequest.newBuilder()
                .setRequestId(FabricClient.request())
                .setTaskId(claim.getTaskId())
                .setSwarmId(claim.getSwarmId())
                .setFence(claim.getFence())
                .setReason("changed my mind")
                .build())
        .getState();
  }

  private static Claim by(Claim claim, String swarm) {
    return claim.toBuilder().setSwarmId(swarm).build();
  }

  @Test
  void completionByAnotherSwarm_isRefused_andTheTaskStaysClaimed() {
    Claim claim = claim();
    refused(ErrorCode.ERROR_CODE_NOT_THE_HOLDER, () -> client.complete(by(claim, other), "stolen", 0));
    refused(ErrorCode.ERROR_CODE_NOT_THE_HOLDER, () -> client.complete(by(claim, other).toBuilder().setFence(claim.getFence() - 1).build(), "guessed", 0));
    assertThat(client.task(task).getClaimed().getClaimId()).isEqualTo(claim.getClaimId());
    client.complete(claim, "mine", 0);
    assertThat(client.task(task).getCompleted().getResult().toStringUtf8()).isEqualTo("mine");
  }

  @Test
  void everyReportWithAStaleFence_isRefused() {
    Claim old = claim();
    assertThat(release(old)).isEqualTo(TaskState.TASK_STATE_READY);
    Claim current = claim();
    assertThat(current.getFence()).isGreaterThan(old.getFence());
    refused(ErrorCode.ERROR_CODE_STALE_FENCE, () -> progress(old));
    refused(ErrorCode.ERROR_CODE_STALE_FENCE, () -> client.complete(old, "late", 0));
    refused(ErrorCode.ERROR_CODE_STALE_FENCE, () -> client.fail(old, "late", true));
    refused(ErrorCode.ERROR_CODE_STALE_FENCE, () -> release(old));
    progress(current);
    Task now = client.task(task);
    assertThat(now.getClaimed().getFence()).isEqualTo(current.getFence());
    assertThat(now.getClaimed().getPercent()).isEqualTo(50);
  }

  @Test
  void secondCompletion_isRefused_andTheFirstResultStands() {
    Claim claim = claim();
    client.complete(claim, "first", 100);
    refused(ErrorCode.ERROR_CODE_TASK_ENDED, () -> client.complete(claim, "second", 200));
    refused(ErrorCode.ERROR_CODE_TASK_ENDED, () -> client.fail(claim, "after all", true));
    refused(ErrorCode.ERROR_CODE_TASK_ENDED, () -> client.claim(task, other, otherSession));
    assertThat(client.task(task).getCompleted().getResult().toStringUtf8()).isEqualTo("first");
    assertThat(client.task(task).getCompleted().getCostMicros()).isEqualTo(100);
  }

  @Test
  void sameCompletionAgain_isAnsweredTheSame() {
    Claim claim = claim();
    CompleteTaskRequest request =
        CompleteTaskRequest.newBuilder()
            .setRequestId(FabricClient.request())
            .setTaskId(task)
            .setSwarmId(holder)
            .setFence(claim.getFence())
            .setResult(ByteString.copyFromUtf8("done"))
            .setCostMicros(10)
            .build();
    var first = client.claims().completeTask(request);
    assertThat(client.claims().completeTask(request)).isEqualTo(first);
    assertThat(TaskHistory.of(fabric).of(task)).filteredOn(Task::hasCompleted).hasSize(1);
  }

  @Test
  void costOverTheCap_isRefused_andTheClaimIsKept() {
    Claim claim = claim();
    Refusal refusal = Refused.by(() -> client.complete(claim, "dear", CAP_MICROS + 1));
    assertThat(refusal.code()).isEqualTo(ErrorCode.ERROR_CODE_COST_OVER_CAP);
    assertThat(refusal.metadata()).containsEntry("max_cost_micros", String.valueOf(CAP_MICROS));
    client.complete(claim, "at the cap", CAP_MICROS);
  }

  @Test
  void claimOfTheUnknown_isRefusedByWhatIsUnknown() {
    refused(ErrorCode.ERROR_CODE_TASK_NOT_FOUND, () -> client.claim(Unique.id("nowhere"), holder, session));
    refused(ErrorCode.ERROR_CODE_SWARM_NOT_FOUND, () -> client.claim(task, Unique.id("nobody"), session));
    refused(ErrorCode.ERROR_CODE_SWARM_NOT_FOUND, () -> client.open(Unique.id("nobody"), Duration.ofSeconds(10)));
    refused(ErrorCode.ERROR_CODE_SESSION_NOT_FOUND, () -> client.claim(task, holder, otherSession));
    refused(ErrorCode.ERROR_CODE_SESSION_NOT_FOUND, () -> client.claim(task, holder, ""));
    refused(ErrorCode.ERROR_CODE_TASK_NOT_READY, () -> client.complete(Claim.newBuilder().setTaskId(task).setSwarmId(holder).setFence(1).build(), "unclaimed", 0));
    assertThat(client.task(task).hasReady()).isTrue();
  }

  /** C8: in one go, so that each step finds what the one before has left. */
  @Test
  void unregisteredSwarm_endsWhatItHolds_takesNothingMore_andComesBackWithItsMoney(@TempDir Path folder) throws Exception {
    String more = Unique.id("more");
    client.submit(spec(more).build());
    Claim claim = claim();
    unregister(folder, holder);
    refused(ErrorCode.ERROR_CODE_SWARM_NOT_FOUND, () -> client.claim(more, holder, session));
    refused(ErrorCode.ERROR_CODE_SWARM_NOT_FOUND, () -> client.open(holder, Duration.ofMinutes(1)));
    refused(ErrorCode.ERROR_CODE_SWARM_NOT_FOUND, () -> client.tasks().offerTask(OfferTaskRequest.newBuilder().setRequestId(FabricClient.request()).setTaskId(more).setSwarmId(holder).build()));
    refused(ErrorCode.ERROR_CODE_SWARM_NOT_FOUND, () -> client.registry().getSwarm(GetSwarmRequest.newBuilder().setSwarmId(holder).build()));
    keepAlive();
    client.complete(claim, "done", 100);
    await().atMost(SOON).until(() -> client.account(holder).getAccount().getSettledMicros() == 100);
    await().atMost(SOON).untilAsserted(() -> refused(ErrorCode.ERROR_CODE_SWARM_NOT_FOUND, this::keepAlive));
    client.register(holder, 0, 10, skill);
    assertThat(client.account(holder).getAccount().getCreditMicros()).isEqualTo(1_000_000 - 100);
    client.complete(client.claim(more, holder, session), "back", 0);
  }

  @Test
  void agentOfAnUnregisteredSwarm_ends_andSaysWhy(@TempDir Path folder) throws Exception {
    String swarm = Unique.id("agent");
    Path talk = folder.resolve("talk");
    Process agent =
        new Ifctl(fabric)
            .process("agent", "run", "--swarm", swarm, "--capability", Unique.capability(), "--", "cat")
            .redirectOutput(Redirect.DISCARD)
            .redirectError(talk.toFile())
            .start();
    try {
      await().atMost(SOON).until(() -> Files.readString(talk).contains("is at work"));
      unregister(folder, swarm);
      assertThat(agent.waitFor(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(agent.exitValue()).as("not found").isEqualTo(6);
      assertThat(Files.readString(talk)).contains(swarm + " is not registered any more");
    } finally {
      agent.destroyForcibly();
    }
  }

  private void unregister(Path folder, String swarm) throws Exception {
    Path nothing = Files.writeString(folder.resolve("nothing"), "");
    Ifctl.Result result = new Ifctl(fabric).call(nothing, "swarm", "unregister", swarm, "--by", "ada", "--reason", "it moved");
    assertThat(result.exitCode()).as(result.talk()).isZero();
  }

  private KeepAliveResponse keepAlive() {
    return client.sessions().keepAlive(KeepAliveRequest.newBuilder().setSwarmId(holder).setSessionId(session).build());
  }

  @Test
  void swarmWithoutTheCapability_isRefusedNamingIt() {
    String unable = Unique.id("unable");
    client.register(unable, 1_000_000, 10, Unique.capability());
    String itsSession = client.open(unable, Duration.ofMinutes(1));
    Refusal refusal = Refused.by(() -> client.claim(task, unable, itsSession));
    assertThat(refusal.code()).isEqualTo(ErrorCode.ERROR_CODE_CAPABILITY_MISSING);
    assertThat(refusal.metadata()).containsEntry("missing", skill);
  }

  @Test
  void sameSwarmAndAgent_getsTheSameClaimAgain_anotherAgentDoesNot() {
    ClaimTaskRequest.Builder request = ClaimTaskRequest.newBuilder().setTaskId(task).setSwarmId(holder).setSessionId(session).setAgent("agent-1");
    Claim first = client.claims().claimTask(request.setRequestId(FabricClient.request()).build()).getClaim();
    Claim again = client.claims().claimTask(request.setRequestId(FabricClient.request()).build()).getClaim();
    assertThat(again.getClaimId()).isEqualTo(first.getClaimId());
    assertThat(again.getFence()).isEqualTo(first.getFence());
    assertThat(again.getAttempt()).isEqualTo(1);
    Refusal refusal = Refused.by(() -> client.claims().claimTask(request.setRequestId(FabricClient.request()).setAgent("agent-2").build()));
    assertThat(refusal.code()).isEqualTo(ErrorCode.ERROR_CODE_ALREADY_CLAIMED);
    assertThat(refusal.message()).contains(holder).contains("agent-1");
  }

  @Test
  void requestIdOfAnotherClaim_isRefused() {
    String second = Unique.id("owned");
    client.submit(spec(second).build());
    ClaimTaskRequest.Builder request =
        ClaimTaskRequest.newBuilder().setRequestId(FabricClient.request()).setTaskId(task).setSwarmId(holder).setSessionId(session);
    client.claims().claimTask(request.build());
    refused(ErrorCode.ERROR_CODE_REQUEST_ID_REUSED, () -> client.claims().claimTask(request.setTaskId(second).build()));
  }

  @Test
  void cancellation_endsTheTask_andTheHoldersCompletionIsRefused() {
    Claim claim = claim();
    client.tasks().cancelTask(CancelTaskRequest.newBuilder().setRequestId(FabricClient.request()).setTaskId(task).setReason("not needed").build());
    refused(ErrorCode.ERROR_CODE_STALE_FENCE, () -> client.complete(claim, "too late", 0));
    Task cancelled = client.task(task);
    assertThat(cancelled.getCancelled().getReason()).isEqualTo("not needed");
    assertThat(cancelled.getAttempts(0).getEnd()).isEqualTo(ClaimEnd.CLAIM_END_CANCELLED);
    assertThat(client.account(holder).getCommittedMicros()).isZero();
    refused(ErrorCode.ERROR_CODE_TASK_ENDED, () -> client.claim(task, other, otherSession));
  }

  @Test
  void cancellationOfWhatHasEnded_isRefused() {
    client.complete(claim(), "done", 0);
    refused(
        ErrorCode.ERROR_CODE_TASK_ENDED,
        () -> client.tasks().cancelTask(CancelTaskRequest.newBuilder().setRequestId(FabricClient.request()).setTaskId(task).build()));
  }

  @Test
  void retryableFailures_quarantineTheTaskWhenItsAttemptsAreUsedUp() {
    assertThat(client.fail(claim(), "first", true).getState()).isEqualTo(TaskState.TASK_STATE_READY);
    assertThat(client.fail(client.claim(task, other, otherSession), "second", true).getState()).isEqualTo(TaskState.TASK_STATE_READY);
    Claim last = claim();
    assertThat(last.getAttempt()).isEqualTo(3);
    assertThat(client.fail(last, "third", true).getState()).isEqualTo(TaskState.TASK_STATE_QUARANTINED);
    refused(ErrorCode.ERROR_CODE_TASK_ENDED, this::claim);
    assertThat(client.task(task).getAttemptsList()).extracting(attempt -> attempt.getReason()).containsExactly("first", "second", "third");
  }

  @Test
  void retryThatMustWait_isNotReadyBeforeItsTime() {
    String patient = Unique.id("patient");
    client.submit(spec(patient).setRetryBackoff(com.google.protobuf.Duration.newBuilder().setSeconds(3_600)).build());
    assertThat(client.fail(client.claim(patient, holder, session), "later", true).getState()).isEqualTo(TaskState.TASK_STATE_WAITING);
    refused(ErrorCode.ERROR_CODE_TASK_NOT_READY, () -> client.claim(patient, holder, session));
  }

  @Test
  void failureThatIsFinal_endsTheTaskAtOnce() {
    Claim claim = claim();
    assertThat(client.fail(claim, "impossible", false).getState()).isEqualTo(TaskState.TASK_STATE_FAILED);
    refused(ErrorCode.ERROR_CODE_STALE_FENCE, () -> client.complete(claim, "possible after all", 0));
    refused(ErrorCode.ERROR_CODE_TASK_ENDED, this::claim);
    assertThat(client.task(task).getFailed().getReason()).isEqualTo("impossible");
  }
}
