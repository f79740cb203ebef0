package io.infrafabric.coordinator.claim;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.error.Refusal;
import io.infrafabric.policy.ActivePolicy;
import io.infrafabric.policy.LimitRules;
import java.util.Optional;

/** Why the policy in force keeps a swarm from a claim, beside the capabilities that it asks for. Pure. */
public final class PolicyRules {
  private PolicyRules() {}

  /** The refusal, if the policy denies. */
  public static Optional<Refusal> denied(TaskSpec spec, ActivePolicy policy) {
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
}
