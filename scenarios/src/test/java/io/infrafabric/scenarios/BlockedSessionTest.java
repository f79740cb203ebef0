package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.util.Durations;
import io.grpc.StatusRuntimeException;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.GetSessionRequest;
import io.infrafabric.coordinator.v1.ListBlockersRequest;
import io.infrafabric.coordinator.v1.Phase;
import io.infrafabric.coordinator.v1.Plan;
import io.infrafabric.coordinator.v1.PlanServiceGrpc;
import io.infrafabric.coordinator.v1.RaiseBlockerRequest;
import io.infrafabric.coordinator.v1.Session;
import io.infrafabric.coordinator.v1.SessionStatus;
import io.infrafabric.coordinator.v1.SubmitPlanRequest;
import io.infrafabric.coordinator.v1.TaskSpec;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** O3: S4 is blocked in its plan. S1 to S3 are rung to help it, each for its side, S4 gets filler work meanwhile, and nobody is idle. */
@ExtendWith(SharedFabric.class)
class BlockedSessionTest {
  private static final Duration SOON = Duration.ofSeconds(60);

  private final FabricClient client;
  private final String plan = Unique.id("plan");
  private final Map<String, String> skills = new HashMap<>();
  private final Map<String, String> sessions = new HashMap<>();
  private final Map<String, OfferWatch> doorbells = new HashMap<>();

  BlockedSessionTest(RunningFabric fabric) {
    this.client = fabric.client();
    List.of("s1", "s2", "s3", "s4", "s5").forEach(this::come);
  }

  @AfterEach
  void close() {
    doorbells.values().forEach(OfferWatch::close);
  }

  private void come(String who) {
    String skill = Unique.capability();
    skills.put(who, skill);
    client.register(swarm(who), 1_000_000, 1, skill);
    sessions.put(who, client.open(swarm(who), Duration.ofMinutes(2)));
    doorbells.put(who, OfferWatch.open(client.coordinator(), swarm(who), sessions.get(who), 0, 1_000));
  }

  private String swarm(String who) {
    return plan + "-" + who;
  }

  private TaskSpec.Builder task(String name, String who) {
    return TaskSpec.newBuilder().setTaskId(plan + "-" + name).addRequiredCapabilities(skills.get(who)).setMaxCostMicros(10_000);
  }

  /** Waits for its doorbell, and claims what it rang for. */
  private Claim rungFor(String who, String task) {
    await("%s is rung for %s".formatted(who, task)).atMost(SOON).until(() -> doorbells.get(who).tasks().contains(task));
    return await().atMost(SOON).ignoreExceptionsInstanceOf(StatusRuntimeException.class).until(() -> client.claim(task, swarm(who), sessions.get(who)), claim -> true);
  }

  private Session status(String who) {
    return client.sessions().getSession(GetSessionRequest.newBuilder().setSwarmId(swarm(who)).build()).getSession();
  }

  private void awaitStatus(String who, SessionStatus status) {
    await().atMost(SOON).until(() -> status(who).getStatus() == status);
  }

  private Blocker blocker(String task) {
    return client.claims().listBlockers(ListBlockersRequest.newBuilder().setTaskId(task).build()).getBlockers(0);
  }

  @Test
  void blockedSession_isHelpedByTheOthers_andDoesFillersMeanwhile() {
    Plan phases =
        Plan.newBuilder()
            .setPlanId(plan)
            .addPhases(Phase.newBuilder().setName("build").addTasks(task("build", "s4")))
            .addPhases(Phase.newBuilder().setName("ship").addTasks(task("ship", "s4")))
            .addFillers(task("tidy", "s4"))
            .build();
    PlanServiceGrpc.newBlockingStub(client.coordinator()).submitPlan(SubmitPlanRequest.newBuilder().setRequestId(FabricClient.request()).setPlan(phases).build());
    Claim stopped = rungFor("s4", plan + "-build");
    RaiseBlockerRequest.Builder raise =
        RaiseBlockerRequest.newBuilder()
            .setRequestId(FabricClient.request())
            .setTaskId(stopped.getTaskId())
            .setSwarmId(swarm("s4"))
            .setFence(stopped.getFence())
            .setType("weather")
            .setDescription("the build does not pass");
    List.of("s1", "s2", "s3").forEach(helper -> raise.addNeeds(skills.get(helper)));
    client.claims().raiseBlocker(raise.build());

    List<String> help = await().atMost(SOON).until(() -> blocker(stopped.getTaskId()).getHelpTaskIdsList(), tasks -> tasks.size() == 3);
    Map<String, Claim> helping = new HashMap<>();
    for (String helper : List.of("s1", "s2", "s3")) {
      String mine = help.stream().filter(id -> client.task(id).getSpec().getRequiredCapabilitiesList().contains(skills.get(helper))).findFirst().orElseThrow();
      helping.put(helper, rungFor(helper, mine));
      assertThat(doorbells.get(helper).tasks()).as("its own side with the first push, and nothing else").containsOnly(mine);
    }
    Claim filler = rungFor("s4", plan + "-tidy");
    assertThat(filler.getSpec().getTaskId()).as("the next phase is not open").isEqualTo(plan + "-tidy");
    for (String helper : helping.keySet()) {
      awaitStatus(helper, SessionStatus.SESSION_STATUS_HELPING);
      assertThat(status(helper).getReason()).startsWith("helps " + swarm("s4"));
    }
    awaitStatus("s4", SessionStatus.SESSION_STATUS_HELPING);
    nobodyIsIdle();

    client.complete(filler, "tidy", 0);
    helping.forEach((helper, claim) -> client.complete(claim, "done by " + helper, 10));
    await("all of its help is done").atMost(SOON).until(() -> client.task(stopped.getTaskId()).hasClaimed());
    assertThat(client.task(stopped.getTaskId()).getClaimed().getFence()).isEqualTo(stopped.getFence());
    client.complete(stopped, "built", 0);
    client.complete(rungFor("s4", plan + "-ship"), "shipped", 0);
  }

  /** Of the time that passes now, the four who have something to do are idle for none, and the fifth for all. */
  private void nobodyIsIdle() {
    Map<String, Session> before = new HashMap<>();
    sessions.keySet().forEach(who -> before.put(who, status(who)));
    await().atMost(SOON).until(() -> passed(before.get("s5").getOnline(), status("s5").getOnline()) >= 500);
    for (String who : sessions.keySet()) {
      Session now = status(who);
      long online = passed(before.get(who).getOnline(), now.getOnline());
      assertThat(online).as("online of " + who).isPositive();
      assertThat(passed(before.get(who).getIdle(), now.getIdle())).as("idle of " + who).isEqualTo(who.equals("s5") ? online : 0);
    }
  }

  private static long passed(com.google.protobuf.Duration before, com.google.protobuf.Duration after) {
    return Durations.toMillis(after) - Durations.toMillis(before);
  }
}
