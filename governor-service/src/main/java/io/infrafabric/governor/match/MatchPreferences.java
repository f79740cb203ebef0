package io.infrafabric.governor.match;

import io.infrafabric.governor.registry.PriceList;
import java.util.Map;
import java.util.Optional;

/**
 * What the settings say of every match; how much of what is needed suffices, and what a task may cost, the policy in force says.
 *
 * @param minReputationMillis what a swarm must have though a request asks for less
 * @param maxCostPerHourMicros dearest swarm where a request names no limit; none when 0
 * @param classes how each kind of work is routed
 * @param prices of the models
 * @param referenceModel whose price others are compared with
 * @param newcomerClaims ended claims below which a swarm is a newcomer
 * @param explorationMillis share of the rankings for dispatch that begin with a newcomer, in thousandths
 */
public record MatchPreferences(
    int minReputationMillis,
    long maxCostPerHourMicros,
    Map<String, ClassRoute> classes,
    PriceList prices,
    String referenceModel,
    int newcomerClaims,
    int explorationMillis) {
  public MatchPreferences {
    classes = Map.copyOf(classes);
  }

  /** How a kind of work is routed; one that nobody has named is not routed at all. */
  ClassRoute route(String taskClass) {
    return classes.getOrDefault(taskClass, ClassRoute.NONE);
  }

  /** The reference model; empty when it has no price. */
  public String pricedReferenceModel() {
    return referenceMicrosPerHour() > 0 ? referenceModel : "";
  }

  /** What an hour costs on the reference model; 0 when it has no price. */
  public long referenceMicrosPerHour() {
    return Optional.ofNullable(prices.microsPerHour().get(referenceModel)).orElse(0L);
  }
}
