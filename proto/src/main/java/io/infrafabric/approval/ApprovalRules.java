package io.infrafabric.approval;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Approval;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.Violations;
import io.infrafabric.names.Ids;
import io.infrafabric.names.Limits;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Who may approve a task, and how many have to. Pure. */
public final class ApprovalRules {
  /** Approvals that a task may need. */
  public static final int MOST_NEEDED = 16;

  private ApprovalRules() {}

  /** How many have to approve. */
  public static int needed(TaskSpec spec) {
    return Math.max(1, spec.getApprovalsNeeded());
  }

  /** The same approval with whoever gave it as a name: a person's, or {@code swarm s4}. */
  public static String by(Approval approval) {
    return approval.getSwarmId().isEmpty() ? approval.getPrincipal() : "swarm " + approval.getSwarmId();
  }

  /** Whether who approves has done so before. */
  public static boolean counts(Task task, Approval given) {
    return Stream.concat(task.getApprovalsList().stream(), Stream.of(task.getApproval())).noneMatch(before -> by(before).equals(by(given)));
  }

  /** Why somebody may not approve a task. */
  public static Optional<Refusal> refused(Task task, Approval given) {
    TaskSpec spec = task.getSpec();
    boolean named =
        given.getSwarmId().isEmpty()
            ? isAnyPerson(spec) || spec.getApproversList().contains(given.getPrincipal())
            : spec.getApproverSwarmIdsList().contains(given.getSwarmId());
    if (named) {
      return Optional.empty();
    }
    String who = isAnyPerson(spec) ? "persons alone approve it" : "it is approved by " + String.join(", ", named(spec));
    return Optional.of(
        Refusal.of(ErrorCode.ERROR_CODE_PERMISSION_DENIED, by(given) + " may not approve task " + spec.getTaskId() + ": " + who)
            .with("task_id", spec.getTaskId()));
  }

  /** Whether a person who has not approved yet may. */
  public static boolean isForAPerson(Task task) {
    TaskSpec spec = task.getSpec();
    return isAnyPerson(spec)
        || spec.getApproversList().stream().anyMatch(person -> counts(task, Approval.newBuilder().setPrincipal(person).build()));
  }

  /** What a gate waits for: {@code 1 more of 2 approvals, by one of ada, swarm s4; approved by bob}. */
  public static String waitsFor(Task task) {
    TaskSpec spec = task.getSpec();
    if (needed(spec) == 1 && isAnyPerson(spec)) {
      return "a named person to approve it";
    }
    List<String> done = task.getApprovalsList().stream().map(ApprovalRules::by).toList();
    List<String> left = named(spec).stream().filter(name -> !done.contains(name)).toList();
    return "%d more of %d approvals, by %s%s"
        .formatted(
            needed(spec) - done.size(),
            needed(spec),
            isAnyPerson(spec) ? "named persons" : "any of " + String.join(", ", left),
            done.isEmpty() ? "" : "; approved by " + String.join(", ", done));
  }

  private static boolean isAnyPerson(TaskSpec spec) {
    return spec.getApproversCount() == 0 && spec.getApproverSwarmIdsCount() == 0;
  }

  private static List<String> named(TaskSpec spec) {
    List<String> names = new ArrayList<>(spec.getApproversList());
    spec.getApproverSwarmIdsList().forEach(swarm -> names.add("swarm " + swarm));
    return names;
  }

  /**
   * Notes a gate that cannot be.
   *
   * @param at where the task stands, ending in a dot unless it is empty
   */
  public static void check(Violations wrong, TaskSpec spec, String at) {
    int named = (int) spec.getApproversList().stream().distinct().count() + (int) spec.getApproverSwarmIdsList().stream().distinct().count();
    boolean most = Integer.compareUnsigned(spec.getApprovalsNeeded(), MOST_NEEDED) <= 0;
    wrong
        .check(most, ErrorCode.ERROR_CODE_INVALID_ARGUMENT, at + "approvals_needed", "1 to " + MOST_NEEDED)
        .check(
            !most || named == 0 || needed(spec) <= named,
            ErrorCode.ERROR_CODE_INVALID_ARGUMENT,
            at + "approvals_needed",
            "at most the " + named + " approvers that are named")
        .check(
            spec.getNeedsApproval() || spec.getApprovalsNeeded() == 0 && named == 0,
            ErrorCode.ERROR_CODE_INVALID_ARGUMENT,
            at + "needs_approval",
            "true, for approvals_needed, approvers and approver_swarm_ids")
        .check(spec.getApproversCount() <= Limits.CAPABILITIES, ErrorCode.ERROR_CODE_INVALID_ARGUMENT, at + "approvers", "at most " + Limits.CAPABILITIES)
        .check(
            spec.getApproverSwarmIdsCount() <= Limits.CAPABILITIES, ErrorCode.ERROR_CODE_INVALID_ARGUMENT, at + "approver_swarm_ids", "at most " + Limits.CAPABILITIES);
    for (int i = 0; i < spec.getApproversCount(); i++) {
      String person = spec.getApprovers(i);
      wrong.check(
          !person.isBlank() && person.length() <= Limits.LABEL_VALUE_CHARACTERS,
          ErrorCode.ERROR_CODE_INVALID_ARGUMENT,
          at + "approvers[" + i + "]",
          "a person as the token names it, 1 to " + Limits.LABEL_VALUE_CHARACTERS + " characters");
    }
    for (int i = 0; i < spec.getApproverSwarmIdsCount(); i++) {
      if (!Ids.isId(spec.getApproverSwarmIds(i))) {
        wrong.add(Ids.invalid(at + "approver_swarm_ids[" + i + "]", spec.getApproverSwarmIds(i)));
      }
    }
  }
}
