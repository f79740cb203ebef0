package io.infrafabric.governor.match;

import io.infrafabric.common.v1.SkillLevel;
import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.governor.books.Commitments;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.BreakerReason;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.CapabilityStop;
import io.infrafabric.governor.v1.Manifest;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.policy.StopRules;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What matters of a swarm when it is matched.
 *
 * @param swarmId its id
 * @param capabilities what it can do
 * @param skills how good it is, by capability; a novice where it has none
 * @param model what it runs on
 * @param bloomPattern in which kind of work it does best over time; none when empty
 * @param costPerHourMicros its price
 * @param reputationMillis 0 to 1,000
 * @param creditMicros credit that is not promised to other claims
 * @param endedClaims claims that were completed or have failed
 * @param isBreakerOpen true when it may not claim, or has its one probe
 * @param breakerReason why, when it may not
 * @param stopped capabilities whose breakers keep it from tasks that require them, and why
 * @param isRegistered false when it was taken out of the registry
 */
record Profile(
    String swarmId,
    Set<String> capabilities,
    Map<String, SkillLevel> skills,
    String model,
    String bloomPattern,
    long costPerHourMicros,
    int reputationMillis,
    long creditMicros,
    long endedClaims,
    boolean isBreakerOpen,
    BreakerReason breakerReason,
    Map<String, BreakerReason> stopped,
    boolean isRegistered) {

  /** The swarm as the governor and the coordinator know it. */
  static Profile of(Manifest manifest, Standing standing, Account account, CommitmentsRecord commitments) {
    return new Profile(
        standing.getSwarmId(),
        Set.copyOf(standing.getCapabilitiesList()),
        Map.copyOf(standing.getSkillsMap()),
        standing.getModel(),
        manifest.getBloomPattern(),
        standing.getCostPerHourMicros(),
        standing.getReputationMillis(),
        standing.getCreditMicros() - Commitments.committedMicros(commitments, standing),
        account.getClaimsCompleted() + account.getClaimsFailed(),
        StopRules.ofClaim(standing, List.of(), commitments).isPresent(),
        standing.getBreakerReason(),
        stopped(standing, commitments),
        !standing.getUnregistered());
  }

  private static Map<String, BreakerReason> stopped(Standing standing, CommitmentsRecord commitments) {
    return standing.getStopsCount() == 0
        ? Map.of()
        : standing.getStopsList().stream()
            .filter(stop -> stop.getState() == BreakerState.BREAKER_STATE_OPEN || StopRules.isTried(stop.getState(), stop.getProbe(), commitments))
            .collect(Collectors.toUnmodifiableMap(CapabilityStop::getCapability, CapabilityStop::getReason));
  }

  /** Whether it has the capability, at least at the level. */
  boolean can(String capability, SkillLevel least) {
    return capabilities.contains(capability) && (least.getNumber() <= SkillLevel.SKILL_LEVEL_NOVICE_VALUE || skill(capability).compareTo(least) >= 0);
  }

  /** How good it is at something. */
  SkillLevel skill(String capability) {
    return skills.getOrDefault(capability, SkillLevel.SKILL_LEVEL_NOVICE);
  }

  /** The price that is divided by: a free swarm costs the smallest amount there is. */
  long pricedMicros() {
    return Math.max(1, costPerHourMicros);
  }
}
