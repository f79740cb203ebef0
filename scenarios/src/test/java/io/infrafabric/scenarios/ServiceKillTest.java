package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.infrafabric.chassis.v1.Contract;
import io.infrafabric.chassis.v1.LoadSwarmRequest;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.local.ServerProcess;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Each service is killed (SIGKILL) in the middle of its work and started again. */
class ServiceKillTest {
  private static final Duration BACK = Duration.ofSeconds(60);

  /** Of the chassis' sessions; and what it may take to see that one is over. */
  private static final Duration TTL = Duration.ofSeconds(10);
  private static final Duration NOTICED = Duration.ofSeconds(60);

  private static RunningFabric running;

  @BeforeAll
  static void start() throws IOException {
    running = RunningFabric.start();
  }

  @AfterAll
  static void stop() {
    running.close();
  }

  @Test
  void killedCoordinator_goesOnWhereItWas() throws Exception {
    try (Load load = Load.start(running, 6)) {
      load.awaitProgress(50, BACK);
      ServerProcess coordinator = running.fabric().coordinators().getFirst();
      coordinator.kill();
      coordinator.start();
      load.awaitProgress(50, BACK);
      Instant again = Instant.now();
      await("offers ring again").atMost(BACK).until(() -> load.log().offersSince(again) >= 20);
      load.finish(BACK);
      Judgement.of(running, load);
      assertThat(load.log().troubles()).as("calls that found no coordinator").isNotEmpty();
    }
  }

  @Test
  void killedGovernor_claimsGoOnMeanwhileAndAreBookedLater() throws Exception {
    try (Load load = Load.start(running, 6)) {
      load.awaitProgress(50, BACK);
      running.fabric().governor().kill();
      load.awaitProgress(100, BACK);
      running.fabric().governor().start();
      load.awaitProgress(50, BACK);
      load.finish(BACK);
      Judgement.of(running, load);
      assertThat(load.log().troubles()).as("calls to the coordinator that failed").isEmpty();
    }
  }

  @Test
  void killedChassis_itsTasksAreReclaimedAfterTheSessionsTtl() throws Exception {
    FabricClient client = running.client();
    load("sleeper", Modules.sleeping(), "sandbox:sleep");
    client.submit(TaskSpec.newBuilder().setTaskId("sleep-1").addRequiredCapabilities("sandbox:sleep").setMaxCostMicros(1_000).build());
    await("the chassis works on it").atMost(BACK).until(() -> client.task("sleep-1").getClaimed().getSwarmId().equals("sleeper"));
    long stale = client.task("sleep-1").getClaimed().getFence();

    running.fabric().chassis().kill();
    client.register("rescuer", 1_000_000, 3, "sandbox:sleep");
    String session = client.open("rescuer", Duration.ofMinutes(2));
    Claim claim =
        await("the task is claimable again")
            .atMost(TTL.plus(NOTICED))
            .ignoreExceptionsInstanceOf(StatusRuntimeException.class)
            .until(() -> client.claim("sleep-1", "rescuer", session), taken -> taken.getFence() > stale);
    client.complete(claim, "rescued", 10);
    running.fabric().chassis().start();
    assertThat(client.task("sleep-1").getCompleted().getClaim().getSwarmId()).isEqualTo("rescuer");
    Judgement.history(running, Set.of("sleep-1"));
  }

  @Test
  void killedChassis_finishesItsTasksWhenItIsBack() throws Exception {
    FabricClient client = running.client();
    load("census", Modules.census(), "code:census");
    List<String> tasks = IntStream.range(0, 60).mapToObj(i -> "file-" + i).toList();
    for (String task : tasks) {
      client.submit(
          TaskSpec.newBuilder()
              .setTaskId(task)
              .addRequiredCapabilities("code:census")
              .setMaxCostMicros(10_000)
              .setMaxAttempts(10)
              .setPayload(ByteString.copyFromUtf8(task + ".java\none\ntwo\n"))
              .build());
    }
    await("some of them done").atMost(BACK).until(() -> tasks.stream().anyMatch(task -> client.task(task).hasCompleted()));
    running.fabric().chassis().kill();
    running.fabric().chassis().start();
    await("all of them done").atMost(BACK).until(() -> tasks.stream().map(client::task).allMatch(Task::hasCompleted));
    assertThat(tasks.stream().map(client::task))
        .allSatisfy(task -> assertThat(task.getCompleted().getResult().toStringUtf8()).contains("\"lines\":2"));
    long spent = tasks.stream().mapToLong(task -> client.task(task).getCompleted().getCostMicros()).sum();
    await("each cost is booked once")
        .atMost(BACK)
        .untilAsserted(() -> assertThat(client.account("census").getAccount().getSettledMicros()).isEqualTo(spent));
    Judgement.history(running, Set.copyOf(tasks));
  }

  private static void load(String swarm, ByteString module, String capability) {
    running.client().register(swarm, 1_000_000_000, 4, capability);
    Contract.Builder contract = Contract.newBuilder().setSwarmId(swarm).addCapabilities(capability).setMaxConcurrent(2).setCostPerCpuSecondMicros(20_000);
    LoadSwarmRequest request = LoadSwarmRequest.newBuilder().setRequestId(FabricClient.request()).setContract(contract).setModule(module).build();
    // The client's connection may still be the one to the chassis that was killed: that is no answer, and the same request goes again.
    await("the chassis is loaded").atMost(BACK).ignoreExceptionsMatching(ServiceKillTest::isAway).until(() -> running.client().contracts().loadSwarm(request) != null);
  }

  private static boolean isAway(Throwable failure) {
    return failure instanceof StatusRuntimeException status && status.getStatus().getCode() == Status.Code.UNAVAILABLE;
  }
}
