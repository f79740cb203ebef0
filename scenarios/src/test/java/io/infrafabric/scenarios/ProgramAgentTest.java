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
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** {@code ifctl agent run}: any program as an agent, as a user starts it. */
@ExtendWith(SharedFabric.class)
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

  private final RunningFabric running;

  @TempDir Path folder;
  @TempDir Path talk;

  ProgramAgentTest(RunningFabric running) {
    this.running = running;
  }

  @Test
  void program_worksAsAnAgent_andIsKilledWhenItsClaimEnds() throws Exception {
    Process agent = agent();
    try {
      await("the swarm").atMost(PATIENCE).until(() -> Files.readString(talk.resolve("err")).contains("is at work"));
      running
          .client()
          .accounts()
          .grant(GrantRequest.newBuilder().setRequestId(FabricClient.request()).setAccountId("programs").setAmountMicros(1_000_000).build());
      endsWell();
      endsBadly();
      isCancelled();
      isStopped(agent);
    } finally {
      agent.descendants().forEach(ProcessHandle::destroyForcibly);
      agent.destroyForcibly();
    }
  }

  private Process agent() throws IOException {
    ProcessBuilder builder =
        new Ifctl(running).process("agent", "run", "--swarm", "programs", "--capability", SKILL, "--jobs", "2", "--", "sh", "-c", PROGRAM);
    builder.environment().put("FOLDER", folder.toString());
    return builder.redirectOutput(talk.resolve("out").toFile()).redirectError(talk.resolve("err").toFile()).start();
  }

  private void submit(String id, String what) {
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

  private Task ended(String id, Task.StateCase state) {
    await(id).atMost(PATIENCE).until(() -> running.client().task(id).getStateCase() == state);
    return running.client().task(id);
  }

  private void endsWell() {
    submit("program-shout-1", "shout");
    submit("program-large-1", "large");
    submit("program-cost-1", "cost");
    assertThat(ended("program-shout-1", Task.StateCase.COMPLETED).getCompleted().getResult().toStringUtf8()).isEqualTo("SHOUT\n");
    Task large = ended("program-large-1", Task.StateCase.COMPLETED);
    assertThat(large.getCompleted().getResultObject().getSizeBytes()).isEqualTo(300_000);
    assertThat(ended("program-cost-1", Task.StateCase.COMPLETED).getCompleted().getCostMicros()).isEqualTo(1_200);
  }

  private void endsBadly() {
    submit("program-fail-1", "fail");
    Task failed = ended("program-fail-1", Task.StateCase.QUARANTINED);
    assertThat(failed.getAttemptsList().getLast().getReason()).isEqualTo("exit code 3: bad luck");
    submit("program-badcost-1", "badcost");
    assertThat(ended("program-badcost-1", Task.StateCase.QUARANTINED).getAttemptsList().getLast().getReason()).contains("is not an amount");
  }

  private ProcessHandle sleeping(String id) throws IOException {
    submit(id, "sleep");
    Path pid = folder.resolve(id);
    await("the program runs").atMost(PATIENCE).until(() -> Files.exists(pid) && !Files.readString(pid).isBlank());
    return ProcessHandle.of(Long.parseLong(Files.readString(pid, StandardCharsets.UTF_8).strip())).orElseThrow();
  }

  private void isCancelled() throws IOException {
    ProcessHandle program = sleeping("program-cancelled-1");
    running
        .client()
        .tasks()
        .cancelTask(CancelTaskRequest.newBuilder().setRequestId(FabricClient.request()).setTaskId("program-cancelled-1").setReason("not needed").build());
    await("the program is killed").atMost(PATIENCE).until(() -> !program.isAlive());
    await("and that is told").atMost(PATIENCE).until(() -> Files.readString(talk.resolve("out")).contains("program-cancelled-1 attempt 1 lost: not needed"));
    submit("program-shout-2", "shout");
    ended("program-shout-2", Task.StateCase.COMPLETED);
  }

  /** SIGTERM: the program is killed, its work goes back, the session ends. */
  private void isStopped(Process agent) throws Exception {
    ProcessHandle program = sleeping("program-stopped-1");
    agent.destroy();
    assertThat(agent.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(program.isAlive()).isFalse();
    Task given = ended("program-stopped-1", Task.StateCase.QUARANTINED);
    assertThat(given.getAttemptsList().getLast().getReason()).isEqualTo("the agent was stopped");
  }
}
