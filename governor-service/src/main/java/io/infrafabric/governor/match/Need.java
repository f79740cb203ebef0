package io.infrafabric.governor.match;

import io.infrafabric.governor.v1.RankSwarmsRequest;
import io.infrafabric.policy.ActivePolicy;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * What a task asks of a swarm.
 *
 * @param capabilities each once
 * @param maxCostMicros the task's cap
 * @param maxCostPerHourMicros dearest swarm wanted; no limit when 0
 * @param minReputationMillis 0 to 1,000
 * @param excluded swarms that are not wanted
 * @param limit candidates wanted
 * @param policy the policy in force
 */
record Need(
    Set<String> capabilities,
    long maxCostMicros,
    long maxCostPerHourMicros,
    int minReputationMillis,
    Set<String> excluded,
    int limit,
    ActivePolicy policy) {
  /** Candidates when the request names no number. */
  static final int DEFAULT_LIMIT = 10;

  /** Candidates at most. */
  static final int MAX_LIMIT = 1_000;

  /** The need of a request that {@link MatchRules#validate} found well. */
  static Need of(RankSwarmsRequest request, ActivePolicy policy) {
    return new Need(
        new LinkedHashSet<>(request.getRequiredCapabilitiesList()),
        request.getMaxCostMicros(),
        request.getMaxCostPerHourMicros(),
        request.getMinReputationMillis(),
        Set.copyOf(new LinkedHashSet<>(request.getExcludeSwarmIdsList())),
        request.getLimit() == 0 ? DEFAULT_LIMIT : request.getLimit(),
        policy);
  }
}
