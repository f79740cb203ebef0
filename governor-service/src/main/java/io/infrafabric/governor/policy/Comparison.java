package io.infrafabric.governor.policy;

import com.google.protobuf.Timestamp;
import io.infrafabric.governor.v1.ClaimCost;
import io.infrafabric.governor.v1.PolicyComparison;
import io.infrafabric.governor.v1.PolicyDecision;
import io.infrafabric.governor.v1.PolicyDecision.FactsCase;
import io.infrafabric.governor.v1.PolicyFinding;
import io.infrafabric.kit.time.Times;
import io.infrafabric.policy.AdmissionRules;
import io.infrafabric.policy.DecisionRules;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Adds up what would have been otherwise. Told decisions newest first, so that a claim's cost is known before its decision. */
final class Comparison {
  private static final int EXAMPLES = 20;

  private final Function<PolicyDecision, Optional<AdmissionRules.Decided>> otherwise;
  private final Map<String, Long> costs = new HashMap<>();
  private final Map<String, Integer> byRule = new TreeMap<>();
  private final Set<String> tasks = new HashSet<>();
  private final PolicyComparison.Builder sum = PolicyComparison.newBuilder();

  /**
   * @param otherwise what the other policy makes of a decision; nothing when it cannot be told
   */
  Comparison(Function<PolicyDecision, Optional<AdmissionRules.Decided>> otherwise) {
    this.otherwise = otherwise;
  }

  /** What a claim has cost. */
  void booked(ClaimCost cost) {
    costs.put(cost.getClaimId(), cost.getCostMicros());
  }

  /** Decisions that were not recorded. */
  void unrecorded(long decisions) {
    sum.setUnrecorded(sum.getUnrecorded() + decisions);
  }

  /** How many decisions were looked at. */
  int decisions() {
    return sum.getDecisions();
  }

  /** One decision. */
  void decision(PolicyDecision decision) {
    Optional<AdmissionRules.Decided> other = otherwise.apply(decision);
    if (other.isEmpty()) {
      sum.setSkipped(sum.getSkipped() + 1);
      return;
    }
    if (decision.getLate() || other.get().late()) {
      sum.setLate(sum.getLate() + 1);
      return;
    }
    boolean was = decision.getFindingsCount() == 0;
    boolean would = other.get().isAllowed();
    sum.setDecisions(sum.getDecisions() + 1).setOldest(oldest(decision.getAt()));
    money(decision, was, would);
    if (was != would) {
      changed(decision, other.get());
    }
  }

  private Timestamp oldest(Timestamp at) {
    return sum.hasOldest() && Times.toInstant(sum.getOldest()).isBefore(Times.toInstant(at)) ? sum.getOldest() : at;
  }

  private void money(PolicyDecision decision, boolean was, boolean would) {
    if (decision.getFactsCase() != FactsCase.CLAIM) {
      return;
    }
    if (!was) {
      sum.setNewlyAllowedCapsMicros(sum.getNewlyAllowedCapsMicros() + (would ? decision.getClaim().getTask().getMaxCostMicros() : 0));
      return;
    }
    Long cost = costs.get(decision.getClaimId());
    if (cost == null) {
      sum.setOpenClaims(sum.getOpenClaims() + 1);
      return;
    }
    sum.setSpentMicros(sum.getSpentMicros() + cost).setWouldHaveSpentMicros(sum.getWouldHaveSpentMicros() + (would ? cost : 0));
  }

  private void changed(PolicyDecision decision, AdmissionRules.Decided other) {
    sum.setChanged(sum.getChanged() + 1);
    tasks.add(DecisionRules.taskOf(decision));
    if (other.isAllowed()) {
      sum.setNewlyAllowed(sum.getNewlyAllowed() + 1);
      example(decision, "allowed, and was denied: ", decision.getFindingsList());
    } else {
      sum.setNewlyDenied(sum.getNewlyDenied() + 1);
      other.findings().stream().map(PolicyFinding::getRule).distinct().forEach(rule -> byRule.merge(rule, 1, Integer::sum));
      example(decision, "denied, and was allowed: ", other.findings());
    }
  }

  private void example(PolicyDecision decision, String what, List<PolicyFinding> findings) {
    if (sum.getExamplesCount() < EXAMPLES) {
      sum.addExamples(
          "%s task %s, swarm %s, %s: %s%s"
              .formatted(
                  Times.toInstant(decision.getAt()),
                  DecisionRules.taskOf(decision),
                  DecisionRules.swarmOf(decision),
                  kind(decision),
                  what,
                  findings.stream().map(finding -> finding.getRule() + " (" + finding.getDetail() + ")").collect(Collectors.joining(", "))));
    }
  }

  private static String kind(PolicyDecision decision) {
    return switch (decision.getFactsCase()) {
      case CLAIM -> "a claim";
      case HELP -> "help";
      case FAILURES -> "a failure";
      case FACTS_NOT_SET -> "unknown";
    };
  }

  /** All of it. */
  PolicyComparison result(boolean truncated) {
    return sum.setTasksChanged(tasks.size()).putAllNewlyDeniedByRule(byRule).setTruncated(truncated).build();
  }
}
