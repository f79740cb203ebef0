package io.infrafabric.governor.escalation;

import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.escalation.EffectRules.Result;
import io.infrafabric.governor.v1.Escalation;
import io.infrafabric.kit.grpc.Errors;
import io.infrafabric.names.EscalationId;
import io.infrafabric.names.PlanId;
import io.infrafabric.names.TaskId;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;

/**
 * Carries out what was decided about tasks. Every try has the same request id, so that it is done once, whoever tries, and after a crash
 * between the decision and this.
 */
final class Effects {
  private final ReplicaEscalations escalations;
  private final CoordinatorDoor coordinator;
  private final Executor executor;
  private final InstantSource clock;
  private final Map<EscalationId, CompletableFuture<Optional<Escalation>>> underWay = new ConcurrentHashMap<>();

  /**
   * @param executor where the coordinator's answers are taken further
   */
  Effects(ReplicaEscalations escalations, CoordinatorDoor coordinator, Executor executor, InstantSource clock) {
    this.escalations = escalations;
    this.coordinator = coordinator;
    this.executor = executor;
    this.clock = clock;
  }

  /**
   * Why an approval by a person would change nothing about the task at its gate; empty when it would, or when the coordinator does not say, and then
   * it is found out when the decision is carried out.
   */
  CompletableFuture<Optional<Refusal>> cannotApprove(Escalation known, String principal) {
    return coordinator
        .task(task(known))
        .thenApply(found -> EffectRules.cannotApprove(found, principal))
        .exceptionally(unknown -> Optional.empty());
  }

  /** Tries once; the escalation afterwards. A try of this process that is under way is joined. */
  CompletableFuture<Optional<Escalation>> carryOut(EscalationId id) {
    CompletableFuture<Optional<Escalation>> mine = new CompletableFuture<>();
    CompletableFuture<Optional<Escalation>> theirs = underWay.putIfAbsent(id, mine);
    if (theirs != null) {
      return theirs.copy();
    }
    executor.execute(
        () ->
            attempt(id)
                .whenComplete(
                    (after, failure) -> {
                      underWay.remove(id, mine);
                      if (failure == null) {
                        mine.complete(after);
                      } else {
                        mine.completeExceptionally(failure);
                      }
                    }));
    return mine.copy();
  }

  private CompletableFuture<Optional<Escalation>> attempt(EscalationId id) {
    Optional<Escalation> known = escalations.get(id);
    if (known.filter(one -> Stage.of(one) instanceof Stage.Decided).isEmpty()) {
      return CompletableFuture.completedFuture(known);
    }
    return asked(known.get())
        .exceptionally(failure -> EffectRules.failed(Errors.refusalOf(failure)))
        .thenComposeAsync(
            result ->
                escalations.change(
                    id,
                    now ->
                        now.map(one -> EscalationRules.carriedOut(one, result.state(), result.detail(), clock.instant()))
                            .orElseGet(Turn.Keep::new)),
            executor);
  }

  private CompletableFuture<Result> asked(Escalation decided) {
    CoordinatorDoor.Deed deed = EffectRules.deed(decided);
    boolean approved = Stage.of(decided) instanceof Stage.Decided(boolean yes, String principal, String reason) && yes;
    return switch (decided.getType()) {
      case ESCALATION_TYPE_APPROVAL_GATE -> approved ? coordinator.approve(task(decided), deed).thenApply(EffectRules::approved) : cancelled(decided, deed);
      case ESCALATION_TYPE_NOBODY_QUALIFIED ->
          approved && decided.getBlockerId().isEmpty()
              ? CompletableFuture.completedFuture(Result.done("nothing is asked of the coordinator"))
              : approved
              ? coordinator.resolve(task(decided), decided.getBlockerId(), deed).thenApply(EffectRules::resolved)
              : cancelled(decided, deed);
      case ESCALATION_TYPE_TASK_QUARANTINED ->
          (decided.getPlanId().isEmpty() ? coordinator.requeueTask(task(decided), deed) : coordinator.requeuePlan(new PlanId(decided.getPlanId()), deed))
              .thenApply(tasks -> EffectRules.requeued(decided, tasks));
      // Done with the decision.
      case ESCALATION_TYPE_BREAKER_RESET, ESCALATION_TYPE_BUDGET_REQUEST, ESCALATION_TYPE_UNSPECIFIED, UNRECOGNIZED ->
          CompletableFuture.completedFuture(Result.refused("nothing is asked of the coordinator"));
    };
  }

  private static TaskId task(Escalation decided) {
    return new TaskId(decided.getTaskId());
  }

  private CompletableFuture<Result> cancelled(Escalation decided, CoordinatorDoor.Deed deed) {
    return coordinator.task(task(decided)).thenComposeAsync(found -> cancelled(decided, found, deed), executor);
  }

  private CompletableFuture<Result> cancelled(Escalation decided, Task found, CoordinatorDoor.Deed deed) {
    return EffectRules.rejectionIsOver(decided, found)
        .map(CompletableFuture::completedFuture)
        .orElseGet(() -> coordinator.cancel(task(decided), deed).thenApply(EffectRules::cancelled));
  }
}
