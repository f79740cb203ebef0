package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.infrafabric.coordinator.v1.CancelTaskRequest;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ExplainTaskRequest;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What scripts ask of {@code ifctl} about tasks, swarms and blockers: the JSON that it prints and the exit codes that it ends with. */
@ExtendWith(SharedFabric.class)
class IfctlTaskTest {
  private static final Duration SOON = Duration.ofSeconds(60);

  private final Ifctl ifctl;
  private final FabricClient client;
  private final String skill = Unique.capability();
  private final String swarm = Unique.id("asked");
  private final String task = Unique.id("asked-about");

  @TempDir Path folder;

  IfctlTaskTest(RunningFabric fabric) {
    this.ifctl = new Ifctl(fabric);
    this.client = fabric.client();
  }

  private void submit(String id) {
    client.submit(TaskSpec.newBuilder().setTaskId(id).addRequiredCapabilities(skill).setMaxCostMicros(2_500).build());
  }

  /** A swarm with money that may do such tasks; its session. */
  private String hire() {
    client.register(swarm, 1_000_000, 3, skill);
    return client.open(swarm, Duration.ofMinutes(2));
  }

  private static JsonObject json(Ifctl.Result result) {
    return JsonParser.parseString(result.out()).getAsJsonObject();
  }

  private static void assertRefused(Ifctl.Result result, int exitCode, String code) {
    assertThat(result.exitCode()).as(result.out() + result.talk()).isEqualTo(exitCode);
    JsonObject error = json(result).getAsJsonObject("error");
    assertThat(error.get("code").getAsString()).isEqualTo(code);
    assertThat(error.get("message").getAsString()).isNotBlank();
    assertThat(error.get("advice").getAsString()).isNotBlank();
    assertThat(result.talk()).as("what a script would not read").isEmpty();
  }

  private static List<String> strings(JsonArray objects, String field) {
    return StreamSupport.stream(objects.spliterator(), false).map(JsonElement::getAsJsonObject).map(object -> object.get(field).getAsString()).toList();
  }

  @Test
  void explain_namesWhatASwarmLacks() throws Exception {
    client.register(swarm, 0, 1, "other:thing");
    submit(task);
    ExplainTaskRequest about = ExplainTaskRequest.newBuilder().setTaskId(task).addSwarmIds(swarm).build();
    await("the swarm is known").atMost(SOON).ignoreExceptions().until(() -> client.tasks().explainTask(about).getSwarmsCount() == 1);

    Ifctl.Result explained = ifctl.call("task", "explain", task, "--swarm", swarm, "-o", "json");
    assertThat(explained.exitCode()).as(explained.talk()).isZero();
    assertThat(json(explained).get("state").getAsString()).isEqualTo("TASK_STATE_READY");
    JsonObject one = json(explained).getAsJsonArray("swarms").get(0).getAsJsonObject();
    assertThat(one.get("swarmId").getAsString()).isEqualTo(swarm);
    JsonArray obstacles = one.getAsJsonArray("obstacles");
    assertThat(strings(obstacles, "type")).containsExactly("OBSTACLE_TYPE_NO_SESSION", "OBSTACLE_TYPE_CAPABILITY", "OBSTACLE_TYPE_CREDIT");
    assertThat(strings(obstacles, "detail")).allSatisfy(detail -> assertThat(detail).isNotBlank());
    assertThat(obstacles.get(1).getAsJsonObject().getAsJsonArray("ids").get(0).getAsString()).isEqualTo(skill);
    assertThat(ifctl.call("task", "explain", task).out()).startsWith("WHO").contains("task " + task);
  }

  /** The state that a line of {@code -o jsonl} tells. */
  private static Task.StateCase state(String line) {
    JsonObject told = JsonParser.parseString(line).getAsJsonObject().getAsJsonObject("task");
    return List.of(Task.StateCase.values()).stream().filter(state -> told.has(state.name().toLowerCase(Locale.ROOT))).findFirst().orElseThrow();
  }

  @Test
  void changes_areShownAsTheyHappen_untilInterrupted() throws Exception {
    String session = hire();
    submit(task);
    try (Ifctl.Following watch = ifctl.follow(folder, "task", "watch", task, "-o", "jsonl");
        Ifctl.Following get = ifctl.follow(folder, "task", "get", task, "--watch")) {
      watch.awaitLines(1);
      get.awaitLines(1);
      submit(Unique.id("of-no-interest"));
      Claim claim = client.claim(task, swarm, session);
      watch.awaitLines(2);
      client.complete(claim, "42", 100);
      watch.awaitLines(3);
      get.awaitLines(3);
      assertThat(watch.lines()).extracting(IfctlTaskTest::state).containsExactly(Task.StateCase.READY, Task.StateCase.CLAIMED, Task.StateCase.COMPLETED);
      assertThat(watch.lines().getLast()).contains("\"event\":\"TASK_EVENT_TYPE_COMPLETED\"");
      assertThat(get.lines()).extracting(line -> List.of(line.strip().split(" {2,}")).subList(0, 3)).containsExactly(
          List.of(task, "READY", "-"), List.of(task, "CLAIMED", swarm), List.of(task, "COMPLETED", swarm));
      assertThat(watch.process().isAlive()).as("it does not end with the task").isTrue();
      watch.process().destroy();
      assertThat(watch.exitCode()).as("SIGTERM").isEqualTo(143);
    }
  }

