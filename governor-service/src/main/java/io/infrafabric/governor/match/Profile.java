package io.infrafabric.governor.match;

import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.governor.books.Commitments;
import io.infrafabric.governor.v1.BreakerReason;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.Standing;
import java.util.Set;

/**
 * What matters of a swarm when it is matched.
 *
 * @param swarmId its id
 * @param capabilities what it can do
 * @param costPerHourMicros its price
 * @param reputationMillis 0 to 1,000
 * @param creditMicros credit that is not promised to other claims
 * @param isBreakerOpen true when it may not claim
 * @param breakerReason why, when it may not
 */
record Profile(
    String swarmId,
    Set<String> capabilities,
    long costPerHourMicros,
    int reputationMillis,
    long creditMicros,
    boolean isBreakerOpen,
    BreakerReason breakerReason) {

  /** The swarm as the governor and the coordinator know it. */
  static Profile of(Standing standing, CommitmentsRecord commitments) {
    return new Profile(
        standing.getSwarmId(),
        Set.copyOf(standing.getCapabilitiesList()),
        standing.getCostPerHourMicros(),
        standing.getReputationMillis(),
        standing.getCreditMicros() - Commitments.committedMicros(commitments, standing),
        standing.getBreaker() != BreakerState.BREAKER_STATE_CLOSED,
        standing.getBreakerReason());
  }
}
