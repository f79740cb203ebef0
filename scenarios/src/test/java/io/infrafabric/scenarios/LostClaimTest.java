package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonParser;
import com.google.protobuf.ByteString;
import io.infrafabric.coordinator.v1.Attempt;
import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.KeepAliveRequest;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.kit.time.Times;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What {@code ifctl agent run} does with its program when the claim is lost, and that it keeps the claim for as long as the program runs. */
@ExtendWith(SharedFabric.class)
class LostClaimTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration TTL = Duration.ofSeconds(4);

  /** Leaves its process id behind, says nothing, and does what the payload says; who hangs does not end when it is asked to. */
  private static final String PROGRAM =
      """
      read what
      echo $$ > "$FOLDER/$IF_TASK_ID-$IF_ATTEMPT"
      case $what in
        work) sleep 9; echo "$what of $IF_FENCE" ;;
        hang) trap '' TERM; while :; do sleep 0.2; done ;;
        quick) echo "$what" ;;
      esac
      """;

  private final RunningFabric fabric;
  private final FabricClient client;
  private final String skill = Unique.capability();
  private final String swarm = Unique.id("loser");
  private final List<Process> agents = new ArrayList<>();

  @TempDir Path folder;
  @TempDir Path talk;

  LostClaimTest(RunningFabric fabric) {
    this.fabric = fabric;
    this.client = fabric.client();
  }

  @AfterEach
  void end() {
    for (Process agent : agents) {
      agent.descendants().forEach(ProcessHandle::destroyForcibly);
      agent.destroyForcibly();
    }
  }

  private Process agent(Duration ttl, int jobs) throws IOException {
    ProcessBuilder builder =
        new Ifctl(fabric)
            .process(
                "agent", "run", "--swarm", swarm, "--capability", skill, "--ttl", ttl.toSeconds() + "s", "--jobs", "" + jobs, "-o", "jsonl", "--", "sh", "-c", PROGRAM);
    builder.environment().put("FOLDER", folder.toString());
    Process agent = builder.redirectOutput(talk.resolve("out").toFile()).redirectError(talk.resolve("err").toFile()).start();
    agents.add(agent);
    await("the agent").atMost(PATIENCE).until(() -> Files.readString(talk.resolve("err")).contains("is at work"));
    return agent;
  }

  private void submit(String id, String what, TaskSpec.Builder spec) {
    client.submit(spec.setTaskId(id).addRequiredCapabilities(skill).setPayload(ByteString.copyFromUtf8(what + "\n")).build());
  }

  private ProcessHandle program(String id, int attempt) throws IOException {
    Path pid = folder.resolve(id + "-" + attempt);
    await("the program of " + id).atMost(PATIENCE).until(() -> Files.exists(pid) && !Files.readString(pid).isBlank());
    return ProcessHandle.of(Long.parseLong(Files.readString(pid).strip())).orElseThrow();
  }

  private Task ended(String id, Task.StateCase state) {
    await(id).atMost(PATIENCE).until(() -> client.task(id).getStateCase() == state);
    return client.task(id);
  }

  /** How the agent says that its claim ended. */
  private void awaitTold(String id, String outcome) {
    await("that " + id + " is told as " + outcome)
        .atMost(PATIENCE)
        .until(
            () ->
                Files.readAllLines(talk.resolve("out")).stream()
                    .map(line -> JsonParser.parseString(line).getAsJsonObject())
                    .filter(line -> line.has("taskId")) // and not why the agent itself has ended
                    .anyMatch(line -> line.get("taskId").getAsString().equals(id) && line.get("outcome").getAsString().equals(outcome)));
  }

  @Test
  void programThatRunsLongerThanTheSession_keepsItsClaim_andOneThatGetsNowhereLosesIt() throws Exception {
    String longer = Unique.id("longer");
    String stalled = Unique.id("stalled");
    agent(TTL, 2);
    submit(longer, "work", TaskSpec.newBuilder());
    submit(stalled, "hang", TaskSpec.newBuilder().setMaxAttempts(1).setProgressTimeout(Times.toProto(Duration.ofSeconds(2))));
    ProcessHandle hanging = program(stalled, 1);
    program(longer, 1);
    long fence = client.task(longer).getClaimed().getFence();

    Attempt taken = ended(stalled, Task.StateCase.QUARANTINED).getAttempts(0);
    assertThat(taken.getEnd()).isEqualTo(ClaimEnd.CLAIM_END_STALLED);
    await("the program is killed, though it does not want to").atMost(PATIENCE).until(() -> !hanging.isAlive());
    awaitTold(stalled, "lost");

    Task done = ended(longer, Task.StateCase.COMPLETED);
    assertThat(done.getAttempt()).isEqualTo(1);
    assertThat(done.getCompleted().getClaim().getFence()).isEqualTo(fence);
    assertThat(done.getCompleted().getResult().toStringUtf8()).isEqualTo("work of " + fence + "\n");
    Duration held = Duration.between(Times.toInstant(done.getCompleted().getClaim().getSince()), Times.toInstant(done.getCompleted().getAt()));
    assertThat(held).as("it ran for longer than a session lives").isGreaterThan(TTL.multipliedBy(2));
  }

  @Test
  void agentWhoseSessionIsTakenOver_killsItsProgram_andEnds() throws Exception {
    String id = Unique.id("taken");
    Process agent = agent(TTL, 1);
    submit(id, "hang", TaskSpec.newBuilder().setMaxAttempts(1));
    ProcessHandle program = program(id, 1);
    Ifctl.Result opened = new Ifctl(fabric).call("session", "open", swarm, "--replace", "--ttl", "60s", "-o", "json");
    assertThat(opened.exitCode()).as(opened.talk()).isZero();
    assertThat(agent.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(agent.exitValue()).as("a conflict").isEqualTo(3);
    assertThat(program.isAlive()).isFalse();
    assertThat(ended(id, Task.StateCase.QUARANTINED).getAttempts(0).getEnd()).isEqualTo(ClaimEnd.CLAIM_END_LOST);
    awaitTold(id, "lost");
    String session = JsonParser.parseString(opened.out()).getAsJsonObject().get("sessionId").getAsString();
    KeepAliveRequest beat = KeepAliveRequest.newBuilder().setRequestId(FabricClient.request()).setSwarmId(swarm).setSessionId(session).build();
    assertThat(client.sessions().keepAlive(beat).getTtl().getSeconds()).as("the new session is left alone").isEqualTo(60);
  }

  private static void signal(Process process, String signal) throws Exception {
    assertThat(new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start().waitFor()).isZero();
  }

  /** As when a machine is suspended: the claim has gone to others, and the program that runs on is ended before it does harm. */
  @Test
  void agentThatWasFrozenTooLong_killsItsProgram_andGoesOnWithOtherWork() throws Exception {
    String id = Unique.id("frozen");
    Process agent = agent(Duration.ofSeconds(2), 1);
    submit(id, "hang", TaskSpec.newBuilder().setMaxAttempts(1));
    ProcessHandle program = program(id, 1);
    signal(agent, "STOP");
    try {
      assertThat(ended(id, Task.StateCase.QUARANTINED).getAttempts(0).getEnd()).isEqualTo(ClaimEnd.CLAIM_END_LOST);
      assertThat(program.isAlive()).as("nobody has told it").isTrue();
    } finally {
      signal(agent, "CONT");
    }
    await("the program is killed").atMost(PATIENCE).until(() -> !program.isAlive());
    awaitTold(id, "lost");
    String next = Unique.id("next");
    submit(next, "quick", TaskSpec.newBuilder());
    assertThat(ended(next, Task.StateCase.COMPLETED).getCompleted().getResult().toStringUtf8()).isEqualTo("quick\n");
  }
}
