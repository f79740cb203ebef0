package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.infrafabric.cli.Main;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ExplainTaskRequest;
import io.infrafabric.coordinator.v1.GetStatusRequest;
import io.infrafabric.coordinator.v1.Obstacle;
import io.infrafabric.coordinator.v1.StatusServiceGrpc;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.v1.ApplyPolicyRequest;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.DropShadowPolicyRequest;
import io.infrafabric.governor.v1.GetPolicyRequest;
import io.infrafabric.governor.v1.GetShadowPolicyRequest;
import io.infrafabric.governor.v1.GetSwarmRequest;
import io.infrafabric.governor.v1.ListViolationsRequest;
import io.infrafabric.governor.v1.PolicyComparison;
import io.infrafabric.governor.v1.PolicyViolation;
import io.infrafabric.governor.v1.SimulatePolicyRequest;
import io.infrafabric.governor.v1.SimulatePolicyResponse;
import io.infrafabric.governor.v1.ViolationType;
import io.infrafabric.testkit.Stalls;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One document rules a fabric of two coordinators, by the command line and over gRPC; nobody is restarted. */
class PolicyTest {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final int ROUNDS = 5;
  private static RunningFabric fabric;
  private static FabricClient client;

  private final String skill = Unique.capability();
  private final String swarm = Unique.id("ruled");
  @TempDir private Path folder;

  @BeforeAll
  static void start() throws Exception {
    fabric = RunningFabric.startTwoCoordinators();
    client = fabric.client();
  }

  @AfterAll
  static void stop() {
    fabric.close();
  }

  /** Puts a document in force; answers once both coordinators know. */
  private long apply(String document) {
    long revision =
        client.policies()
            .applyPolicy(ApplyPolicyRequest.newBuilder().setRequestId(FabricClient.request()).setPrincipal("ada@example.org").setDocument(document).build())
            .getPolicy()
            .getRevision();
    awaitRevision(revision);
    return revision;
  }

  private static long revisionOf(FabricClient door) {
    return StatusServiceGrpc.newBlockingStub(door.coordinator()).getStatus(GetStatusRequest.getDefaultInstance()).getPolicyRevision();
  }

  private static void awaitRevision(long revision) {
    try (FabricClient other = fabric.clientOf(1)) {
      for (FabricClient door : List.of(client, other)) {
        await().atMost(SOON).pollInterval(Duration.ofMillis(2)).until(() -> revisionOf(door) >= revision);
      }
    }
  }

  private String start(String... capabilities) {
    client.register(swarm, 100_000_000, 50, capabilities);
    return client.open(swarm, Duration.ofMinutes(2));
  }

  private String submit(TaskSpec.Builder spec) {
    String task = Unique.id("ruled");
    client.submit(spec.setTaskId(task).build());
    return task;
  }

  /** The command line within this process: it is called many times, and a program takes a second to start. */
  private static Ifctl.Result ifctl(String... arguments) {
    List<String> words = new ArrayList<>(List.of("ifctl", "--governor", fabric.fabric().governor().address()));
    words.addAll(List.of(arguments));
    PrintStream before = System.out;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (PrintStream captured = new PrintStream(out, true, StandardCharsets.UTF_8)) {
      System.setOut(captured);
      int exitCode = Main.run(words.toArray(String[]::new));
      return new Ifctl.Result(exitCode, out.toString(StandardCharsets.UTF_8), "");
    } finally {
      System.setOut(before);
    }
  }

  private String file(String document) throws Exception {
    return Files.writeString(folder.resolve("policy.yaml"), document).toString();
  }

  @Test
  void aPolicy_isAppliedAndRolledBackByTheCommandLine() throws Exception {
    Ifctl.Result unsound = ifctl("policy", "validate", file("resource_polcy: {}\nresource_policy:\n  max_swarms_per_task: 9\n"), "-o", "jsonl");
    assertThat(unsound.exitCode()).isEqualTo(2);
    assertThat(unsound.out().lines().map(JsonParser::parseString).map(JsonElement::getAsJsonObject).map(problem -> problem.get("line").getAsInt())).containsExactly(1, 3);
    assertThat(unsound.out()).contains("did you mean resource_policy?");

    String before = String.valueOf(client.policies().getPolicy(GetPolicyRequest.getDefaultInstance()).getPolicy().getRevision());
    String strict = ifctl("policy", "presets", "strict").out();
    assertThat(strict).contains("max_swarms_per_task: 1");
    JsonObject applied = json(ifctl("policy", "apply", file(strict), "--by", "ada", "--expect", before, "-o", "json"));
    long revision = applied.get("revision").getAsLong();
    assertThat(ifctl("policy", "apply", file(strict), "--by", "ada", "--expect", "999").exitCode()).as("another one is in force").isEqualTo(3);
    JsonObject back = json(ifctl("policy", "rollback", before, "--by", "bob", "-o", "json"));
    assertThat(back.get("revision").getAsLong()).isEqualTo(revision + 1);
    JsonArray history = JsonParser.parseString(ifctl("policy", "history", "-o", "json").out()).getAsJsonArray();
    assertThat(history.get(0).getAsJsonObject().get("principal").getAsString()).isEqualTo("bob");
    assertThat(history.get(1).getAsJsonObject().get("revision").getAsLong()).isEqualTo(revision);
  }

