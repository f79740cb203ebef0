package io.infrafabric.coordinator.claim;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.commitment.CommitmentRules;
import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.coordinator.v1.Priority;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.v1.AccountFacts;
import io.infrafabric.governor.v1.ClaimFacts;
import io.infrafabric.governor.v1.PolicyFinding;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.governor.v1.SwarmFacts;
import io.infrafabric.governor.v1.TaskFacts;
import io.infrafabric.policy.ActivePolicy;
import io.infrafabric.policy.AdmissionRules;
import io.infrafabric.policy.LimitRules;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Why the policy in force keeps a swarm from a claim, beside the capabilities that it asks for. Pure. */
public final class PolicyRules {
  private PolicyRules() {}

  /** The refusal, if the limits of the policy deny. */
  public static Optional<Refusal> overLimits(TaskSpec spec, ActivePolicy policy) {
    if (!policy.isReadable()) {
      return Optional.of(Refusal.of(ErrorCode.ERROR_CODE_RECORD_UNREADABLE, "the policy in force cannot be read: nothing is admitted until it is repaired"));
    }
    if (LimitRules.isTooDear(policy.limits(), spec.getMaxCostMicros())) {
      return Optional.of(
          Refusal.of(
                  ErrorCode.ERROR_CODE_POLICY_DENIED,
                  "the task may cost " + spec.getMaxCostMicros() + " micro-USD, and revision " + policy.revision() + " of the policy allows "
                      + policy.limits().getMaxCostPerTaskMicros() + " a task")
              .with("rule", "max_cost_per_task")
              .with("limit_micros", policy.limits().getMaxCostPerTaskMicros())
              .with("policy_revision", policy.revision()));
    }
    return Optional.empty();
  }

  /** The refusal, if conditions of the policy deny: it names all of them. */
  static Optional<Refusal> denied(TaskSpec spec, Admission admission) {
    List<PolicyFinding> findings = findings(spec, admission);
    if (findings.isEmpty()) {
      return Optional.empty();
    }
    String said = findings.stream().map(finding -> finding.getRule() + " (" + finding.getDetail() + ")").collect(Collectors.joining(", "));
    return Optional.of(
        Refusal.of(ErrorCode.ERROR_CODE_POLICY_DENIED, "revision " + admission.policy().revision() + " of the policy denies it: " + said)
            .with("rule", findings.stream().map(PolicyFinding::getRule).collect(Collectors.joining(",")))
            .with("policy_revision", admission.policy().revision()));
  }

  /** The conditions of the policy that do not hold, or cannot be evaluated. */
  public static List<PolicyFinding> findings(TaskSpec spec, Admission admission) {
    return admission.policy().conditions().isEmpty() ? List.of() : AdmissionRules.ofConditions(admission.policy(), facts(spec, admission));
  }

  /** All that a policy may look at. */
  public static ClaimFacts facts(TaskSpec spec, Admission admission) {
    Standing standing = admission.standing().orElseThrow();
    CommitmentsRecord open = CommitmentRules.withoutSettled(admission.commitments(), standing);
    long committed = CommitmentRules.totalMicros(open);
    return ClaimFacts.newBuilder()
        .setTask(task(spec))
        .setSwarm(
            SwarmFacts.newBuilder()
                .setSwarmId(standing.getSwarmId())
                .setModel(standing.getModel())
                .addAllCapabilities(standing.getCapabilitiesList())
                .setCostPerHourMicros(standing.getCostPerHourMicros())
                .setReputationMillis(standing.getReputationMillis())
                .setMaxConcurrent(ClaimRules.capacity(standing))
                .setConsecutiveFailures(standing.getConsecutiveFailures())
                .setOpenClaims(CommitmentRules.atWork(open))
                .putAllSkills(levels(standing.getSkillsValueMap())))
        .setAccount(
            AccountFacts.newBuilder()
                .setCreditMicros(standing.getCreditMicros())
                .setCommittedMicros(committed)
                .setAvailableMicros(standing.getCreditMicros() - committed))
        .build();
  }

  private static TaskFacts task(TaskSpec spec) {
    Priority priority = spec.getPriority() == Priority.PRIORITY_UNSPECIFIED ? Priority.PRIORITY_MEDIUM : spec.getPriority();
    return TaskFacts.newBuilder()
        .setTaskId(spec.getTaskId())
        .setTaskClass(spec.getTaskClass())
        .setPriority(priority.name().substring("PRIORITY_".length()).toLowerCase(Locale.ROOT))
        .addAllRequiredCapabilities(spec.getRequiredCapabilitiesList())
        .putAllLabels(spec.getLabelsMap())
        .setMaxCostMicros(spec.getMaxCostMicros())
        .setMinReputationMillis(spec.getMinReputationMillis())
        .setPlanId(spec.getPlanId())
        .setHelps(!spec.getBlockerId().isEmpty())
        .setMaxAttempts(spec.getMaxAttempts())
        .putAllMinSkills(levels(spec.getMinSkillsValueMap()))
        .build();
  }

  private static Map<String, Long> levels(Map<String, Integer> skills) {
    return skills.entrySet().stream().collect(Collectors.toMap(Map.Entry::getKey, skill -> skill.getValue().longValue()));
  }
}
