package io.infrafabric.policy;

import io.infrafabric.governor.v1.FailureFacts;
import io.infrafabric.governor.v1.HelpFacts;
import io.infrafabric.governor.v1.PolicyDecision;
import io.infrafabric.governor.v1.PolicyFinding;
import io.infrafabric.governor.v1.PolicyLimits;
import io.infrafabric.governor.v1.ViolationType;
import java.util.List;

/** Makes decisions of every kind, and makes them again from their records. */
public final class DecisionRules {
  private DecisionRules() {}

  /** What a policy makes of the facts of a recorded decision. */
  public static AdmissionRules.Decided again(PolicyDecision recorded, ActivePolicy policy) {
    return switch (recorded.getFactsCase()) {
      case CLAIM -> AdmissionRules.decide(policy, recorded.getClaim());
      case HELP -> new AdmissionRules.Decided(help(policy, recorded.getHelp()), false);
      case FAILURES -> new AdmissionRules.Decided(failures(policy.limits(), recorded.getFailures()), false);
      case FACTS_NOT_SET -> new AdmissionRules.Decided(List.of(), false);
    };
  }

  /** Whether as many swarms may help as are wanted. */
  public static List<PolicyFinding> help(ActivePolicy policy, HelpFacts facts) {
    int wanted = Math.toIntExact(facts.getWanted());
    int most = LimitRules.helpers(policy.limits(), wanted);
    return most == wanted
        ? List.of()
        : finding(ViolationType.VIOLATION_TYPE_SWARMS_PER_TASK, "max_swarms_per_task", "%d swarms are wanted, and %d may help at the same time".formatted(wanted, most));
  }

  /** Whether a breaker stays closed. */
  public static List<PolicyFinding> failures(PolicyLimits limits, FailureFacts facts) {
    int failures = Math.toIntExact(facts.getFailures());
    return LimitRules.trips(limits, failures)
        ? finding(ViolationType.VIOLATION_TYPE_FAILURES, "circuit_breaker_failure_threshold", "%d claims in a row have failed".formatted(failures))
        : List.of();
  }

  private static List<PolicyFinding> finding(ViolationType type, String rule, String detail) {
    return List.of(PolicyFinding.newBuilder().setType(type).setRule(rule).setDetail(detail).build());
  }

  /** The swarm that a decision is about. */
  public static String swarmOf(PolicyDecision decision) {
    return switch (decision.getFactsCase()) {
      case CLAIM -> decision.getClaim().getSwarm().getSwarmId();
      case HELP -> decision.getHelp().getSwarmId();
      case FAILURES -> decision.getFailures().getSwarmId();
      case FACTS_NOT_SET -> "";
    };
  }

  /** The task that a decision is about. */
  public static String taskOf(PolicyDecision decision) {
    return switch (decision.getFactsCase()) {
      case CLAIM -> decision.getClaim().getTask().getTaskId();
      case HELP -> decision.getHelp().getTaskId();
      case FAILURES -> decision.getFailures().getTaskId();
      case FACTS_NOT_SET -> "";
    };
  }
}
