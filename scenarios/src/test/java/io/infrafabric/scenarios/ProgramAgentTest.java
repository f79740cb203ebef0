package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.infrafabric.coordinator.v1.CancelTaskRequest;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.governor.v1.GrantRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ifctl agent run}: any program as an agent, as a user starts it. */
class ProgramAgentTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String SKILL = "shell:script";

  /** The payload says what to do; whoever sleeps leaves its process id behind. */
  private static final String PROGRAM =
      """
      read what
      case $what in
        shout) echo "$what" | tr a-z A-Z ;;
        large) head -c 300000 /dev/zero ;;
        fail) echo "bad luck" >&2; exit 3 ;;
        sleep) echo $$ > "$FOLDER/$IF_TASK_ID"; sleep 1000 ;;
        badcost) printf '0.1 USD\\377' > "$IF_COST_FILE"; mkdir "$(dirname "$IF_COST_FILE")/mine" ;;
        cost) echo 0.0012 > "$IF_COST_FILE" ;;
      esac
      """;

  @TempDir Path folder;
  @TempDir Path talk;

  @Test
  void program_worksAsAnAgent_andIsKilledWhenItsClaimEnds() throws Exception {
    try (RunningFabric running = RunningFabric.startWithoutChassis()) {
      Process agent = agent(running);
      try {
        await("the swarm").atMost(PATIENCE).until(() -> Files.readString(talk.resolve("err")).contains("is at work"));
        running
            .client()
            .accounts()
            .grant(GrantRequest.newBuilder().setRequestId(FabricClient.request()).setAccountId("programs").setAmountMicros(1_000_000).build());
        endsWell(running);
        endsBadly(running);
        isCancelled(running);
        isStopped(running, agent);
      } finally {
        agent.descendants().forEach(ProcessHandle::destroyForcibly);
        agent.destroyForcibly();
      }
    }
  }

  private Process agent(RunningFabric running) throws IOException {
    ProcessBuilder builder =
        new Ifctl(running).process("agent", "run", "--swarm", "programs", "--capability", SKILL, "--jobs", "2", "--", "sh", "-c", PROGRAM);
    builder.environment().put("FOLDER", folder.toString());
    return builder.redirectOutput(talk.resolve("out").toFile()).redirectError(talk.resolve("err").toFile()).start();
  }

  private static void submit(RunningFabric running, String id, String what) {
    running
        .client()
        .submit(
            TaskSpec.newBuilder()
                .setTaskId(id)
                .addRequiredCapabilities(SKILL)
                .setPayload(ByteString.copyFromUtf8(what + "\n"))
                .setMaxCostMicros(10_000)
                .setMaxAttempts(1)
                .build());
  }

  private static Task ended(RunningFabric running, String id, Task.StateCase state) {
    await(id).atMost(PATIENCE).until(() -> running.client().task(id).getStateCase() == state);
    return running.client().task(id);
  }

  private static void endsWell(RunningFabric running) {
    submit(running, "shout-1", "shout");
    submit(running, "large-1", "large");
    submit(running, "cost-1", "cost");
    assertThat(ended(running, "shout-1", Task.StateCase.COMPLETED).getCompleted().getResult().toStringUtf8()).isEqualTo("SHOUT\n");
    Task large = ended(running, "large-1", Task.StateCase.COMPLETED);
    assertThat(large.getCompleted().getResultObject().getSizeBytes()).isEqualTo(300_000);
    assertThat(ended(running, "cost-1", Task.StateCase.COMPLETED).getCompleted().getCostMicros()).isEqualTo(1_200);
  }

  private static void endsBadly(RunningFabric running) {
    submit(running, "fail-1", "fail");
    Task failed = ended(running, "fail-1", Task.StateCase.QUARANTINED);
    assertThat(failed.getAttemptsList().getLast().getReason()).isEqualTo("exit code 3: bad luck");
    submit(running, "badcost-1", "badcost");
    assertThat(ended(running, "badcost-1", Task.StateCase.QUARANTINED).getAttemptsList().getLast().getReason()).contains("is not an amount");
  }

  private ProcessHandle sleeping(RunningFabric running, String id) throws IOException {
    submit(running, id, "sleep");
    Path pid = folder.resolve(id);
    await("the program runs").atMost(PATIENCE).until(() -> Files.exists(pid) && !Files.readString(pid).isBlank());
    return ProcessHandle.of(Long.parseLong(Files.readString(pid, StandardCharsets.UTF_8).strip())).orElseThrow();
  }

  private void isCancelled(RunningFabric running) throws IOException {
    ProcessHandle program = sleeping(running, "cancelled-1");
    running
        .client()
        .tasks()
        .cancelTask(CancelTaskRequest.newBuilder().setRequestId(FabricClient.request()).setTaskId("cancelled-1").setReason("not needed").build());
    await("the program is killed").atMost(PATIENCE).until(() -> !program.isAlive());
    await("and that is told").atMost(PATIENCE).until(() -> Files.readString(talk.resolve("out")).contains("cancelled-1 attempt 1 lost: not needed"));
    submit(running, "shout-2", "shout");
    ended(running, "shout-2", Task.StateCase.COMPLETED);
  }

  /** SIGTERM: the program is killed, its work goes back, the session ends. */
  private void isStopped(RunningFabric running, Process agent) throws Exception {
    ProcessHandle program = sleeping(running, "stopped-1");
    agent.destroy();
    assertThat(agent.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(program.isAlive()).isFalse();
    Task given = ended(running, "stopped-1", Task.StateCase.QUARANTINED);
    assertThat(given.getAttemptsList().getLast().getReason()).isEqualTo("the agent was stopped");
  }
}
