package io.infrafabric.cli.ifctl;

import io.infrafabric.cli.output.Money;
import io.infrafabric.cli.output.Table;
import io.infrafabric.governor.v1.Policy;
import io.infrafabric.governor.v1.PolicyLimits;
import io.infrafabric.governor.v1.PolicyMode;
import io.infrafabric.governor.v1.PolicyPreset;
import io.infrafabric.governor.v1.PolicyProblem;
import io.infrafabric.governor.v1.PolicyTerms;
import java.math.BigDecimal;
import java.util.List;

/** What concerns the policy as rows for people. */
final class PolicyTable {
  private PolicyTable() {}

  static Table of(List<Policy> policies) {
    Table table = Table.of("REVISION", "APPLIED", "BY", "SWARMS", "COST", "MATCH", "FAILURES", "CONDITIONS", "NOTE");
    for (Policy policy : policies) {
      PolicyLimits limits = policy.getTerms().getLimits();
      table.row(
          policy.getRevision(),
          policy.hasAppliedAt() ? Shown.time(policy.getAppliedAt()) : "-",
          policy.getPrincipal(),
          limits.getMaxSwarmsPerTask(),
          Money.dollars(limits.getMaxCostPerTaskMicros()),
          match(limits),
          limits.getFailureThreshold(),
          policy.getTerms().getConditionsCount(),
          note(policy));
    }
    return table;
  }

  private static String note(Policy policy) {
    if (policy.getMode() == PolicyMode.POLICY_MODE_SHADOW) {
      return "shadow";
    }
    return policy.getRestores() == 0 ? "" : "is revision " + policy.getRestores() + " again";
  }

  static Table presets(List<PolicyPreset> presets) {
    Table table = Table.of("PRESET", "SWARMS", "COST", "MATCH", "FAILURES");
    for (PolicyPreset preset : presets) {
      PolicyTerms terms = preset.getTerms();
      table.row(
          preset.getName(),
          terms.getLimits().getMaxSwarmsPerTask(),
          Money.dollars(terms.getLimits().getMaxCostPerTaskMicros()),
          match(terms.getLimits()),
          terms.getLimits().getFailureThreshold());
    }
    return table;
  }

  static Table problems(List<PolicyProblem> problems) {
    Table table = Table.of("LINE", "KEY", "PROBLEM");
    problems.forEach(problem -> table.row(problem.getLine() == 0 ? "-" : problem.getLine(), problem.getPath(), problem.getDescription()));
    return table;
  }

  private static String match(PolicyLimits limits) {
    return BigDecimal.valueOf(limits.getMinCapabilityMatchMillis(), 3).toPlainString();
  }
}
