package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.infrafabric.coordinator.v1.GetStatusResponse;
import io.infrafabric.coordinator.v1.Health;
import io.infrafabric.coordinator.v1.HealthState;
import io.infrafabric.coordinator.v1.Latency;
import io.infrafabric.coordinator.v1.MethodCalls;
import io.infrafabric.coordinator.v1.StateCount;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.kit.grpc.GrpcClient;
import io.infrafabric.local.ServerProcess;
import io.infrafabric.names.Subjects;
import io.infrafabric.testkit.Stalls;
import io.nats.client.Connection;
import io.nats.client.Nats;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** C12: what the services say of themselves: whether what they need is there, and what was done. */
class HealthTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** In which a coordinator is to know that it has lost etcd or NATS. */
  private static final Duration SECONDS = Duration.ofSeconds(10);

  private static final String CLAIMS = "infrafabric.coordinator.v1.ClaimService/";
  private static final String TASKS = "infrafabric.coordinator.v1.TaskService/";

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
  void idleServices_noticeThatEtcdIsAway_andThatItIsBack() {
    List<GrpcClient> doors =
        Stream.of(running.fabric().coordinators().getFirst(), running.fabric().governor(), running.fabric().chassis())
            .map(ServerProcess::address)
            .map(GrpcClient::channel)
            .toList();
    try {
      await("all serve").atMost(PATIENCE).until(() -> all(doors, ServingStatus.SERVING));
      running.fabric().etcd().kill();
      assertThat(Stalls.within(SECONDS, () -> isDisconnected(health -> !health.getEtcd()))).as("the status says so within seconds").isTrue();
      await("none does").atMost(PATIENCE).until(() -> all(doors, ServingStatus.NOT_SERVING));
      running.fabric().etcd().start();
      await("all serve again").atMost(PATIENCE).until(() -> all(doors, ServingStatus.SERVING));
      assertThat(client.status().getHealth().getState()).isEqualTo(HealthState.HEALTH_STATE_HEALTHY);
      running.fabric().etcd().pause();
      assertThat(Stalls.within(SECONDS, () -> isDisconnected(health -> !health.getEtcd()))).as("silence is no answer").isTrue();
      await("none does, silence is no answer").atMost(PATIENCE).until(() -> all(doors, ServingStatus.NOT_SERVING));
      running.fabric().etcd().resume();
      await("all serve in the end").atMost(PATIENCE).until(() -> all(doors, ServingStatus.SERVING));
    } finally {
      doors.forEach(GrpcClient::close);
    }
  }

  private interface Loss {
    boolean isSeen(Health health);
  }

  private static boolean isDisconnected(Loss loss) {
    Health health = client.status().getHealth();
    return health.getState() == HealthState.HEALTH_STATE_DISCONNECTED && loss.isSeen(health);
  }

  private static boolean all(List<GrpcClient> doors, ServingStatus wanted) {
    return doors.stream().allMatch(door -> status(door) == wanted);
  }

  private static ServingStatus status(GrpcClient door) {
    try {
      return HealthGrpc.newBlockingStub(door.channel()).check(HealthCheckRequest.getDefaultInstance()).getStatus();
    } catch (StatusRuntimeException unavailable) {
      return ServingStatus.UNKNOWN;
    }
  }

  @Test
  void coordinator_noticesThatNatsIsAwayOrHangs_andThatItIsBack() {
    healthy();
    running.fabric().nats().stop();
    assertThat(Stalls.within(SECONDS, () -> isDisconnected(health -> !health.getNats() && health.getEtcd()))).as("stopped").isTrue();
    running.fabric().nats().start();
    healthy();
    running.fabric().nats().pause();
    assertThat(Stalls.within(SECONDS, () -> isDisconnected(health -> !health.getNats() && health.getEtcd()))).as("hanging").isTrue();
    running.fabric().nats().resume();
    healthy();
  }

  private static void healthy() {
    await("it has all it needs").atMost(PATIENCE).until(() -> client.status().getHealth().getState() == HealthState.HEALTH_STATE_HEALTHY);
  }

  @Test
  void stats_areWhatAScriptHasCountedOfItsOwn(@TempDir Path folder) throws Exception {
    healthy();
    await("it is the one that rings").atMost(PATIENCE).until(() -> client.status().getPushes().getElected());
    try (Connection nats = Nats.connect(running.fabric().nats().address())) {
      await("what it rings is kept").atMost(PATIENCE).until(() -> nats.jetStreamManagement().getStreamNames().contains(Subjects.OFFERS_STREAM));
    }
    GetStatusResponse before = client.status();
    try (CountedLoad script = CountedLoad.on(running)) {
      script.run();
      // What was rung or answered last may still be on its way to either side.
      await().atMost(PATIENCE).untilAsserted(() -> compare(before, client.status(), script));
      GetStatusResponse after = client.status();
      print(after, script);
      assertThat(script.surprises).isEmpty();
      shownByTheCommandLine(folder, after);
    }
  }

  private static void compare(GetStatusResponse before, GetStatusResponse after, CountedLoad script) {
    assertThat(after.getSwarms() - before.getSwarms()).isEqualTo(CountedLoad.SWARMS);
    assertThat(after.getSessions() - before.getSessions()).isEqualTo(CountedLoad.SWARMS);
    assertThat(tasks(after, TaskState.TASK_STATE_COMPLETED) - tasks(before, TaskState.TASK_STATE_COMPLETED)).isEqualTo(CountedLoad.COMPLETED);
    assertThat(tasks(after, TaskState.TASK_STATE_FAILED) - tasks(before, TaskState.TASK_STATE_FAILED)).isEqualTo(CountedLoad.FAILED);
    assertThat(tasks(after, TaskState.TASK_STATE_CLAIMED) - tasks(before, TaskState.TASK_STATE_CLAIMED))
        .isEqualTo(CountedLoad.TASKS - CountedLoad.COMPLETED - CountedLoad.FAILED);
    assertThat(tasks(after, TaskState.TASK_STATE_READY)).isEqualTo(tasks(before, TaskState.TASK_STATE_READY));

    assertThat(after.getClaims().getMade() - before.getClaims().getMade()).as("one for each task; retries are none").isEqualTo(CountedLoad.TASKS);
    assertThat(calls(before, after, CLAIMS + "ClaimTask")).isEqualTo(List.of((long) script.claimsAnswered.get(), (long) script.claimsRefused.get(), 0L));
    assertThat(calls(before, after, CLAIMS + "ClaimNext")).isEqualTo(List.of(0L, (long) script.nextRefused.get(), 0L));
    assertThat(calls(before, after, CLAIMS + "CompleteTask"))
        .isEqualTo(List.of((long) CountedLoad.COMPLETED, (long) script.completionsRefused.get(), 0L));
    assertThat(calls(before, after, CLAIMS + "FailTask")).isEqualTo(List.of((long) CountedLoad.FAILED, 0L, 0L));
    assertThat(calls(before, after, TASKS + "SubmitTask")).isEqualTo(List.of((long) CountedLoad.TASKS, 0L, 0L));
    assertThat(measured(after.getClaims().getLatency()) - measured(before.getClaims().getLatency())).isEqualTo(script.claimsAnswered.get());

    assertThat(after.getPushes().getRung() - before.getPushes().getRung()).isEqualTo(script.offers.size());
    assertThat(after.getPushes().getAcknowledged() - before.getPushes().getAcknowledged()).isEqualTo(script.offers.size());
    assertThat(after.getPushes().getFailed()).isEqualTo(before.getPushes().getFailed());
    long timed = measured(after.getPushes().getLatency()) - measured(before.getPushes().getLatency());
    long waited = after.getPushes().getWaited() - before.getPushes().getWaited();
    long untimed = after.getPushes().getUntimed() - before.getPushes().getUntimed();
    assertThat(timed).isPositive();
    assertThat(timed + waited + untimed).as("one first offer for each task").isEqualTo(CountedLoad.TASKS);
    assertThat(measured(after.getPushes().getDoorbell()) - measured(before.getPushes().getDoorbell())).isEqualTo(timed);
    ordered(after.getClaims().getLatency());
    ordered(after.getPushes().getLatency());
    ordered(after.getPushes().getDoorbell());
  }

  private static long tasks(GetStatusResponse status, TaskState state) {
    return status.getTasksList().stream().filter(each -> each.getState() == state).mapToLong(StateCount::getCount).sum();
  }

  private static List<Long> calls(GetStatusResponse before, GetStatusResponse after, String method) {
    MethodCalls then = calls(before, method);
    MethodCalls now = calls(after, method);
    return List.of(now.getAnswered() - then.getAnswered(), now.getRefused() - then.getRefused(), now.getAbandoned() - then.getAbandoned());
  }

  private static MethodCalls calls(GetStatusResponse status, String method) {
    return status.getCallsList().stream().filter(each -> each.getMethod().equals(method)).findFirst().orElse(MethodCalls.getDefaultInstance());
  }

  private static long measured(Latency latency) {
    return latency.getMeasured();
  }

  private static void ordered(Latency latency) {
    assertThat(List.of(0L, latency.getP50Micros(), latency.getP95Micros(), latency.getP99Micros(), latency.getMaxMicros())).isSorted();
    assertThat(latency.getAverageMicros()).isBetween(1L, latency.getMaxMicros());
  }

  private static void print(GetStatusResponse after, CountedLoad script) {
    System.out.printf(
        "%d claims answered, on average in %d us at the clients; the coordinator: %s; pushes: %s; doorbells: %s%n",
        script.claimsAnswered.get(),
        script.claimNanos.get() / 1_000 / script.claimsAnswered.get(),
        after.getClaims().getLatency().toString().replace('\n', ' '),
        after.getPushes().getLatency().toString().replace('\n', ' '),
        after.getPushes().getDoorbell().toString().replace('\n', ' '));
  }

  private static void shownByTheCommandLine(Path folder, GetStatusResponse status) throws Exception {
    Path nothing = Files.writeString(folder.resolve("nothing"), "");
    Ifctl.Result shown = new Ifctl(running).call(nothing, "status", "-o", "json");
    JsonObject coordinator =
        StreamSupport.stream(JsonParser.parseString(shown.out().lines().findFirst().orElseThrow()).getAsJsonArray().spliterator(), false)
            .map(JsonElement::getAsJsonObject)
            .filter(service -> service.get("name").getAsString().equals("coordinator"))
            .findFirst()
            .orElseThrow();
    assertThat(coordinator.get("claimsMade").getAsLong()).isEqualTo(status.getClaims().getMade());
    assertThat(coordinator.get("swarms").getAsLong()).isEqualTo(status.getSwarms());
    assertThat(coordinator.getAsJsonObject("claimLatency").get("p99Micros").getAsLong()).isEqualTo(status.getClaims().getLatency().getP99Micros());
    assertThat(coordinator.getAsJsonObject("pushTarget").get("met").getAsBoolean()).isEqualTo(status.getPushes().getTarget().getMet());
    assertThat(coordinator.getAsJsonObject("doorbellLatency").get("measured").getAsInt()).isEqualTo(status.getPushes().getDoorbell().getMeasured());
  }
}
