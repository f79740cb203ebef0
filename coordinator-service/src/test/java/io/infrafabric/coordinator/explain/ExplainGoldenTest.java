package io.infrafabric.coordinator.explain;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.SkillLevel;
import io.infrafabric.coordinator.Samples;
import io.infrafabric.coordinator.blocker.HelpSettings;
import io.infrafabric.coordinator.claim.Admission;
import io.infrafabric.coordinator.dispatch.OfferId;
import io.infrafabric.coordinator.v1.Approval;
import io.infrafabric.coordinator.v1.Attempt;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.BlockerState;
import io.infrafabric.coordinator.v1.Cancelled;
import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.Commitment;
import io.infrafabric.coordinator.v1.Completed;
import io.infrafabric.coordinator.v1.Failed;
import io.infrafabric.coordinator.v1.Obstacle;
import io.infrafabric.coordinator.v1.ObstacleType;
import io.infrafabric.coordinator.v1.Parked;
import io.infrafabric.coordinator.v1.PlanPlace;
import io.infrafabric.coordinator.v1.Push;
import io.infrafabric.coordinator.v1.Quarantined;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.coordinator.v1.Waiting;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.v1.BreakerReason;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.PolicyCondition;
import io.infrafabric.governor.v1.PolicyTerms;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import io.infrafabric.policy.ActivePolicy;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** One golden text for each reason: {@code <reason>.txt} beside this class among the resources. */
class ExplainGoldenTest {
  private static final TaskSpec SPEC = Samples.spec("t1", "code:review", "code:test").setMaxCostMicros(400_000).build();
  private static final Timestamp SINCE = Times.toProto(Samples.NOW.minus(Duration.ofMinutes(7)));

  private static Map<String, List<Obstacle>> cases() {
    Map<String, List<Obstacle>> all = new TreeMap<>();
    ofTheTask(all);
    ofASwarm(all);
    return all;
  }

