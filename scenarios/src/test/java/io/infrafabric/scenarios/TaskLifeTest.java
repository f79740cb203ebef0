package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Backoff;
import io.infrafabric.coordinator.v1.CancelTaskRequest;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.RequeueTaskRequest;
import io.infrafabric.coordinator.v1.ReportProgressRequest;
import io.infrafabric.coordinator.v1.RetryPolicy;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.Subjects;
import io.infrafabric.names.SwarmId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of a task that is not simply done: retries, clocks, gates, quarantine, cancellation, large results. */
@ExtendWith(SharedFabric.class)
class TaskLifeTest {
  private static final Duration SOON = Duration.ofSeconds(60);

  private final RunningFabric fabric;
  private final FabricClient client;
  private final String skill = Unique.capability();
  private final String swarm = Unique.id("liver");
  private String session;

  TaskLifeTest(RunningFabric fabric) {
    this.fabric = fabric;
    this.client = fabric.client();
  }

  @BeforeEach
  void register() {
    client.register(swarm, 0, 50, skill);
    session = client.open(swarm, Duration.ofMinutes(2));
  }

  private String submit(TaskSpec.Builder spec) {
    String task = Unique.id("lived");
    client.submit(spec.setTaskId(task).addRequiredCapabilities(skill).build());
    return task;
  }

  private Claim claim(String task) {
    return await().atMost(SOON).ignoreExceptions().until(() -> client.claim(task, swarm, session), claim -> true);
  }

  private Task ended(String task, TaskState state) {
    return await().atMost(SOON).until(() -> client.task(task), found -> found.getStateCase().name().equals(state.name().substring("TASK_STATE_".length())));
  }

  private Refusal progress(Claim claim) {
    return Refused.by(
        () ->
            client
                .claims()
                .reportProgress(
                    ReportProgressRequest.newBuilder()
                        .setRequestId(FabricClient.request())
                        .setTaskId(claim.getTaskId())
                        .setSwarmId(swarm)
                        .setFence(claim.getFence())
                        .build()));
  }

  @Test
  void failures_areRetriedAfterTheirWait_thenQuarantined_andRequeued() {
    RetryPolicy.Builder retry =
        RetryPolicy.newBuilder().setBackoff(Backoff.BACKOFF_LINEAR).setInitial(Times.toProto(Duration.ofMillis(200))).setJitterPercent(10);
    String task = submit(TaskSpec.newBuilder().setMaxAttempts(2).setRetry(retry).putLabels("of", swarm));
    for (int attempt = 1; attempt <= 2; attempt++) {
      client.fail(claim(task), "no luck " + attempt, true);
    }
    Task dead = client.task(task);
    assertThat(dead.hasQuarantined()).isTrue();
    assertThat(dead.getAttemptsList()).extracting(attempt -> attempt.getReason()).containsExactly("no luck 1", "no luck 2");
    Instant failed = Times.toInstant(dead.getAttempts(0).getEndedAt());
    assertThat(Times.toInstant(dead.getAttempts(1).getClaimedAt())).isAfterOrEqualTo(failed.plusMillis(180));

    RequeueTaskRequest.Builder requeue = RequeueTaskRequest.newBuilder().putLabels("of", swarm).setPrincipal("ada");
    assertThat(client.tasks().requeueTask(requeue.setRequestId(FabricClient.request()).setDryRun(true).build()).getTaskIdsList()).containsExactly(task);
    assertThat(client.task(task).hasQuarantined()).isTrue();
    assertThat(client.tasks().requeueTask(requeue.setRequestId(FabricClient.request()).setDryRun(false).build()).getTaskIdsList()).containsExactly(task);
    client.complete(claim(task), "at last", 0);
    assertThat(client.task(task).getCompleted().getResult().toStringUtf8()).isEqualTo("at last");
  }

  @Test
  void silentHolder_losesTheClaim_thoughItsSessionLives() {
    String task = submit(TaskSpec.newBuilder().setProgressTimeout(Times.toProto(Duration.ofMillis(500))));
    Claim silent = claim(task);
    Claim next = await().atMost(SOON).until(() -> claim(task), claim -> claim.getFence() > silent.getFence());
    assertThat(client.task(task).getAttempts(0).getEnd()).isEqualTo(ClaimEnd.CLAIM_END_STALLED);
    assertThat(progress(silent).code()).isEqualTo(ErrorCode.ERROR_CODE_STALE_FENCE);
    assertThat(next.getAttempt()).isEqualTo(2);
  }

