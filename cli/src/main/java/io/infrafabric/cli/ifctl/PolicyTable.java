package io.infrafabric.cli.ifctl;

import io.infrafabric.cli.output.Money;
import io.infrafabric.cli.output.Table;
import io.infrafabric.governor.v1.Policy;
import io.infrafabric.governor.v1.PolicyComparison;
import io.infrafabric.governor.v1.PolicyLimits;
import io.infrafabric.governor.v1.PolicyMode;
import io.infrafabric.governor.v1.PolicyPreset;
import io.infrafabric.governor.v1.PolicyProblem;
import io.infrafabric.governor.v1.PolicyTerms;
import io.infrafabric.governor.v1.PolicyViolation;
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

  /** What another policy would have made of decisions: a figure a row. */
  static Table comparison(PolicyComparison comparison) {
    Table table =
        Table.of("WHAT", "FIGURE")
            .row("decisions", comparison.getDecisions())
            .row("changed", comparison.getChanged())
            .row("newly denied", comparison.getNewlyDenied())
            .row("newly allowed", comparison.getNewlyAllowed())
            .row("tasks changed", comparison.getTasksChanged())
            .row("spent", Money.dollars(comparison.getSpentMicros()))
            .row("would have been spent", Money.dollars(comparison.getWouldHaveSpentMicros()))
            .row("newly allowed, at most", Money.dollars(comparison.getNewlyAllowedCapsMicros()))
            .row("claims without a booked end", comparison.getOpenClaims());
    comparison.getNewlyDeniedByRuleMap().forEach((rule, count) -> table.row("denied by " + rule, count));
    if (comparison.getSkipped() + comparison.getLate() + comparison.getUnrecorded() > 0) {
      table
          .row("left out: of unknown revisions", comparison.getSkipped())
          .row("left out: cut short by the clock", comparison.getLate())
          .row("not recorded", comparison.getUnrecorded());
    }
    return comparison.getTruncated() ? table.row("older ones were not looked at", "-") : table;
  }

  static Table violations(List<PolicyViolation> violations) {
    Table table = Table.of("AT", "TYPE", "SWARM", "TASK", "RULE", "REVISION", "TIMES", "DETAIL");
    for (PolicyViolation violation : violations) {
      table.row(
          Shown.time(violation.getAt()),
          violation.getType().name().replaceFirst("^VIOLATION_TYPE_", ""),
          violation.getSwarmId(),
          violation.getTaskId(),
          violation.getRule(),
          violation.getPolicyRevision(),
          violation.getCount(),
          violation.getDetail());
    }
    return table;
  }

  private static String match(PolicyLimits limits) {
    return BigDecimal.valueOf(limits.getMinCapabilityMatchMillis(), 3).toPlainString();
  }
}