  private static void ofTheTask(Map<String, List<Obstacle>> all) {
    Task dependent = waiting(Waiting.newBuilder().addAllOpenDependencies(List.of("build", "gone", "lint", "plan", "sign")));
    Task claimed = Samples.claimed(Samples.spec("build").build(), "owl", 1);
    List<TaskCase.Dependency> dependencies =
        List.of(
            new TaskCase.Dependency("build", Optional.of(claimed.toBuilder().setClaimed(claimed.getClaimed().toBuilder().setPercent(40)).build())),
            new TaskCase.Dependency("gone", Optional.empty()),
            new TaskCase.Dependency("lint", Optional.of(task("lint").setFailed(Failed.getDefaultInstance()).build())),
            new TaskCase.Dependency("plan", Optional.of(task("plan").build())),
            new TaskCase.Dependency("sign", Optional.of(task("sign").setQuarantined(Quarantined.getDefaultInstance()).build())));
    all.put("dependency", ExplainRules.of(new TaskCase(dependent, dependencies, 0, List.of()), Samples.NOW));
    all.put("phase", alone(inPlan(Waiting.newBuilder().addOpenPhases("build").addOpenPhases("check"))));
    all.put("held-by-plan", alone(inPlan(Waiting.newBuilder().setHeld(true))));
    all.put("plan-cancelled", List.of(ExplainRules.cancelledWith("release")));
    all.put("not-before", alone(waiting(Waiting.newBuilder().setNotBefore(Times.toProto(Samples.NOW.plusSeconds(270))))));
    all.put("approval", alone(waiting(Waiting.newBuilder().setAwaitsApproval(true))));
    Task gate = waiting(Waiting.newBuilder().setAwaitsApproval(true));
    all.put(
        "approvals",
        alone(
            gate.toBuilder()
                .setSpec(gate.getSpec().toBuilder().setNeedsApproval(true).setApprovalsNeeded(2).addApprovers("ada").addApprovers("bob").addApproverSwarmIds("s4"))
                .addApprovals(Approval.newBuilder().setPrincipal("ada"))
                .build()));
    Task backOff = waiting(Waiting.newBuilder().setNotBefore(Times.toProto(Samples.NOW.plusSeconds(12))));
    all.put("back-off", alone(backOff.toBuilder().setAttempt(2).addAttempts(Attempt.newBuilder().setNumber(2).setEnd(ClaimEnd.CLAIM_END_FAILED)).build()));
    all.put(
        "offer-outstanding",
        ExplainRules.of(
            new TaskCase(
                task("t1").build(),
                List.of(),
                0,
                List.of(
                    new OfferId(new TaskId("t1"), 7, new SwarmId("fox"), Samples.NOW.plusMillis(850)),
                    new OfferId(new TaskId("t1"), 7, new SwarmId("owl"), Samples.NOW.plusMillis(850)))),
            Samples.NOW));
    Refusal full = Refusal.of(ErrorCode.ERROR_CODE_STORE_FULL, "etcd uses 1950000000 of 2147483648 bytes (file 2100000000): from 90 % on no claims are given");
    all.put("store", List.of(ExplainRules.storeFull(full)));
    all.put("order", ExplainRules.of(new TaskCase(task("t1").build(), List.of(), 37, List.of()), Samples.NOW));
    Push push = Push.newBuilder().setSwarmId("owl").setUntil(Times.toProto(Samples.NOW.plusSeconds(5))).build();
    all.put("kept", ExplainRules.of(new TaskCase(task("t1").setPush(push).build(), List.of(), 37, List.of()), Samples.NOW));
    Task freed = task("t1").setPush(push.toBuilder().setEnd("the session of swarm owl ended")).build();
    all.put("kept-no-more", ExplainRules.of(new TaskCase(freed, List.of(), 1, List.of()), Samples.NOW));
    all.put("held", alone(Samples.claimed(SPEC, "owl", 1)));
    all.put("held-with-twin", alone(Samples.claimed(SPEC, "owl", 1).toBuilder().setTwinId("tw-1").build()));
    all.put("held-as-twin", alone(Samples.claimed(SPEC, "owl", 1).toBuilder().setTwinOf("t0").build()));
    Completed byTwin = Completed.newBuilder().setClaim(Samples.claimed(SPEC, "fox", 1).getClaimed()).build();
    all.put("ended-by-twin", alone(task("t1").setTwinId("tw-1").setCompleted(byTwin).addAttempts(Attempt.newBuilder().setEnd(ClaimEnd.CLAIM_END_SUPERSEDED)).build()));
    Blocker.Builder blocker = Blocker.newBuilder().setType("build-failure");
    Task filler = task("t1").setPlanPlace(PlanPlace.newBuilder().setFiller(true)).build();
    all.put("filler", ExplainRules.of(new TaskCase(filler, List.of(), 2, List.of()), Samples.NOW));
    all.put(
        "blocker",
        ExplainRules.of(
            new TaskCase(
                task("t1").setParked(Parked.newBuilder().setClaim(Samples.claimed(SPEC, "owl", 1).getClaimed()).addAllBlockerIds(List.of("b-1", "b-2", "b-3"))).build(),
                List.of(),
                0,
                List.of(),
                List.of(
                    blocker.clone().setBlockerId("b-1").setState(BlockerState.BLOCKER_STATE_OPEN).addNeeds("code:build").build(),
                    blocker.clone().setBlockerId("b-2").setState(BlockerState.BLOCKER_STATE_WAITING).addHelpTaskIds("b-2-h1").addWaitsForTaskIds("lint").build(),
                    blocker.clone().setBlockerId("b-3").setState(BlockerState.BLOCKER_STATE_ESCALATED).setDetail("nobody was found for code:build").build()),
                Optional.of(new TaskCase.Help("owl", 112, HelpSettings.defaults(), ActivePolicy.first().limits()))),
            Samples.NOW));
    all.put(
        "help-money",
        ExplainRules.of(
            new TaskCase(
                task("t1").setParked(Parked.newBuilder().setClaim(Samples.claimed(SPEC, "owl", 1).getClaimed()).addBlockerIds("b-1")).build(),
                List.of(),
                0,
                List.of(),
                List.of(blocker.clone().setBlockerId("b-1").setState(BlockerState.BLOCKER_STATE_OPEN).addNeeds("code:build").build()),
                Optional.of(new TaskCase.Help("fox", 119, HelpSettings.defaults(), ActivePolicy.first().limits()))),
            Samples.NOW));
    all.put("completed", alone(task("t1").setCompleted(Completed.newBuilder().setClaim(Samples.claimed(SPEC, "owl", 1).getClaimed())).build()));
    all.put("failed", alone(task("t1").setFailed(Failed.newBuilder().setReason("no such file")).build()));
    all.put("cancelled", alone(task("t1").setCancelled(Cancelled.newBuilder().setReason("not needed any more")).build()));
    all.put(
        "quarantined",
        alone(
            task("t1").setAttempt(3).addAttempts(Attempt.newBuilder().setReason("the session of swarm owl ended")).setQuarantined(Quarantined.getDefaultInstance()).build()));
  }

  private static Task inPlan(Waiting.Builder waiting) {
    Task.Builder task = waiting(waiting).toBuilder();
    task.getSpecBuilder().setPlanId("release");
    return task.build();
  }