  @Test
  void deadline_endsATaskWhoeverHoldsIt() {
    var soon = Times.toProto(Instant.now().plusSeconds(2));
    String held = submit(TaskSpec.newBuilder().setDeadline(soon));
    String waiting = submit(TaskSpec.newBuilder().setDeadline(soon).addDependsOn(held));
    claim(held);
    assertThat(ended(held, TaskState.TASK_STATE_CANCELLED).getCancelled().getReason()).contains("deadline");
    assertThat(ended(waiting, TaskState.TASK_STATE_CANCELLED).getCancelled().getReason()).contains("deadline");
  }

  @Test
  void cancellation_reachesTheHolderAtOnce_andInTheAnswerToItsNextReport() throws Exception {
    try (NatsDoor nats = NatsDoor.of(fabric)) {
      var heard = nats.listen(Subjects.offer(new SwarmId(swarm)));
      String task = submit(TaskSpec.newBuilder());
      Claim claim = claim(task);
      client.tasks().cancelTask(CancelTaskRequest.newBuilder().setRequestId(FabricClient.request()).setTaskId(task).setReason("no need").build());

      await().atMost(SOON).until(() -> heard.stream().anyMatch(body -> body.contains("withdrawal") && body.contains(claim.getClaimId())));
      Refusal refusal = progress(claim);
      assertThat(refusal.code()).isEqualTo(ErrorCode.ERROR_CODE_STALE_FENCE);
      assertThat(refusal.metadata()).containsEntry("end", "CANCELLED").containsEntry("reason", "no need");
    }
  }

  @Test
  void gate_isOpenedOverNats() throws Exception {
    String task = submit(TaskSpec.newBuilder().setNeedsApproval(true));
    assertThat(Refused.by(() -> client.claim(task, swarm, session)).code()).isEqualTo(ErrorCode.ERROR_CODE_TASK_NOT_READY);
    try (NatsDoor nats = NatsDoor.of(fabric)) {
      var answer = nats.call("coordinator", "ApproveTask", "{\"requestId\":\"" + FabricClient.request() + "\",\"taskId\":\"" + task + "\",\"principal\":\"ada\"}");
      assertThat(answer.error()).isEmpty();
    }
    client.complete(claim(task), "approved", 0);
    assertThat(client.task(task).getApproval().getPrincipal()).isEqualTo("ada");
  }

  /** O7: two have to approve, one of whom is a swarm. */
  @Test
  void ifctl_collectsApprovals_untilEnoughHave(@TempDir Path folder) throws Exception {
    String task = Unique.id("p6");
    String[] submit = {"task", "submit", task, "--max-cost", "0", "--capability", skill, "--approvals", "2", "--approver", "ada,bob", "--approver-swarm", "s4"};
    assertThat(ifctl(folder, submit).exitCode()).isZero();
    assertThat(ifctl(folder, "task", "approve", task, "--as", "eve").exitCode()).as("not named").isEqualTo(5);
    assertThat(ifctl(folder, "task", "approve", task, "--as", "ada").out()).contains("approval 1/2");
    assertThat(ifctl(folder, "task", "approve", task, "--as", "ada").out()).as("counts once").contains("approval 1/2");
    assertThat(ifctl(folder, "task", "explain", task).out()).contains("1 more of 2 approvals, by any of bob, swarm s4; approved by ada");
    assertThat(ifctl(folder, "task", "approve", task, "--swarm", "s4").exitCode()).isZero();
    client.complete(claim(task), "approved", 0);
  }

