package io.infrafabric.governor.escalation;

import io.infrafabric.names.EscalationId;
import java.util.List;

/** What a person types to decide, and what that does. */
final class InstructionRules {
  private InstructionRules() {}

  static List<String> of(Cause cause) {
    EscalationId id = cause.id();
    return switch (cause.type()) {
      case ESCALATION_TYPE_BREAKER_RESET ->
          List.of(
              approve(id, " [--grant USD]") + " : the breaker is reset; needs --grant when its money is spent",
              reject(id) + " : the swarm stays stopped");
      case ESCALATION_TYPE_BUDGET_REQUEST ->
          List.of(approve(id, " --grant USD") + " : the swarm gets the money", reject(id) + " : it gets none");
      case ESCALATION_TYPE_APPROVAL_GATE ->
          List.of(approve(id, "") + " : the task may be claimed", reject(id) + " : the task is cancelled");
      case ESCALATION_TYPE_NOBODY_QUALIFIED ->
          cause.about().blocker().isEmpty()
              ? List.of(approve(id, "") + " : the task waits for a swarm that qualifies", reject(id) + " : the task is cancelled")
              : List.of(approve(id, "") + " : the blocker is resolved and the task goes on", reject(id) + " : the task is cancelled");
      case ESCALATION_TYPE_TASK_QUARANTINED ->
          List.of(approve(id, "") + " : what is quarantined of it gets another round of attempts", reject(id) + " : it stays quarantined until it is archived");
      case ESCALATION_TYPE_UNSPECIFIED, UNRECOGNIZED -> List.of();
    };
  }

  private static String approve(EscalationId id, String more) {
    return "ifctl escalation approve " + id + " --by YOU --reason WHY" + more;
  }

  private static String reject(EscalationId id) {
    return "ifctl escalation reject " + id + " --by YOU --reason WHY";
  }
}
