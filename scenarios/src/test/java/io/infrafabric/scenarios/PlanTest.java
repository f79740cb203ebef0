package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.GetPlanRequest;
import io.infrafabric.coordinator.v1.GetPlanResponse;
import io.infrafabric.coordinator.v1.Phase;
import io.infrafabric.coordinator.v1.Plan;
import io.infrafabric.coordinator.v1.PlanServiceGrpc;
import io.infrafabric.coordinator.v1.SubmitPlanRequest;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.coordinator.v1.WatchPlanRequest;
import io.infrafabric.coordinator.v1.WatchPlanResponse;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.grpc.Errors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Plans through every door (O2). */
@ExtendWith(SharedFabric.class)
class PlanTest {
  private static final Duration SOON = Duration.ofSeconds(60);

  private final RunningFabric fabric;
  private final FabricClient client;
  private final PlanServiceGrpc.PlanServiceBlockingStub plans;
  private final String skill = Unique.capability();
  private final String swarm = Unique.id("planner");
  private final String plan = Unique.id("plan");
  private String session;
  @TempDir Path folder;

  PlanTest(RunningFabric fabric) {
    this.fabric = fabric;
    this.client = fabric.client();
    this.plans = PlanServiceGrpc.newBlockingStub(client.coordinator());
  }

  @BeforeEach
  void register() {
    client.register(swarm, 0, 100, skill);
    session = client.open(swarm, Duration.ofMinutes(2));
  }

  private TaskSpec.Builder spec(String name) {
    return TaskSpec.newBuilder().setTaskId(plan + "-" + name).addRequiredCapabilities(skill);
  }

  private Plan twoPhases() {
    return Plan.newBuilder()
        .setPlanId(plan)
        .addPhases(Phase.newBuilder().setName("first").addTasks(spec("a")).addTasks(spec("b")))
        .addPhases(Phase.newBuilder().setName("second").addTasks(spec("c")))
        .build();
  }

  private void awaitReady(String name) {
    await().atMost(SOON).pollInterval(Duration.ofMillis(50)).until(() -> client.task(plan + "-" + name).hasReady());
  }

  private Claim claim(String name) {
    return client.claim(plan + "-" + name, swarm, session);
  }

  private GetPlanResponse get() {
    return plans.getPlan(GetPlanRequest.newBuilder().setPlanId(plan).build());
  }

  @Test
  void phases_areNotSkipped_whicheverCoordinatorIsAsked() {
    plans.submitPlan(SubmitPlanRequest.newBuilder().setRequestId(FabricClient.request()).setPlan(twoPhases()).build());
    awaitReady("a");
    awaitReady("b");
    client.complete(claim("a"), "1", 0);
    try (FabricClient other = fabric.clientOf(1)) {
      Refusal refusal = Refused.by(() -> other.claim(plan + "-c", swarm, session));
      assertThat(refusal.code()).isEqualTo(ErrorCode.ERROR_CODE_TASK_NOT_READY);
      assertThat(refusal.message()).contains("phase first of plan " + plan);
    }
    client.complete(claim("b"), "2", 0);
    awaitReady("c");
    client.complete(claim("c"), "3", 0);
    await().atMost(SOON).until(() -> get().getProgress().getComplete());
    TaskHistory history = TaskHistory.of(fabric);
    long claimed = history.first(plan + "-c", Task::hasClaimed);
    for (String before : List.of("a", "b")) {
      assertThat(history.first(plan + "-" + before, Task::hasCompleted)).isBetween(1L, claimed - 1);
    }
  }

  @Test
  void watch_endsWhenThePlanIsComplete() {
    plans.submitPlan(SubmitPlanRequest.newBuilder().setRequestId(FabricClient.request()).setPlan(twoPhases()).build());
    Iterator<WatchPlanResponse> watch = plans.watchPlan(WatchPlanRequest.newBuilder().setPlanId(plan).build());
    assertThat(watch.next().getProgress().getTotal()).isEqualTo(3);
    for (String name : List.of("a", "b", "c")) {
      awaitReady(name);
      client.complete(claim(name), "done", 0);
    }
    WatchPlanResponse last = null;
    while (watch.hasNext()) {
      last = watch.next();
    }
    assertThat(last).isNotNull();
    assertThat(last.getProgress().getCompleted()).isEqualTo(3);
    assertThat(last.getProgress().getComplete()).isTrue();
  }

  @Test
  void planOverNats_isSubmittedAndTold() throws Exception {
    try (NatsDoor nats = NatsDoor.of(fabric)) {
      NatsDoor.Answer submitted =
          nats.call(
              "coordinator",
              "SubmitPlan",
              """
              {"requestId": "%s", "plan": {"planId": "%s", "phases": [{"name": "only", "tasks": [{"taskId": "%s-a", "requiredCapabilities": ["%s"]}]}]}}
              """
                  .formatted(FabricClient.request(), plan, plan, skill));
      assertThat(submitted.error()).isEmpty();
      awaitReady("a");
      client.complete(claim("a"), "done", 0);
      await()
          .atMost(SOON)
          .until(
              () -> {
                JsonObject told = JsonParser.parseString(nats.call("coordinator", "GetPlan", "{\"planId\": \"" + plan + "\"}").body()).getAsJsonObject();
                return told.getAsJsonObject("progress").has("complete") && told.getAsJsonObject("plan").has("overAt");
              });
      assertThat(nats.call("coordinator", "GetPlan", "{\"planId\": \"nowhere\"}").error()).startsWith("PLAN_NOT_FOUND");
      String cancel = "{\"requestId\": \"%s\", \"planId\": \"%s\"}";
      assertThat(nats.call("coordinator", "CancelPlan", cancel.formatted(FabricClient.request(), plan)).error()).startsWith("PLAN_ENDED");
      NatsDoor.Answer listed = nats.call("coordinator", "ListPlans", "{\"newestFirst\": true, \"pageSize\": 500, \"states\": [\"PLAN_STATE_COMPLETED\"]}");
      assertThat(listed.error()).isEmpty();
      assertThat(JsonParser.parseString(listed.body()).getAsJsonObject().getAsJsonArray("plans"))
          .anySatisfy(found -> assertThat(found.getAsJsonObject().get("planId").getAsString()).isEqualTo(plan));
    }
  }

