package io.infrafabric.governor.escalation;

import io.infrafabric.approval.ApprovalRules;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Approval;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.v1.Escalation;
import io.infrafabric.governor.v1.EscalationEffect;
import io.infrafabric.governor.v1.EscalationEffectState;
import io.infrafabric.governor.v1.EscalationType;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.Limits;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** What a decision about a task asks of the coordinator, and what its answers mean. */
final class EffectRules {
  /** Refusals that stand: the task has gone on without the decision. After any other it is tried again. */
  private static final Set<ErrorCode> FINAL =
      EnumSet.of(
          ErrorCode.ERROR_CODE_TASK_NOT_FOUND,
          ErrorCode.ERROR_CODE_TASK_ENDED,
          ErrorCode.ERROR_CODE_TASK_NOT_READY,
          ErrorCode.ERROR_CODE_BLOCKER_NOT_FOUND,
          ErrorCode.ERROR_CODE_INVALID_ARGUMENT);

  private EffectRules() {}

  /** What came of a try. */
  record Result(EscalationEffectState state, String detail) {
    static Result done(String detail) {
      return new Result(EscalationEffectState.ESCALATION_EFFECT_STATE_DONE, detail);
    }

    static Result refused(String detail) {
      return new Result(EscalationEffectState.ESCALATION_EFFECT_STATE_REFUSED, detail);
    }
  }

  /** What is known of the effect when it is decided: a task that is left in quarantine, or ready, is left by that alone. */
  static EscalationEffect atFirst(Escalation known, boolean approve, Instant now) {
    boolean leftQuarantined = known.getType() == EscalationType.ESCALATION_TYPE_TASK_QUARANTINED && !approve;
    boolean leftReady = isOfAReadyTask(known) && approve;
    return leftQuarantined || leftReady
        ? EscalationEffect.newBuilder()
            .setState(EscalationEffectState.ESCALATION_EFFECT_STATE_DONE)
            .setDetail(leftReady ? "task %s waits for a swarm that qualifies".formatted(known.getTaskId()) : "nothing is requeued")
            .setAt(Times.toProto(now))
            .build()
        : EscalationEffect.newBuilder().setState(EscalationEffectState.ESCALATION_EFFECT_STATE_PENDING).build();
  }

  /** Whether it is about a task for which nobody qualifies, and not about a blocker. */
  static boolean isOfAReadyTask(Escalation escalation) {
    return escalation.getType() == EscalationType.ESCALATION_TYPE_NOBODY_QUALIFIED && escalation.getBlockerId().isEmpty();
  }

  /** Who does it, under which request, and why. */
  static CoordinatorDoor.Deed deed(Escalation decided) {
    String reason = "escalation %s: %s".formatted(decided.getEscalationId(), decided.getDecisionReason());
    String said = isApproved(decided) ? reason : "rejected by %s, %s".formatted(decided.getPrincipal(), reason);
    return new CoordinatorDoor.Deed(
        MoneyRules.requestId(decided), decided.getPrincipal(), said.length() <= Limits.TEXT_CHARACTERS ? said : said.substring(0, Limits.TEXT_CHARACTERS));
  }

  private static boolean isApproved(Escalation decided) {
    return Stage.of(decided) instanceof Stage.Decided(boolean approved, String principal, String why) && approved;
  }

  /**
   * What a rejection has come to already; empty when the task still waits for its answer and is to be cancelled. A task that went on by
   * other means is left alone.
   */
  static Optional<Result> rejectionIsOver(Escalation decided, Task task) {
    boolean waits =
        decided.getType() == EscalationType.ESCALATION_TYPE_APPROVAL_GATE
            ? task.hasWaiting() && task.getWaiting().getAwaitsApproval()
            : isOfAReadyTask(decided) ? task.hasReady() : task.hasParked() && task.getParked().getBlockerIdsList().contains(decided.getBlockerId());
    if (waits) {
      return Optional.empty();
    }
    return Optional.of(
        task.hasCancelled()
            ? cancelled(task)
            : Result.refused("task %s has gone on and is %s".formatted(task.getSpec().getTaskId(), word(task))));
  }

  /** What an approval has come to; a gate that needs more of them still waits. */
  static Result approved(Task task) {
    String id = task.getSpec().getTaskId();
    return Result.done(
        task.getWaiting().getAwaitsApproval() && task.hasWaiting()
            ? "task %s waits for %s".formatted(id, ApprovalRules.waitsFor(task))
            : "task %s is approved by %s".formatted(id, ApprovalRules.by(task.getApproval())));
  }

  /** Why the approval of a person would change nothing about a task at its gate. */
  static Optional<Refusal> cannotApprove(Task task, String principal) {
    Approval given = Approval.newBuilder().setPrincipal(principal).build();
    if (!task.hasWaiting() || !task.getWaiting().getAwaitsApproval()) {
      return Optional.empty();
    }
    if (!ApprovalRules.counts(task, given)) {
      return Optional.of(
          Refusal.of(
              ErrorCode.ERROR_CODE_PERMISSION_DENIED,
              "%s has approved task %s already; it waits for %s".formatted(principal, task.getSpec().getTaskId(), ApprovalRules.waitsFor(task))));
    }
    return ApprovalRules.refused(task, given);
  }

  static Result cancelled(Task task) {
    return Result.done("task %s is cancelled".formatted(task.getSpec().getTaskId()));
  }

  static Result requeued(Escalation decided, int tasks) {
    return Result.done(
        decided.getPlanId().isEmpty()
            ? "task %s is requeued".formatted(decided.getTaskId())
            : "%d tasks of plan %s are requeued".formatted(tasks, decided.getPlanId()));
  }

  static Result resolved(Blocker blocker) {
    return Result.done("blocker %s is resolved by %s".formatted(blocker.getBlockerId(), blocker.getResolvedBy()));
  }

  /** What a refusal means; empty for failures that are none. */
  static Result failed(Optional<Refusal> refusal) {
    if (refusal.isPresent() && FINAL.contains(refusal.get().code())) {
      return Result.refused(refusal.get().message());
    }
    String why = refusal.map(known -> "the coordinator says " + known.reason()).orElse("the coordinator failed");
    return new Result(EscalationEffectState.ESCALATION_EFFECT_STATE_PENDING, why + "; it is tried again");
  }

  /** What became of a task that does not wait for approval any more. */
  static String passed(Task task) {
    String id = task.getSpec().getTaskId();
    if (task.hasApproval()) {
      return "task %s was approved by %s".formatted(id, ApprovalRules.by(task.getApproval()));
    }
    return task.hasWaiting() && task.getApprovalsCount() > 0
        ? "task %s was approved by %s".formatted(id, ApprovalRules.by(task.getApprovals(task.getApprovalsCount() - 1)))
        : "task %s is %s".formatted(id, word(task));
  }

  /** What became of a task for which nobody qualified. */
  static String wentOn(Task task) {
    String id = task.getSpec().getTaskId();
    return task.hasReady() ? "a swarm qualifies for task %s by now".formatted(id) : "task %s is %s".formatted(id, word(task));
  }

  static boolean isNotFound(Refusal refusal) {
    return refusal.code() == ErrorCode.ERROR_CODE_TASK_NOT_FOUND;
  }

  private static String word(Task task) {
    return task.getStateCase().name().toLowerCase(Locale.ROOT);
  }
}
