package io.infrafabric.governor.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.infrafabric.governor.v1.ClaimCost;
import io.infrafabric.governor.v1.ClaimFacts;
import io.infrafabric.governor.v1.FailureFacts;
import io.infrafabric.governor.v1.HelpFacts;
import io.infrafabric.governor.v1.PolicyComparison;
import io.infrafabric.governor.v1.PolicyDecision;
import io.infrafabric.governor.v1.PolicyTerms;
import io.infrafabric.governor.v1.SwarmFacts;
import io.infrafabric.governor.v1.TaskFacts;
import io.infrafabric.kit.time.Times;
import io.infrafabric.policy.ActivePolicy;
import io.infrafabric.policy.DecisionRules;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ComparisonTest {
  private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

  private static ActivePolicy policy(long maxCostMicros, int swarms, int failures) {
    PolicyTerms.Builder terms = ActivePolicy.first().terms().toBuilder();
    terms.getLimitsBuilder().setMaxCostPerTaskMicros(maxCostMicros).setMaxSwarmsPerTask(swarms).setFailureThreshold(failures);
    return ActivePolicy.of(2, terms.build());
  }

  private static PolicyDecision made(PolicyDecision.Builder facts, ActivePolicy by, int second) {
    PolicyDecision decision = facts.setAt(Times.toProto(NOON.plusSeconds(second))).setPolicyRevision(by.revision()).build();
    return decision.toBuilder().addAllFindings(DecisionRules.again(decision, by).findings()).build();
  }

  private static PolicyDecision.Builder claim(String task, long capMicros) {
    return PolicyDecision.newBuilder()
        .setClaimId("claim-of-" + task)
        .setClaim(ClaimFacts.newBuilder().setTask(TaskFacts.newBuilder().setTaskId(task).setMaxCostMicros(capMicros)).setSwarm(SwarmFacts.newBuilder().setSwarmId("fox")));
  }

  private static List<PolicyDecision> day(ActivePolicy by) {
    return List.of(
        made(claim("t1", 1_000_000), by, 1),
        made(claim("t2", 4_000_000), by, 2),
        made(claim("t3", 9_000_000), by, 3),
        made(claim("t4", 60_000_000), by, 4),
        made(PolicyDecision.newBuilder().setHelp(HelpFacts.newBuilder().setTaskId("t5").setSwarmId("fox").setWanted(3)), by, 5),
        made(PolicyDecision.newBuilder().setFailures(FailureFacts.newBuilder().setTaskId("t6").setSwarmId("owl").setFailures(3)), by, 6));
  }

  private static PolicyComparison compare(List<PolicyDecision> day, ActivePolicy other) {
    Comparison comparison = new Comparison(decision -> Optional.of(DecisionRules.again(decision, other)));
    comparison.booked(ClaimCost.newBuilder().setClaimId("claim-of-t1").setCostMicros(700_000).build());
    comparison.booked(ClaimCost.newBuilder().setClaimId("claim-of-t2").setCostMicros(3_000_000).build());
    day.reversed().forEach(comparison::decision);
    return comparison.result(false);
  }

  @Test
  void whatATighterPolicyWouldHaveDenied_isToldInTasksAndInMoney() {
    PolicyComparison sum = compare(day(policy(10_000_000, 3, 5)), policy(3_999_999, 2, 3));
    assertThat(sum.getDecisions()).isEqualTo(6);
    assertThat(sum.getChanged()).isEqualTo(4);
    assertThat(sum.getNewlyDenied()).isEqualTo(4);
    assertThat(sum.getNewlyAllowed()).isZero();
    assertThat(sum.getTasksChanged()).isEqualTo(4);
    assertThat(sum.getSpentMicros()).isEqualTo(3_700_000);
    assertThat(sum.getWouldHaveSpentMicros()).isEqualTo(700_000);
    assertThat(sum.getOpenClaims()).as("t3 has not ended").isEqualTo(1);
    assertThat(sum.getNewlyDeniedByRuleMap())
        .containsOnly(
            entry("max_cost_per_task", 2),
            entry("max_swarms_per_task", 1),
            entry("circuit_breaker_failure_threshold", 1));
    assertThat(sum.getExamplesList()).hasSize(4).first().asString().contains("task t6, swarm owl, a failure: denied, and was allowed");
    assertThat(Times.toInstant(sum.getOldest())).isEqualTo(NOON.plusSeconds(1));
  }

  @Test
  void whatALooserPolicyWouldHaveAllowed_mightHaveCostItsCaps() {
    PolicyComparison sum = compare(day(policy(10_000_000, 1, 2)), policy(100_000_000, 5, 9));
    assertThat(sum.getNewlyAllowed()).isEqualTo(3);
    assertThat(sum.getNewlyDenied()).isZero();
    assertThat(sum.getNewlyAllowedCapsMicros()).isEqualTo(60_000_000);
    assertThat(sum.getSpentMicros()).isEqualTo(sum.getWouldHaveSpentMicros()).isEqualTo(3_700_000);
  }

  @Test
  void theSamePolicyAgain_changesNothing() {
    ActivePolicy policy = policy(10_000_000, 3, 3);
    PolicyComparison sum = compare(day(policy), policy);
    assertThat(sum.getDecisions()).isEqualTo(6);
    assertThat(sum.getChanged()).isZero();
  }

  @Test
  void whatTheClockDecided_orNobodyKnows_isLeftOutAndCounted() {
    ActivePolicy policy = policy(10_000_000, 3, 3);
    Comparison comparison = new Comparison(decision -> decision.getPolicyRevision() == 2 ? Optional.of(DecisionRules.again(decision, policy)) : Optional.empty());
    comparison.decision(made(claim("t1", 1), policy, 1).toBuilder().setLate(true).build());
    comparison.decision(made(claim("t2", 1), policy, 2).toBuilder().setPolicyRevision(1).build());
    comparison.unrecorded(7);
    PolicyComparison sum = comparison.result(true);
    assertThat(sum.getDecisions()).isZero();
    assertThat(sum.getLate()).isEqualTo(1);
    assertThat(sum.getSkipped()).isEqualTo(1);
    assertThat(sum.getUnrecorded()).isEqualTo(7);
    assertThat(sum.getTruncated()).isTrue();
  }
}