  private static void ofASwarm(Map<String, List<Obstacle>> all) {
    Standing fit = Samples.standing("fox", "code:review", "code:test").build();
    all.put("no-session", SwarmRules.of(SPEC, new Admission(Optional.empty(), 0, Optional.of(fit), Samples.book("fox"), ActivePolicy.first()), 0));
    all.put("capability", swarm(SPEC, Samples.standing("fox", "code:review").build()));
    all.put("credit", swarm(SPEC, fit.toBuilder().setCreditMicros(300_000).build(), Samples.open("c1", 150_000)));
    all.put(
        "breaker",
        swarm(
            SPEC,
            fit.toBuilder()
                .setBreaker(BreakerState.BREAKER_STATE_OPEN)
                .setBreakerReason(BreakerReason.BREAKER_REASON_REPEATED_FAILURES)
                .setBreakerSince(SINCE)
                .build()));
    all.put("reputation", swarm(SPEC.toBuilder().setMinReputationMillis(850).build(), fit));
    all.put("reputation-unranked", SwarmRules.unranked(SPEC, Samples.admission(fit.toBuilder().setReputationMillis(550).build()), 600).stream().toList());
    TaskSpec expert = SPEC.toBuilder().putMinSkills("code:review", SkillLevel.SKILL_LEVEL_EXPERT).build();
    all.put("capability-skill", swarm(expert, fit.toBuilder().putSkills("code:review", SkillLevel.SKILL_LEVEL_INTERMEDIATE).build()));
    PolicyTerms.Builder terms = ActivePolicy.first().terms().toBuilder();
    terms.getLimitsBuilder().setMaxCostPerTaskMicros(250_000);
    all.put("policy-limit", SwarmRules.of(SPEC, Samples.under(ActivePolicy.of(7, terms.build()), Samples.admission(fit)), 0));
    terms = ActivePolicy.first().terms().toBuilder().addConditions(PolicyCondition.newBuilder().setName("not-for-haiku").setRequire("swarm.model != \"haiku\""));
    all.put("policy-condition", SwarmRules.of(SPEC, Samples.under(ActivePolicy.of(8, terms.build()), Samples.admission(fit.toBuilder().setModel("haiku").build())), 0));
    all.put("policy", SwarmRules.of(SPEC, Samples.admission(Samples.standing("fox", "code:review").setPolicyRevision(3).build()), 4));
    all.put("capacity", swarm(SPEC, fit, Samples.open("c1", 0), Samples.open("c2", 0), Samples.open("c3", 0)));
    Commitment[] ended = new Commitment[200];
    Arrays.setAll(ended, i -> Commitment.newBuilder().setClaimId("c" + i).setEnd(ClaimEnd.CLAIM_END_COMPLETED).build());
    all.put("settlement-backlog", swarm(SPEC, fit, ended));
    all.put("excluded", swarm(SPEC.toBuilder().addExcludeSwarmIds("fox").build(), fit));
    all.put("owner", swarm(SPEC.toBuilder().addOwnerSwarmIds("elk").addOwnerSwarmIds("owl").build(), fit));
    all.put("unregistered", List.of(SwarmRules.unregistered()));
    all.put("share", List.of(SwarmRules.overShare(inPlan(Waiting.newBuilder()).getSpec(), "map", 12, 9)));
    all.put("fit", swarm(SPEC, fit));
  }

  private static List<Obstacle> swarm(TaskSpec spec, Standing standing, Commitment... commitments) {
    return SwarmRules.of(spec, Samples.admission(standing, commitments), 0);
  }

  private static List<Obstacle> alone(Task task) {
    return ExplainRules.of(new TaskCase(task, List.of(), 0, List.of()), Samples.NOW);
  }

  private static Task.Builder task(String id) {
    return Samples.ready(SPEC.toBuilder().setTaskId(id).build()).toBuilder();
  }

  private static Task waiting(Waiting.Builder waiting) {
    return task("t1").setWaiting(waiting).build();
  }

  @TestFactory
  List<DynamicTest> everyReason_isExplainedInItsWords() {
    return cases().entrySet().stream()
        .map(reason -> DynamicTest.dynamicTest(reason.getKey(), () -> assertThat(text(reason.getValue())).isEqualTo(golden(reason.getKey()))))
        .toList();
  }

  @Test
  void everyKindOfObstacle_hasAGoldenText() {
    Set<ObstacleType> explained = cases().values().stream().flatMap(List::stream).map(Obstacle::getType).collect(Collectors.toSet());
    Set<ObstacleType> all = EnumSet.allOf(ObstacleType.class);
    all.removeAll(Set.of(ObstacleType.OBSTACLE_TYPE_UNSPECIFIED, ObstacleType.UNRECOGNIZED));
    assertThat(explained).containsAll(all);
  }

  private static String text(List<Obstacle> obstacles) {
    return obstacles.stream()
        .map(
            obstacle ->
                obstacle.getType().name().substring("OBSTACLE_TYPE_".length()).toLowerCase(Locale.ROOT)
                    + ": " + obstacle.getDetail() + (obstacle.getIdsCount() == 0 ? "" : " " + obstacle.getIdsList()) + "\n")
        .collect(Collectors.joining());
  }

  private static String golden(String reason) {
    try (InputStream file = ExplainGoldenTest.class.getResourceAsStream(reason + ".txt")) {
      return file == null ? "there is no golden text " + reason + ".txt" : new String(file.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
