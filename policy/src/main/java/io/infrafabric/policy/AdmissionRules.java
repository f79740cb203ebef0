package io.infrafabric.policy;

import io.infrafabric.common.v1.SkillLevel;
import io.infrafabric.governor.v1.ClaimFacts;
import io.infrafabric.governor.v1.PolicyFinding;
import io.infrafabric.governor.v1.ViolationType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What a policy makes of a claim: every rule that is not kept. The same facts under the same policy always come out the same, but for the clock. */
public final class AdmissionRules {
  private static final long NOVICE = SkillLevel.SKILL_LEVEL_NOVICE_VALUE;

  private AdmissionRules() {}

  /**
   * A decision.
   *
   * @param findings none: the claim is allowed
   * @param late whether the clock cut a condition short
   */
  public record Decided(List<PolicyFinding> findings, boolean late) {
    public Decided {
      findings = List.copyOf(findings);
    }

    /** Whether the policy allows the claim. */
    public boolean isAllowed() {
      return findings.isEmpty();
    }
  }

  /** Decides. */
  public static Decided decide(ActivePolicy policy, ClaimFacts facts) {
    List<PolicyFinding> findings = new ArrayList<>();
    Set<String> required = new HashSet<>(facts.getTask().getRequiredCapabilitiesList());
    Set<String> missing = new HashSet<>(required);
    Set<String> has = Set.copyOf(facts.getSwarm().getCapabilitiesList());
    missing.removeIf(capability -> has.contains(capability) && isGoodEnough(facts, capability));
    if (!LimitRules.covers(policy.limits(), required.size() - missing.size(), required.size())) {
      findings.add(
          finding(
              ViolationType.VIOLATION_TYPE_CAPABILITY_MATCH,
              "min_capability_match",
              "it has %d of %d required capabilities, and %d thousandths are needed"
                  .formatted(required.size() - missing.size(), required.size(), policy.limits().getMinCapabilityMatchMillis())));
    }
    if (LimitRules.isTooDear(policy.limits(), facts.getTask().getMaxCostMicros())) {
      findings.add(
          finding(
              ViolationType.VIOLATION_TYPE_COST_PER_TASK,
              "max_cost_per_task",
              "the task may cost %d micro-dollars, and %d a task are allowed"
                  .formatted(facts.getTask().getMaxCostMicros(), policy.limits().getMaxCostPerTaskMicros())));
    }
    Conditions.Outcome conditions = policy.conditions().evaluate(facts);
    findings.addAll(conditions.findings());
    return new Decided(findings, conditions.late());
  }

  /** What the conditions of a policy find alone; the limits are checked by themselves. */
  public static List<PolicyFinding> ofConditions(ActivePolicy policy, ClaimFacts facts) {
    return policy.conditions().evaluate(facts).findings();
  }

  /** Who is less good at something than is wanted is taken for one who cannot do it. */
  private static boolean isGoodEnough(ClaimFacts facts, String capability) {
    return facts.getSwarm().getSkillsOrDefault(capability, NOVICE) >= facts.getTask().getMinSkillsOrDefault(capability, NOVICE);
  }

  private static PolicyFinding finding(ViolationType type, String rule, String detail) {
    return PolicyFinding.newBuilder().setType(type).setRule(rule).setDetail(detail).build();
  }
}