  @Test
  void ifctl_submitsYaml_showsIt_andExitsWithTheCodeOfTheRefusal() throws Exception {
    Ifctl ifctl = new Ifctl(fabric);
    Path file =
        Files.writeString(
            folder.resolve("plan.yaml"),
            """
            plan_id: %1$s
            phases:
            - name: first
              tasks:
              - {task_id: %1$s-a, required_capabilities: ["%2$s"], payload_text: hello}
            - name: second
              tasks:
              - {task_id: %1$s-c, required_capabilities: ["%2$s"]}
            """
                .formatted(plan, skill));
    Ifctl.Result submitted = ifctl.call(file, "plan", "submit", "-");
    assertThat(submitted.exitCode()).as(submitted.talk()).isZero();
    assertThat(submitted.out()).contains("PHASE").contains("second");
    awaitReady("a");
    Claim claim = claim("a");
    assertThat(claim.getSpec().getPayload().toStringUtf8()).isEqualTo("hello");
    Ifctl.Result table = ifctl.call(file, "plan", "get", plan);
    assertThat(table.out()).contains("critical path: " + plan + "-a -> " + plan + "-c").contains("0.0 %: 0 of 2 completed, 0 failed, 1 pending, 1 running");
    JsonObject json = JsonParser.parseString(ifctl.call(file, "plan", "get", plan, "-o", "json").out()).getAsJsonObject();
    assertThat(json.getAsJsonObject("progress").get("total").getAsInt()).isEqualTo(2);

    Ifctl.Result listed = ifctl.call(file, "plan", "list", "--state", "running", "--limit", "100000");
    assertThat(listed.out().lines().findFirst()).hasValueSatisfying(header -> assertThat(header).matches("PLAN +STATE +PERCENT .*CREATED"));
    assertThat(listed.out()).containsPattern(plan + " +running +0.0 +0 +0 +1 +1 +0/2 ");

    Path cyclic = Files.writeString(folder.resolve("cyclic.yaml"), Files.readString(file).replace("payload_text: hello", "depends_on: [" + plan + "-c]"));
    Ifctl.Result refused = ifctl.call(file, "plan", "submit", cyclic.toString());
    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.talk()).contains(plan + "-c -> phase second");
    assertThat(ifctl.call(file, "plan", "get", Unique.id("nowhere")).exitCode()).isEqualTo(6);

    Ifctl.Result late = ifctl.call(file, "plan", "wait", plan, "--timeout", "100ms");
    assertThat(late.exitCode()).as(late.talk()).isEqualTo(4);
    Ifctl.Result cancelled = ifctl.call(file, "plan", "cancel", plan, "--reason", "enough");
    assertThat(cancelled.exitCode()).as(cancelled.talk()).isZero();
    Ifctl.Result waited = ifctl.call(file, "plan", "wait", plan, "--timeout", "60s");
    assertThat(waited.exitCode()).as(waited.talk()).isEqualTo(1);
    assertThat(waited.out()).containsPattern(plan + " +cancelled +0.0 +0 +2 +2 +0 +0");
    assertThat(waited.talk()).contains("2 of 2 tasks ended without a result, 2 of them cancelled");
    assertThat(client.task(claim.getTaskId()).getAttempts(0).getReason()).isEqualTo("plan " + plan + " was cancelled: enough");
  }

  /** C16: a repository that was polled becomes a plan; a dry run changes nothing. */
  @Test
  void repositoryThatWasPolled_becomesAPlan() throws Exception {
    Files.writeString(folder.resolve("INSTRUCTIONS-SIP-PHASE-1.md"), "## Task 1: First (Haiku)\n- Estimated: 1 hour, $0.50\n");
    Files.writeString(folder.resolve("INSTRUCTIONS-SIP-PHASE-2.md"), "## Task 1: Second\n");
    Path none = Files.createFile(folder.resolve("none"));
    String[] call = {"plan", "import", "--from", "git-polling", folder.toString(), "--plan", plan, "--capability", skill};
    Ifctl ifctl = new Ifctl(fabric);
    List<String> dry = new ArrayList<>(List.of(call));
    dry.add("--dry-run");
    Ifctl.Result shown = ifctl.call(none, dry.toArray(String[]::new));
    assertThat(shown.exitCode()).as(shown.talk()).isZero();
    assertThat(shown.out()).contains(plan + "-sip-phase-1-t1", "$0.50", "haiku");
    assertThatThrownBy(() -> plans.getPlan(GetPlanRequest.newBuilder().setPlanId(plan).build()))
        .satisfies(refused -> assertThat(Errors.refusalOf(refused).orElseThrow().code()).isEqualTo(ErrorCode.ERROR_CODE_PLAN_NOT_FOUND));
    assertThat(ifctl.call(none, call).exitCode()).isZero();
    await().atMost(SOON).until(() -> client.task(plan + "-sip-phase-1-t1").hasReady());
    assertThat(client.task(plan + "-sip-phase-2-t1").hasWaiting()).isTrue();
    assertThat(client.task(plan + "-sip-phase-1-t1").getSpec().getMaxCostMicros()).isEqualTo(500_000);
  }
}
