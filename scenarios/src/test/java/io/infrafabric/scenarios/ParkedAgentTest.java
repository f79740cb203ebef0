package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonParser;
import com.google.protobuf.ByteString;
import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** {@code ifctl agent run} with one program at once: a claim that is parked stays its own, and is gone on with when the blocker is resolved. */
@ExtendWith(SharedFabric.class)
class ParkedAgentTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** The payload says what to do; whoever waits leaves its process id behind and ends when it is told to. */
  private static final String PROGRAM =
      """
      wait_for_go() {
        echo $$ > "$FOLDER/$IF_TASK_ID.pid"
        while [ ! -e "$FOLDER/$IF_TASK_ID.go" ]; do echo tick >&2; sleep 0.2; done
      }
      read what
      case $what in
        shout) echo SHOUT ;;
        wait) wait_for_go; echo waited ;;
        again)
          if [ -s "$IF_CHECKPOINT_FILE" ]; then cat "$IF_CHECKPOINT_FILE"; exit; fi
          wait_for_go
          printf half > "$IF_CHECKPOINT_FILE"
          exit 75 ;;
      esac
      """;

  private final RunningFabric running;
  private final Ifctl ifctl;
  private final String skill = Unique.capability();
  private final String swarm = Unique.id("parking");

  @TempDir Path folder;
  @TempDir Path talk;

  ParkedAgentTest(RunningFabric running) {
    this.running = running;
    this.ifctl = new Ifctl(running);
  }

  @Test
  void parkedClaim_isHeld_andGoneOnWithWhenItsBlockerIsResolved() throws Exception {
    Process agent = agent();
    try {
      await("the swarm").atMost(PATIENCE).until(() -> Files.readString(talk.resolve("err")).contains("is at work"));
      programThatRuns_goesOn();
      programThatEnds_isReportedLater_andMakesRoom();
      programThatGivesBack_isStartedAgain();
      doesAnother(); // and is not at capacity for ever
      assertThat(Files.readString(talk.resolve("out"))).doesNotContain("lost");
    } finally {
      agent.descendants().forEach(ProcessHandle::destroyForcibly);
      agent.destroyForcibly();
    }
  }

  private Process agent() throws IOException {
    ProcessBuilder builder = ifctl.process("agent", "run", "--swarm", swarm, "--capability", skill, "--", "sh", "-c", PROGRAM);
    builder.environment().put("FOLDER", folder.toString());
    return builder.redirectOutput(talk.resolve("out").toFile()).redirectError(talk.resolve("err").toFile()).start();
  }

  private void programThatRuns_goesOn() throws Exception {
    String task = started("wait");
    String blocker = raise(task);
    await("the agent notices").atMost(PATIENCE).until(() -> Files.readString(talk.resolve("err")).contains(task + ": the claim is parked"));
    assertThat(program(task).isAlive()).isTrue();
    resolve(task, blocker);
    await("the agent is told").atMost(PATIENCE).until(() -> Files.readString(talk.resolve("err")).contains(task + ": the claim goes on"));
    assertThat(program(task).isAlive()).isTrue();
    go(task);
    completed(task, "waited\n");
  }

  private void programThatEnds_isReportedLater_andMakesRoom() throws Exception {
    String task = started("wait");
    String blocker = raise(task);
    go(task);
    doesAnother();
    assertThat(running.client().task(task).hasParked()).isTrue();
    resolve(task, blocker);
    completed(task, "waited\n");
  }

  private void programThatGivesBack_isStartedAgain() throws Exception {
    String task = started("again");
    String blocker = raise(task);
    go(task);
    doesAnother();
    assertThat(running.client().task(task).hasParked()).isTrue();
    resolve(task, blocker);
    completed(task, "half");
  }

  private void doesAnother() {
    String other = submit("shout");
    await(other).atMost(PATIENCE).until(() -> running.client().task(other).hasCompleted());
  }

  private String submit(String what) {
    String id = Unique.id(what);
    running
        .client()
        .submit(TaskSpec.newBuilder().setTaskId(id).addRequiredCapabilities(skill).setPayload(ByteString.copyFromUtf8(what + "\n")).setMaxAttempts(1).build());
    return id;
  }

  private String started(String what) {
    String id = submit(what);
    await("the program runs").atMost(PATIENCE).until(() -> Files.exists(folder.resolve(id + ".pid")) && !Files.readString(folder.resolve(id + ".pid")).isBlank());
    return id;
  }

  private ProcessHandle program(String task) throws IOException {
    return ProcessHandle.of(Long.parseLong(Files.readString(folder.resolve(task + ".pid")).strip())).orElseThrow();
  }

  private void go(String task) throws IOException {
    Files.createFile(folder.resolve(task + ".go"));
  }

  private String raise(String task) throws Exception {
    String fence = Long.toString(running.client().task(task).getClaimed().getFence());
    Ifctl.Result raised = ifctl.call("blocker", "raise", task, "--swarm", swarm, "--fence", fence, "--type", "weather", "-o", "json");
    assertThat(raised.exitCode()).as(raised.talk()).isZero();
    assertThat(running.client().task(task).hasParked()).isTrue();
    return JsonParser.parseString(raised.out()).getAsJsonObject().get("blockerId").getAsString();
  }

  private void resolve(String task, String blocker) throws Exception {
    Ifctl.Result resolved = ifctl.call("blocker", "resolve", task, blocker, "--principal", "ada@example.org", "--resolution", "it is dry");
    assertThat(resolved.exitCode()).as(resolved.talk()).isZero();
  }

  /** Under the first claim: nobody else has had it, and it was not tried again. */
  private void completed(String id, String result) {
    await(id).atMost(PATIENCE).until(() -> running.client().task(id).getStateCase() == Task.StateCase.COMPLETED);
    Task task = running.client().task(id);
    assertThat(task.getCompleted().getResult().toStringUtf8()).isEqualTo(result);
    assertThat(task.getAttemptsList()).singleElement().satisfies(attempt -> assertThat(attempt.getEnd()).isEqualTo(ClaimEnd.CLAIM_END_COMPLETED));
  }
}
