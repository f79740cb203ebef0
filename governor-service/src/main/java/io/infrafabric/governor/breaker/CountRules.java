package io.infrafabric.governor.breaker;

import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.Commitment;
import io.infrafabric.governor.v1.CapabilityCount;
import io.infrafabric.governor.v1.Standing;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What goes wrong in a row (spec G9): failures, and claims taken back for want of progress. A completed task ends both rows, of the swarm and of
 * each capability that it required; a failed one counts for each of them. Ends that say nothing of how well a swarm works count for nothing. Pure.
 */
public final class CountRules {
  /** Capabilities that are counted for one swarm, so that its standing stays small; the first ones. */
  static final int MOST = 64;

  private CountRules() {}

  /** The standing after a claim of the swarm has ended. */
  public static Standing counted(Standing standing, Commitment claim) {
    return switch (claim.getEnd()) {
      case CLAIM_END_COMPLETED -> ended(standing.toBuilder().setConsecutiveFailures(0).setConsecutiveStalls(0), claim);
      case CLAIM_END_FAILED -> ended(standing.toBuilder().setConsecutiveFailures(standing.getConsecutiveFailures() + 1), claim);
      case CLAIM_END_STALLED -> ended(standing.toBuilder().setConsecutiveStalls(standing.getConsecutiveStalls() + 1), claim);
      case CLAIM_END_RELEASED, CLAIM_END_LOST, CLAIM_END_CANCELLED, CLAIM_END_SUPERSEDED, CLAIM_END_REVOKED, CLAIM_END_UNSPECIFIED, UNRECOGNIZED -> standing;
    };
  }

  private static Standing ended(Standing.Builder standing, Commitment claim) {
    if (claim.getRequiredCapabilitiesCount() == 0) {
      return standing.build();
    }
    Map<String, CapabilityCount> counts = new LinkedHashMap<>();
    standing.getCountsList().forEach(count -> counts.put(count.getCapability(), count));
    for (String capability : claim.getRequiredCapabilitiesList().stream().distinct().toList()) {
      if (claim.getEnd() == ClaimEnd.CLAIM_END_COMPLETED) {
        counts.remove(capability);
      } else if (counts.containsKey(capability) || counts.size() < MOST) {
        counts.merge(capability, one(capability, claim.getEnd()), CountRules::sum);
      }
    }
    return standing.clearCounts().addAllCounts(counts.values()).build();
  }

  private static CapabilityCount one(String capability, ClaimEnd end) {
    CapabilityCount.Builder count = CapabilityCount.newBuilder().setCapability(capability);
    return end == ClaimEnd.CLAIM_END_FAILED ? count.setFailures(1).build() : count.setStalls(1).build();
  }

  private static CapabilityCount sum(CapabilityCount one, CapabilityCount more) {
    return one.toBuilder().setFailures(one.getFailures() + more.getFailures()).setStalls(one.getStalls() + more.getStalls()).build();
  }

  /** Whether the end of a claim could change what is counted. */
  public static boolean countsAnything(Standing standing) {
    return standing.getConsecutiveFailures() > 0 || standing.getConsecutiveStalls() > 0 || standing.getCountsCount() > 0;
  }
}