  private static JsonObject json(Ifctl.Result result) {
    assertThat(result.exitCode()).as(result.out()).isZero();
    return JsonParser.parseString(result.out()).getAsJsonObject();
  }

  /** Claims are tried without a pause until the new limit holds: so long did it take to reach that coordinator. */
  @Test
  void aNewPolicy_holdsAtEveryCoordinator_withinATenthOfASecond() throws Exception {
    String session = start(skill);
    try (FabricClient other = fabric.clientOf(1)) {
      for (FabricClient door : List.of(client, other)) {
        List<Long> millis = new ArrayList<>();
        for (int i = 0; i < ROUNDS; i++) {
          millis.add(millisUntilAClaimFollows(door, session));
        }
        // The middle one: a claim of one round may be queued for on a busy machine.
        assertThat(millis.stream().sorted().toList().get(ROUNDS / 2)).as("from the call that applies to a claim that follows it: %s ms", millis).isLessThan(100);
      }
    }
  }

  private long millisUntilAClaimFollows(FabricClient door, String session) {
    apply("resource_policy: {max_cost_per_task: 1}");
    String dear = submit(TaskSpec.newBuilder().addRequiredCapabilities(skill).setMaxCostMicros(2_000_000));
    Refusal refusal = Refused.by(() -> door.claim(dear, swarm, session));
    assertThat(refusal.code()).isEqualTo(ErrorCode.ERROR_CODE_POLICY_DENIED);
    assertThat(refusal.metadata()).containsEntry("rule", "max_cost_per_task").containsEntry("limit_micros", "1000000");
    ApplyPolicyRequest looser =
        ApplyPolicyRequest.newBuilder().setRequestId(FabricClient.request()).setPrincipal("ada").setDocument("resource_policy: {max_cost_per_task: 2}").build();
    try (Stalls stalls = Stalls.watching()) {
      long begun = System.nanoTime();
      client.policies().applyPolicy(looser);
      await().atMost(SOON).pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(1)).ignoreExceptions().until(() -> door.claim(dear, swarm, session), claim -> true);
      return stalls.running(begun, System.nanoTime()).toMillis();
    }
  }

  @Test
  void matchAndFailures_followThePolicy() {
    String session = start(skill);
    String half = submit(TaskSpec.newBuilder().addRequiredCapabilities(skill).addRequiredCapabilities("other:thing"));
    apply("preset: production");
    assertThat(Refused.by(() -> client.claim(half, swarm, session)).code()).isEqualTo(ErrorCode.ERROR_CODE_CAPABILITY_MISSING);
    apply("resource_policy: {min_capability_match: 0.5, circuit_breaker_failure_threshold: 1}");
    Claim claim = client.claim(half, swarm, session);
    client.fail(claim, "broken", false);
    await()
        .atMost(SOON)
        .until(
            () ->
                client.registry().getSwarm(GetSwarmRequest.newBuilder().setSwarmId(swarm).build()).getStanding().getBreaker() == BreakerState.BREAKER_STATE_OPEN);
  }

  @Test
  void conditions_sendSecurityToThoseWhoMay_andAnErrorDenies() throws Exception {
    String session = start(skill); // registered as haiku
    apply("conditions:\n- name: not-for-haiku\n  when: task.task_class == 'security'\n  require: swarm.model in ['sonnet', 'opus']\n");
    String text = submit(TaskSpec.newBuilder().addRequiredCapabilities(skill).setTaskClass("documentation"));
    String secret = submit(TaskSpec.newBuilder().addRequiredCapabilities(skill).setTaskClass("security"));
    assertThat(client.claim(text, swarm, session).getTaskId()).isEqualTo(text);
    assertThat(Refused.by(() -> client.claim(secret, swarm, session)).metadata()).containsEntry("rule", "not-for-haiku");
    assertThat(client.tasks().explainTask(ExplainTaskRequest.newBuilder().setTaskId(secret).addSwarmIds(swarm).build()).getSwarms(0).getObstaclesList())
        .extracting(Obstacle::getDetail)
        .anyMatch(detail -> detail.contains("not-for-haiku"));
    apply("conditions:\n- {name: team, require: \"task.labels['team'] == 'red'\"}\n");
    String unlabelled = submit(TaskSpec.newBuilder().addRequiredCapabilities(skill));
    assertThat(Refused.by(() -> client.claim(unlabelled, swarm, session)).message()).contains("cannot be evaluated");
    apply("preset: production");

    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(client.policies().listViolations(ListViolationsRequest.newBuilder().setSwarmId(swarm).build()).getViolationsList())
                    .extracting(PolicyViolation::getType)
                    .contains(ViolationType.VIOLATION_TYPE_CONDITION, ViolationType.VIOLATION_TYPE_CONDITION_ERROR));
    Ifctl.Result exported = ifctl("policy", "violations", "--swarm", swarm, "--type", "condition", "--task", secret, "-o", "jsonl");
    assertThat(exported.out().lines().map(JsonParser::parseString).map(line -> line.getAsJsonObject().get("rule").getAsString())).containsExactly("not-for-haiku");
  }

  @Test
  void recordedDecisions_comeOutTheSameAgain_andTellWhatAnotherPolicyWouldHaveChanged() throws Exception {
    String session = start(skill);
    long revision = apply("resource_policy: {max_cost_per_task: 4}");
    client.policies()
        .applyPolicy(
            ApplyPolicyRequest.newBuilder().setRequestId(FabricClient.request()).setPrincipal("ada").setShadow(true).setDocument("resource_policy: {max_cost_per_task: 2}").build());
    awaitShadow(session);
    int before = simulate(SimulatePolicyRequest.newBuilder().setReplay(true)).getDecisions();
    for (int dollars = 1; dollars <= 5; dollars++) {
      String task = submit(TaskSpec.newBuilder().addRequiredCapabilities(skill).setMaxCostMicros(dollars * 1_000_000L));
      if (dollars <= 4) {
        client.complete(client.claim(task, swarm, session), "done", dollars * 500_000L);
      } else {
        assertThat(Refused.by(() -> client.claim(task, swarm, session)).code()).isEqualTo(ErrorCode.ERROR_CODE_POLICY_DENIED);
      }
    }
    SimulatePolicyResponse replay = await().atMost(SOON).until(() -> simulate(SimulatePolicyRequest.newBuilder().setReplay(true)), all -> all.getDecisions() >= before + 5);
    assertThat(replay.getChanged()).as("of %d decisions: %s", replay.getDecisions(), replay.getExamplesList()).isZero();

    SimulatePolicyRequest.Builder tighter = SimulatePolicyRequest.newBuilder().setDocument("resource_policy: {max_cost_per_task: 2}");
    PolicyComparison compared =
        await()
            .atMost(SOON)
            .until(() -> simulate(tighter.clone().setLimit(5)).getComparison(), sum -> sum.getSpentMicros() == 5_000_000);
    assertThat(compared.getNewlyDenied()).isEqualTo(2);
    assertThat(compared.getWouldHaveSpentMicros()).isEqualTo(1_500_000);
    JsonObject shadow = json(ifctl("policy", "shadow", "-o", "json"));
    assertThat(shadow.getAsJsonObject("comparison").get("newlyDenied").getAsInt()).isEqualTo(2);
    assertThat(shadow.getAsJsonObject("policy").get("revision").getAsLong()).isGreaterThan(revision);
    assertThat(ifctl("policy", "simulate", "--replay").exitCode()).isZero();
    client.policies().dropShadowPolicy(DropShadowPolicyRequest.newBuilder().setRequestId(FabricClient.request()).setPrincipal("ada").build());
  }

  /** A claim that is written down with what the shadow says of it. */
  private void awaitShadow(String session) {
    await()
        .atMost(SOON)
        .until(
            () -> {
              client.claim(submit(TaskSpec.newBuilder().addRequiredCapabilities(skill)), swarm, session);
              return client.policies().getShadowPolicy(GetShadowPolicyRequest.getDefaultInstance()).getComparison().getDecisions() > 0;
            });
  }

  private static SimulatePolicyResponse simulate(SimulatePolicyRequest.Builder request) {
    return client.policies().simulatePolicy(request.setRequestId(FabricClient.request()).build());
  }
}