  @Test
  void wait_endsWithTheTasks_andItsExitCodeSaysHow() throws Exception {
    String session = hire();
    String gone = Unique.id("gone");
    String open = Unique.id("open");
    List.of(task, gone, open).forEach(this::submit);
    try (Ifctl.Following both = ifctl.follow(folder, "task", "wait", task, gone, "--timeout", "60s", "-o", "json")) {
      assertRefused(ifctl.call("task", "wait", open, "--timeout", "300ms", "-o", "json"), 4, "DEADLINE_EXCEEDED");
      assertThat(both.process().isAlive()).as("nothing has ended yet").isTrue();
      client.complete(client.claim(task, swarm, session), "42", 100);
      client.tasks().cancelTask(CancelTaskRequest.newBuilder().setRequestId(FabricClient.request()).setTaskId(gone).setReason("not needed").build());
      assertThat(both.exitCode()).as("one of them has no result").isEqualTo(1);
      JsonArray ended = JsonParser.parseString(String.join("\n", both.lines())).getAsJsonArray();
      assertThat(ended).hasSize(2);
      assertThat(ended.get(0).getAsJsonObject().getAsJsonObject("completed").get("result").getAsString()).as("42 in base64").isEqualTo("NDI=");
      assertThat(ended.get(1).getAsJsonObject().getAsJsonObject("cancelled").get("reason").getAsString()).isEqualTo("not needed");
    }
    assertThat(ifctl.call("task", "wait", task).exitCode()).as("it has ended before").isZero();
    assertRefused(ifctl.call("task", "wait", Unique.id("nowhere"), "-o", "json"), 6, "TASK_NOT_FOUND");
  }

  @Test
  void blocker_isRaisedByTheHolder_andByNobodyElse() throws Exception {
    String session = hire();
    submit(task);
    Claim claim = client.claim(task, swarm, session);
    String[] raise = {"blocker", "raise", task, "--swarm", swarm, "--type", "weather", "--description", "it rains", "--severity", "high", "-o", "json", "--fence"};
    assertRefused(ifctl.call(with(raise, claim.getFence() - 1)), 3, "STALE_FENCE");
    assertThat(client.task(task).hasClaimed()).isTrue();
    Ifctl.Result raised = ifctl.call(with(raise, claim.getFence()));
    assertThat(raised.exitCode()).as(raised.talk()).isZero();
    JsonObject blocker = json(raised);
    assertThat(blocker.get("taskId").getAsString()).isEqualTo(task);
    assertThat(blocker.get("swarmId").getAsString()).isEqualTo(swarm);
    assertThat(blocker.get("severity").getAsString()).isEqualTo("SEVERITY_HIGH");
    assertThat(blocker.get("description").getAsString()).isEqualTo("it rains");
    assertThat(blocker.get("fence").getAsString()).as("64 bits are a string in JSON").isEqualTo(Long.toString(claim.getFence()));
    assertThat(client.task(task).getParked().getBlockerIdsList()).containsExactly(blocker.get("blockerId").getAsString());
  }

  private static String[] with(String[] call, long fence) {
    String[] all = Arrays.copyOf(call, call.length + 1);
    all[call.length] = Long.toString(fence);
    return all;
  }

  @Test
  void swarm_isRegistered_orEverythingThatIsWrongIsTold() throws Exception {
    Path file = Files.writeString(folder.resolve("swarm.yaml"), "swarm_id: %s\ncapabilities: [%s]\nmodel: haiku\ncost_per_hour: 2.00\n".formatted(swarm, skill));
    Ifctl.Result first = ifctl.call(file, "swarm", "register", "-", "-o", "json");
    assertThat(first.exitCode()).as(first.talk()).isZero();
    assertThat(json(first).get("created").getAsBoolean()).isTrue();
    assertThat(json(first).getAsJsonObject("standing").get("swarmId").getAsString()).isEqualTo(swarm);
    assertThat(json(first).getAsJsonObject("standing").get("costPerHourMicros").getAsString()).isEqualTo("2000000");
    Path wrong = Files.writeString(folder.resolve("wrong.yaml"), "swarm_id: A.b\ncapabilities: [java]\ncost_per_hour_micros: -1\n");
    Ifctl.Result refused = ifctl.call("swarm", "register", wrong.toString(), "-o", "json");
    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(json(refused).getAsJsonObject("error").get("message").getAsString()).contains("swarm_id").contains("capabilities[0]").contains("cost_per_hour_micros");
  }
}
