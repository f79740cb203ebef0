package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.infrafabric.coordinator.v1.ListTasksRequest;
import io.infrafabric.coordinator.v1.SubmitTasksRequest;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.coordinator.v1.TaskState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Agents that are processes of the operating system and share nothing but the fabric: neither environment nor folder (T3, T9). */
@ExtendWith(SharedFabric.class)
class AgentProcessesTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int PROCESSES = 3;
  private static final int TASKS = 9;

  /** Waits until its own folder says go, so that each of the processes has a task in hand; then tells what it got, and its environment. */
  private static final String PROGRAM = "until [ -e go ]; do /bin/sleep 0.02; done; read what; echo \"did $what\"; /usr/bin/env";

  /** What a shell sets by itself. */
  private static final Set<String> OF_THE_SHELL = Set.of("PWD", "OLDPWD", "SHLVL", "_");

  private final RunningFabric fabric;
  private final FabricClient client;
  private final String skill = Unique.capability();

  @TempDir Path folder;

  AgentProcessesTest(RunningFabric fabric) {
    this.fabric = fabric;
    this.client = fabric.client();
  }

  private Process agent(String swarm, Path own) throws IOException {
    return new Ifctl(fabric)
        .alone(Files.createDirectory(own), "agent", "run", "--swarm", swarm, "--capability", skill, "--", "/bin/sh", "-c", PROGRAM)
        .redirectOutput(own.resolve("out").toFile())
        .redirectError(own.resolve("err").toFile())
        .start();
  }

  private List<Task> in(TaskState state) {
    return client.tasks().listTasks(ListTasksRequest.newBuilder().addCapabilities(skill).addStates(state).setWithResults(true).build()).getTasksList();
  }

  private void post() {
    SubmitTasksRequest.Builder all = SubmitTasksRequest.newBuilder().setRequestId(FabricClient.request());
    for (int i = 0; i < TASKS; i++) {
      all.addSpecs(TaskSpec.newBuilder().setTaskId(Unique.id("piece")).addRequiredCapabilities(skill).setPayload(ByteString.copyFromUtf8(i + "\n")));
    }
    client.tasks().submitTasks(all.build());
  }

  @Test
  void threeProcesses_withNothingButTheFabric_makeNineClaimsOfNineTasks() throws Exception {
    post();
    List<String> swarms = IntStream.range(0, PROCESSES).mapToObj(i -> Unique.id("process")).toList();
    List<Process> agents = new ArrayList<>();
    try {
      for (String swarm : swarms) {
        agents.add(agent(swarm, folder.resolve(swarm)));
      }
      await("a task in the hands of each").atMost(PATIENCE).until(() -> in(TaskState.TASK_STATE_CLAIMED).size() == PROCESSES);
      assertThat(in(TaskState.TASK_STATE_CLAIMED)).extracting(task -> task.getClaimed().getSwarmId()).containsExactlyInAnyOrderElementsOf(swarms);
      for (String swarm : swarms) {
        Files.createFile(folder.resolve(swarm).resolve("go"));
      }
      await("all of them").atMost(PATIENCE).until(() -> in(TaskState.TASK_STATE_COMPLETED).size() == TASKS);
      for (Process agent : agents) {
        agent.destroy();
        assertThat(agent.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
      }
    } finally {
      agents.forEach(agent -> agent.descendants().forEach(ProcessHandle::destroyForcibly));
      agents.forEach(Process::destroyForcibly);
    }
    judge(in(TaskState.TASK_STATE_COMPLETED), swarms);
  }

  private void judge(List<Task> done, List<String> swarms) {
    TaskHistory history = TaskHistory.of(fabric);
    Set<String> claims = new HashSet<>();
    for (Task task : done) {
      history.of(task.getSpec().getTaskId()).stream().filter(Task::hasClaimed).forEach(version -> claims.add(version.getClaimed().getClaimId()));
      assertThat(task.getAttempt()).isEqualTo(1);
      assertThat(task.getCompleted().getClaim().getSwarmId()).isIn(swarms);
    }
    assertThat(claims).as("claims of all processes").hasSize(TASKS);
    assertThat(done.stream().map(task -> said(task).getFirst()))
        .containsExactlyInAnyOrderElementsOf(IntStream.range(0, TASKS).mapToObj(i -> "did " + i).toList());
    Set<String> mine = System.getenv().keySet().stream().filter(name -> !OF_THE_SHELL.contains(name)).collect(Collectors.toSet());
    assertThat(mine).as("this process has an environment").isNotEmpty();
    assertThat(done).allSatisfy(task -> assertThat(said(task).stream().map(line -> line.split("=", 2)[0])).contains("IF_TASK_ID").doesNotContainAnyElementsOf(mine));
  }

  private static List<String> said(Task task) {
    return task.getCompleted().getResult().toStringUtf8().lines().toList();
  }
}
