package io.infrafabric.governor.match;

import io.infrafabric.common.v1.SkillLevel;
import io.infrafabric.governor.v1.BreakerReason;
import io.infrafabric.governor.v1.PolicyLimits;
import io.infrafabric.governor.v1.PolicyTerms;
import io.infrafabric.policy.ActivePolicy;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Swarms and needs to match, changed one thing at a time. */
final class Swarms {
  static final long USD = 1_000_000;

  private Swarms() {}

  /** A swarm of a measured reputation with 100 micro-dollars of credit. */
  static Profile swarm(String id, long cost, int reputation, String... capabilities) {
    return new Profile(
        id, Set.of(capabilities), Map.of(), "", "", cost, reputation, 100, 1_000, false, BreakerReason.BREAKER_REASON_UNSPECIFIED, Map.of(), true);
  }

  static Profile onModel(Profile swarm, String model) {
    return new Profile(
        swarm.swarmId(), swarm.capabilities(), swarm.skills(), model, swarm.bloomPattern(), swarm.costPerHourMicros(), swarm.reputationMillis(),
        swarm.creditMicros(), swarm.endedClaims(), swarm.isBreakerOpen(), swarm.breakerReason(), swarm.stopped(), swarm.isRegistered());
  }

  static Profile blooming(Profile swarm, String pattern) {
    return new Profile(
        swarm.swarmId(), swarm.capabilities(), swarm.skills(), swarm.model(), pattern, swarm.costPerHourMicros(), swarm.reputationMillis(),
        swarm.creditMicros(), swarm.endedClaims(), swarm.isBreakerOpen(), swarm.breakerReason(), swarm.stopped(), swarm.isRegistered());
  }

  static Profile skilled(Profile swarm, String capability, SkillLevel level) {
    return new Profile(
        swarm.swarmId(), swarm.capabilities(), Map.of(capability, level), swarm.model(), swarm.bloomPattern(), swarm.costPerHourMicros(),
        swarm.reputationMillis(), swarm.creditMicros(), swarm.endedClaims(), swarm.isBreakerOpen(), swarm.breakerReason(), swarm.stopped(), swarm.isRegistered());
  }

  static Profile withCredit(Profile swarm, long credit) {
    return new Profile(
        swarm.swarmId(), swarm.capabilities(), swarm.skills(), swarm.model(), swarm.bloomPattern(), swarm.costPerHourMicros(), swarm.reputationMillis(),
        credit, swarm.endedClaims(), swarm.isBreakerOpen(), swarm.breakerReason(), swarm.stopped(), swarm.isRegistered());
  }

  static Profile tried(Profile swarm, long endedClaims) {
    return new Profile(
        swarm.swarmId(), swarm.capabilities(), swarm.skills(), swarm.model(), swarm.bloomPattern(), swarm.costPerHourMicros(), swarm.reputationMillis(),
        swarm.creditMicros(), endedClaims, swarm.isBreakerOpen(), swarm.breakerReason(), swarm.stopped(), swarm.isRegistered());
  }

  static Profile broken(Profile swarm) {
    return new Profile(
        swarm.swarmId(), swarm.capabilities(), swarm.skills(), swarm.model(), swarm.bloomPattern(), swarm.costPerHourMicros(), swarm.reputationMillis(),
        swarm.creditMicros(), swarm.endedClaims(), true, BreakerReason.BREAKER_REASON_MANUAL, swarm.stopped(), swarm.isRegistered());
  }

  /** Its breaker for a capability is open. */
  static Profile stopped(Profile swarm, String capability) {
    return new Profile(
        swarm.swarmId(), swarm.capabilities(), swarm.skills(), swarm.model(), swarm.bloomPattern(), swarm.costPerHourMicros(), swarm.reputationMillis(),
        swarm.creditMicros(), swarm.endedClaims(), swarm.isBreakerOpen(), swarm.breakerReason(), Map.of(capability, BreakerReason.BREAKER_REASON_REPEATED_FAILURES),
        swarm.isRegistered());
  }

  static Profile unregistered(Profile swarm) {
    return new Profile(
        swarm.swarmId(), swarm.capabilities(), swarm.skills(), swarm.model(), swarm.bloomPattern(), swarm.costPerHourMicros(), swarm.reputationMillis(),
        swarm.creditMicros(), swarm.endedClaims(), swarm.isBreakerOpen(), swarm.breakerReason(), swarm.stopped(), false);
  }

  /** A need of these capabilities that anybody may afford. */
  static Need need(String... capabilities) {
    return need(List.of(capabilities), Map.of(), 0, 0, 0, Set.of());
  }

  static Need need(List<String> capabilities, Map<String, SkillLevel> minSkills, long maxCost, long maxPerHour, int minReputation, Set<String> excluded) {
    return new Need(
        new LinkedHashSet<>(capabilities), minSkills, maxCost, maxPerHour, minReputation, excluded, ClassRoute.NONE, "", 10, 10, "", ActivePolicy.first());
  }

  static Need routed(Need need, ClassRoute route, String bloomPattern) {
    return new Need(
        need.capabilities(), need.minSkills(), need.maxCostMicros(), need.maxCostPerHourMicros(), need.minReputationMillis(),
        need.excluded(), route, bloomPattern, need.newcomerClaims(), need.limit(), need.helped(), need.policy());
  }

  static Need limited(Need need, int limit) {
    return new Need(
        need.capabilities(), need.minSkills(), need.maxCostMicros(), need.maxCostPerHourMicros(), need.minReputationMillis(),
        need.excluded(), need.route(), need.bloomPattern(), need.newcomerClaims(), limit, need.helped(), need.policy());
  }

  /** For a blocker of a swarm. */
  static Need helping(Need need, String helped, ActivePolicy policy) {
    return new Need(
        need.capabilities(), need.minSkills(), need.maxCostMicros(), need.maxCostPerHourMicros(), need.minReputationMillis(),
        need.excluded(), need.route(), need.bloomPattern(), need.newcomerClaims(), need.limit(), helped, policy);
  }

  static Need under(Need need, ActivePolicy policy) {
    return new Need(
        need.capabilities(), need.minSkills(), need.maxCostMicros(), need.maxCostPerHourMicros(), need.minReputationMillis(),
        need.excluded(), need.route(), need.bloomPattern(), need.newcomerClaims(), need.limit(), need.helped(), policy);
  }

  /** A policy that asks for so much of what is needed, and lets a task cost so much. */
  static ActivePolicy policy(int matchMillis, long maxCostMicros) {
    PolicyLimits limits =
        ActivePolicy.first().limits().toBuilder().setMinCapabilityMatchMillis(matchMillis).setMaxCostPerTaskMicros(maxCostMicros).build();
    return ActivePolicy.of(7, PolicyTerms.newBuilder().setLimits(limits).build());
  }
}
