package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import io.infrafabric.chassis.v1.Contract;
import io.infrafabric.chassis.v1.Limits;
import io.infrafabric.chassis.v1.ListContractsRequest;
import io.infrafabric.chassis.v1.LoadSwarmRequest;
import io.infrafabric.chassis.v1.LoadedSwarm;
import io.infrafabric.chassis.v1.UnloadSwarmRequest;
import io.infrafabric.coordinator.v1.Attempt;
import io.infrafabric.coordinator.v1.CancelTaskRequest;
import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A task is cancelled while its module runs in the chassis, which it would do for an hour: it is killed, and the next task gets its place. */
class ChassisCancelTest {
  private static final java.time.Duration SOON = java.time.Duration.ofSeconds(60);
  private static final Duration AN_HOUR = Duration.newBuilder().setSeconds(3_600).build();

  private static RunningFabric running;
  private static FabricClient client;

  @BeforeAll
  static void start() throws IOException {
    running = RunningFabric.start();
    client = running.client();
  }

  @AfterAll
  static void stop() {
    running.close();
  }

  @Test
  void moduleThatSleeps_isKilled() {
    assertKilled(Modules.sleeping());
  }

  @Test
  void moduleThatIsBusy_isKilled() {
    assertKilled(Modules.busy());
  }

  private void assertKilled(ByteString module) {
    String swarm = Unique.id("endless");
    String skill = "endless:" + swarm;
    client.register(swarm, 0, 1, skill);
    Contract contract =
        Contract.newBuilder()
            .setSwarmId(swarm)
            .addCapabilities(skill)
            .setMaxConcurrent(1)
            .setLimits(Limits.newBuilder().setWallClock(AN_HOUR).setCpuTime(AN_HOUR))
            .build();
    client.contracts().loadSwarm(LoadSwarmRequest.newBuilder().setRequestId(FabricClient.request()).setContract(contract).setModule(module).build());
    String first = submit(skill);
    await().atMost(SOON).until(() -> client.task(first).hasClaimed() && loaded(swarm).getRunning() == 1);
    String second = submit(skill);
    assertThat(client.task(second).hasReady()).as("there is one place, and it is taken").isTrue();

    cancel(first);
    await().atMost(SOON).until(() -> client.task(second).hasClaimed());
    Task cancelled = client.task(first);
    assertThat(cancelled.getCancelled().getReason()).isEqualTo("no need");
    assertThat(cancelled.getAttemptsList()).extracting(Attempt::getEnd).containsExactly(ClaimEnd.CLAIM_END_CANCELLED);
    assertThat(client.task(second).getClaimed().getFence()).as("claimed after the first was cancelled").isGreaterThan(cancelled.getRevision());
    await().atMost(SOON).untilAsserted(() -> assertThat(loaded(swarm).getRunning()).as("the second alone").isEqualTo(1));
    assertThat(loaded(swarm).getSucceeded()).isZero();

    cancel(second);
    await().atMost(SOON).untilAsserted(() -> assertThat(loaded(swarm).getRunning()).isZero());
    assertThat(client.task(second).hasCancelled()).isTrue();
    client.contracts().unloadSwarm(UnloadSwarmRequest.newBuilder().setRequestId(FabricClient.request()).setSwarmId(swarm).build());
  }

  private String submit(String skill) {
    String task = Unique.id("task");
    client.submit(TaskSpec.newBuilder().setTaskId(task).addRequiredCapabilities(skill).build());
    return task;
  }

  private void cancel(String task) {
    client.tasks().cancelTask(CancelTaskRequest.newBuilder().setRequestId(FabricClient.request()).setTaskId(task).setReason("no need").build());
  }

  private LoadedSwarm loaded(String swarm) {
    return client.contracts().listContracts(ListContractsRequest.getDefaultInstance()).getSwarmsList().stream()
        .filter(found -> found.getContract().getSwarmId().equals(swarm))
        .findFirst()
        .orElseThrow();
  }
}
