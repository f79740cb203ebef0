package io.infrafabric.governor.escalation;

import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.governor.v1.Escalation;
import io.infrafabric.governor.v1.EscalationType;
import io.infrafabric.kit.grpc.Errors;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.EscalationId;
import io.infrafabric.names.TaskId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * What a person must decide about tasks, as the coordinator tells it, and which escalations about tasks have lost their cause.
 *
 * @param escalations to look through for those
 * @param unfit why those swarms that come nearest may not do a task, when none may; empty when one may
 */
record TaskCauses(CoordinatorDoor coordinator, ReplicaEscalations escalations, Function<Task, Optional<List<String>>> unfit) {
  /** Tasks that are asked for one by one in a look, because they do not wait for approval any more. */
  private static final int TASKS_ASKED = 64;

  /**
   * The gates of tasks.
   *
   * @param keep how long an escalation is kept after it was decided
   */
  CompletableFuture<Map<EscalationId, Source>> gates(Duration keep, Instant now) {
    return coordinator.awaitingApproval().thenCompose(waiting -> gates(waiting, keep, now));
  }

  private CompletableFuture<Map<EscalationId, Source>> gates(List<Task> waiting, Duration keep, Instant now) {
    Map<EscalationId, Source> sources = new ConcurrentHashMap<>();
    for (Task task : waiting) {
      CauseRules.gate(task).ifPresent(cause -> sources.put(cause.id(), new Source.Told(Optional.of(cause), "")));
    }
    CompletableFuture<?>[] asked =
        others(EscalationType.ESCALATION_TYPE_APPROVAL_GATE, sources, keep, now)
            .limit(TASKS_ASKED)
            .map(
                one ->
                    gone(
                        one,
                        sources,
                        task ->
                            new Source.Told(
                                CauseRules.gate(task).filter(cause -> cause.id().value().equals(one.getEscalationId())), EffectRules.passed(task))))
            .toArray(CompletableFuture[]::new);
    return CompletableFuture.allOf(asked).thenApply(done -> sources);
  }

  /**
   * Ready tasks for which nobody qualifies. Which those are the coordinator does not know: it tells what has been ready for long.
   *
   * @param keep how long an escalation is kept after it was decided
   */
  CompletableFuture<Map<EscalationId, Source>> unqualified(Duration least, Duration keep, Instant now) {
    return coordinator.unclaimed(least).thenCompose(told -> unqualified(told.tasks(), keep, now));
  }

  private CompletableFuture<Map<EscalationId, Source>> unqualified(List<Task> ready, Duration keep, Instant now) {
    Map<EscalationId, Source> sources = new ConcurrentHashMap<>();
    for (Task task : ready) {
      unqualified(task).ifPresent(cause -> sources.put(cause.id(), new Source.Told(Optional.of(cause), "")));
    }
    CompletableFuture<?>[] asked =
        others(EscalationType.ESCALATION_TYPE_NOBODY_QUALIFIED, sources, keep, now)
            .filter(EffectRules::isOfAReadyTask)
            .limit(TASKS_ASKED)
            .map(one -> gone(one, sources, task -> new Source.Told(unqualified(task), EffectRules.wentOn(task))))
            .toArray(CompletableFuture[]::new);
    return CompletableFuture.allOf(asked).thenApply(done -> sources);
  }

  private Optional<Cause> unqualified(Task task) {
    return task.hasReady() ? unfit.apply(task).map(nearest -> CauseRules.unqualified(task, nearest)) : Optional.empty();
  }

  /** Asks for a task that is not among those that were told: the list may be of a copy that is behind, or another one stands for it. */
  private CompletableFuture<Void> gone(Escalation one, Map<EscalationId, Source> sources, Function<Task, Source> look) {
    return coordinator
        .task(new TaskId(one.getTaskId()))
        .thenApply(look)
        .exceptionallyCompose(
            failure ->
                Errors.refusalOf(failure).filter(EffectRules::isNotFound).isPresent()
                    ? CompletableFuture.completedFuture(new Source.Told(Optional.empty(), "task " + one.getTaskId() + " is not there any more"))
                    : CompletableFuture.failedFuture(failure))
        .handle(
            (source, failure) -> {
              if (failure == null) {
                sources.put(new EscalationId(one.getEscalationId()), source);
              }
              return null;
            });
  }

  /**
   * Tasks that have used up their attempts. While there are more than the coordinator tells at once nothing is said to be over.
   *
   * @param keep how long an escalation is kept after it was decided
   */
  CompletableFuture<Map<EscalationId, Source>> quarantined(Duration keep, Instant now) {
    return coordinator
        .quarantined()
        .thenApply(
            told -> {
              Map<EscalationId, Source> sources = new ConcurrentHashMap<>();
              CauseRules.quarantined(told.tasks()).forEach(cause -> sources.put(cause.id(), new Source.Told(Optional.of(cause), "")));
              if (!told.more()) {
                List<Escalation> over = others(EscalationType.ESCALATION_TYPE_TASK_QUARANTINED, sources, keep, now).toList();
                over.forEach(
                    one -> sources.put(new EscalationId(one.getEscalationId()), new Source.Told(Optional.empty(), "what was quarantined first is not any more")));
              }
              return sources;
            });
  }

  /** Escalations of a type without a cause among these that are open, or were decided so long ago that they are forgotten. */
  private Stream<Escalation> others(EscalationType type, Map<EscalationId, Source> sources, Duration keep, Instant now) {
    return escalations
        .all()
        .filter(one -> one.getType() == type && !sources.containsKey(new EscalationId(one.getEscalationId())))
        .filter(one -> Stage.of(one) instanceof Stage.Open || one.hasDecidedAt() && !Times.toInstant(one.getDecidedAt()).plus(keep).isAfter(now));
  }
}