  @Test
  void ifctl_gatesRequeuesAndCarriesLargeResults(@TempDir Path folder) throws Exception {
    String task = Unique.id("by-hand");
    assertThat(
            ifctl(folder, "task", "submit", task, "--max-cost", "0", "--capability", skill, "--needs-approval", "--max-attempts", "1", "--retry", "exponential", "--retry-initial", "1s")
                .exitCode())
        .isZero();
    assertThat(ifctl(folder, "task", "claim", task, "--swarm", swarm, "--session", session).exitCode()).as("not approved").isEqualTo(3);
    assertThat(ifctl(folder, "task", "approve", task, "--as", "ada").exitCode()).isZero();
    client.fail(claim(task), "no luck", true);
    assertThat(ifctl(folder, "task", "requeue", task, "--dry-run", "--as", "ada").out()).contains(task);
    assertThat(ifctl(folder, "task", "requeue", task, "--as", "ada").exitCode()).isZero();
    Claim claim = claim(task);
    byte[] result = new byte[2_000_000];
    new Random(3).nextBytes(result);
    Path file = Files.write(folder.resolve("result"), result);
    var completed =
        ifctl(folder, "task", "complete", task, "--swarm", swarm, "--fence", Long.toString(claim.getFence()), "--cost", "0", "--result-file", file.toString());
    assertThat(completed.exitCode()).as(completed.talk()).isZero();
    assertThat(client.task(task).getCompleted().getResultObject().getSizeBytes()).isEqualTo(result.length);
    assertThat(ifctl(folder, "task", "result", task, "--to", folder.resolve("copy").toString()).exitCode()).isZero();
    assertThat(folder.resolve("copy")).hasBinaryContent(result);
    await().atMost(SOON).untilAsserted(() -> assertThat(ifctl(folder, "status", "-o", "json").out()).contains("\"level\":\"OPEN\""));
  }

  @Test
  void ifctl_movesObjectsWithoutNats(@TempDir Path folder) throws Exception {
    String[] nowhere = {"--nats", "nats://127.0.0.1:1"};
    byte[] content = new byte[1_500_000];
    new Random(5).nextBytes(content);
    Path file = Files.write(folder.resolve("content"), content);
    String task = Unique.id("large");
    Ifctl.Result submitted = ifctl(folder, nowhere, "task", "submit", task, "--max-cost", "0", "--capability", skill, "--payload-file", file.toString());
    assertThat(submitted.exitCode()).as(submitted.talk()).isZero();
    Claim claim = claim(task);
    assertThat(claim.getSpec().getPayloadObject().getSizeBytes()).isEqualTo(content.length);
    String sha256 = claim.getSpec().getPayloadObject().getSha256();
    assertThat(ifctl(folder, nowhere, "object", "put", file.toString()).out()).as("the same content is the same object").contains(sha256);
    assertThat(ifctl(folder, nowhere, "object", "get", sha256, "--to", folder.resolve("copy").toString()).exitCode()).isZero();
    assertThat(folder.resolve("copy")).hasBinaryContent(content);

    Path result = Files.write(folder.resolve("result"), Arrays.copyOf(content, 1_000_000));
    String[] complete = {"task", "complete", task, "--swarm", swarm, "--cost", "0", "--result-file", result.toString(), "--request-id", FabricClient.request(), "--fence"};
    assertThat(ifctl(folder, nowhere, with(complete, Long.toString(claim.getFence() - 1))).exitCode()).as("not the claim it is held by").isEqualTo(3);
    for (String time : List.of("first", "again, as if there had been no answer")) {
      Ifctl.Result completed = ifctl(folder, nowhere, with(complete, Long.toString(claim.getFence())));
      assertThat(completed.exitCode()).as(time + ": " + completed.talk()).isZero();
    }
    assertThat(ifctl(folder, nowhere, "task", "result", task, "--to", folder.resolve("got").toString()).exitCode()).isZero();
    assertThat(folder.resolve("got")).hasSameBinaryContentAs(result);
    assertThat(ifctl(folder, nowhere, "object", "get", "ab".repeat(32), "--to", folder.resolve("none").toString()).exitCode()).isEqualTo(6);
    assertThat(folder.resolve("none")).doesNotExist();
  }

  private static String[] with(String[] arguments, String last) {
    String[] all = Arrays.copyOf(arguments, arguments.length + 1);
    all[arguments.length] = last;
    return all;
  }

  private Ifctl.Result ifctl(Path folder, String[] door, String... arguments) throws Exception {
    String[] all = Arrays.copyOf(arguments, arguments.length + door.length);
    System.arraycopy(door, 0, all, arguments.length, door.length);
    return ifctl(folder, all);
  }

  private Ifctl.Result ifctl(Path folder, String... arguments) throws Exception {
    return new Ifctl(fabric).call(Files.writeString(folder.resolve("nothing"), ""), arguments);
  }
}
