package io.infrafabric.governor.match;

import io.infrafabric.common.v1.SkillLevel;
import io.infrafabric.governor.v1.RankSwarmsRequest;
import io.infrafabric.policy.ActivePolicy;
import io.infrafabric.policy.RelationRules;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * What a task asks of a swarm, under a policy.
 *
 * @param capabilities each once
 * @param minSkills the least level by capability; any level is enough for those without one
 * @param maxCostMicros the task's cap
 * @param maxCostPerHourMicros dearest swarm wanted; no limit when 0
 * @param minReputationMillis 0 to 1,000
 * @param excluded swarms that are not wanted
 * @param route models that go first
 * @param bloomPattern preferred; none when empty
 * @param newcomerClaims ended claims below which a swarm is a newcomer
 * @param limit candidates wanted
 * @param helped the swarm that is to be helped with a blocker, when the policy says something of who helps it; none when empty
 * @param policy the policy in force
 */
record Need(
    Set<String> capabilities,
    Map<String, SkillLevel> minSkills,
    long maxCostMicros,
    long maxCostPerHourMicros,
    int minReputationMillis,
    Set<String> excluded,
    ClassRoute route,
    String bloomPattern,
    int newcomerClaims,
    int limit,
    String helped,
    ActivePolicy policy) {
  /** Candidates when the request names no number. */
  static final int DEFAULT_LIMIT = 10;

  /** Candidates at most. */
  static final int MAX_LIMIT = 1_000;

  /** The need of a request that {@link MatchRules#validate} found well. */
  static Need of(RankSwarmsRequest request, MatchPreferences preferences, ActivePolicy policy) {
    ClassRoute route = preferences.route(request.getTaskClass());
    return new Need(
        new LinkedHashSet<>(request.getRequiredCapabilitiesList()),
        Map.copyOf(request.getMinSkillsMap()),
        request.getMaxCostMicros(),
        request.getMaxCostPerHourMicros() == 0 ? preferences.maxCostPerHourMicros() : request.getMaxCostPerHourMicros(),
        Math.max(request.getMinReputationMillis(), preferences.minReputationMillis()),
        Set.copyOf(new LinkedHashSet<>(request.getExcludeSwarmIdsList())),
        route,
        request.getBloomPattern().isEmpty() ? route.bloomPattern() : request.getBloomPattern(),
        preferences.newcomerClaims(),
        request.getLimit() == 0 ? DEFAULT_LIMIT : request.getLimit(),
        RelationRules.concern(policy.terms().getRelationsList(), request.getHelpsSwarmId()) ? request.getHelpsSwarmId() : "",
        policy);
  }

  /** Whether relations of swarms weigh. */
  boolean hasRelations() {
    return !helped.isEmpty();
  }

  /** What the relation of a swarm to the one that is helped multiplies its score by, in thousandths; 0 where none weighs. */
  int relationMillis(String swarmId) {
    return helped.isEmpty() ? 0 : RelationRules.weightMillis(policy.terms().getRelationsList(), swarmId, helped);
  }
}
