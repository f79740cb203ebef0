package io.infrafabric.coordinator.plan;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.task.OwnerRules;
import io.infrafabric.coordinator.task.SpecRules;
import io.infrafabric.coordinator.task.TaskStates;
import io.infrafabric.coordinator.v1.PhaseRecord;
import io.infrafabric.coordinator.v1.Ready;
import io.infrafabric.coordinator.v1.Stragglers;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.error.Violations;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.Limits;
import io.infrafabric.names.TaskId;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** When a task is a straggler, and what its twin is. Pure. */
final class StragglerRules {
  private static final int FACTOR_PERCENT_DEFAULT = 200;
  private static final int MIN_COMPLETED_DEFAULT = 5;
  private static final int FACTOR_PERCENT_LEAST = 101;
  private static final int FACTOR_PERCENT_MOST = 100_000;

  /** No twin is made of a task that has run for less: making it would take as long. */
  private static final Duration SHORTEST = Duration.ofSeconds(1);

  private StragglerRules() {}

  /** What becomes of a task and its twin. */
  sealed interface Next {
    /** Nothing: neither has ended, or both have. */
    record Rest() implements Next {}

    /** The twin was first: the task is completed by it. */
    record Adopt() implements Next {}

    /** The task has ended: nobody wants its twin. */
    record Cancel() implements Next {}
  }

  /** Notes what is wrong with the settings. */
  static void check(Violations wrong, Stragglers stragglers, String at) {
    int percent = stragglers.getFactorPercent();
    int completed = stragglers.getMinCompleted();
    wrong
        .check(
            percent == 0 || (percent >= FACTOR_PERCENT_LEAST && percent <= FACTOR_PERCENT_MOST),
            ErrorCode.ERROR_CODE_INVALID_ARGUMENT,
            at + "factor_percent",
            FACTOR_PERCENT_LEAST + " to " + FACTOR_PERCENT_MOST + " percent of the median, or 0 for " + FACTOR_PERCENT_DEFAULT)
        .check(
            completed >= 0 && completed <= Limits.CHILDREN_PER_MAPPING,
            ErrorCode.ERROR_CODE_INVALID_ARGUMENT,
            at + "min_completed",
            "1 to " + Limits.CHILDREN_PER_MAPPING + " completed tasks, or 0 for " + MIN_COMPLETED_DEFAULT);
  }

  /** The settings with every default filled in. */
  static Stragglers complete(Stragglers given) {
    return Stragglers.newBuilder()
        .setFactorPercent(given.getFactorPercent() == 0 ? FACTOR_PERCENT_DEFAULT : given.getFactorPercent())
        .setMinCompleted(given.getMinCompleted() == 0 ? MIN_COMPLETED_DEFAULT : given.getMinCompleted())
        .build();
  }

  /** The settings of a phase; empty where no twins are made. */
  static Optional<Stragglers> of(PhaseRecord phase) {
    return phase.hasStragglers() ? Optional.of(phase.getStragglers()) : Optional.empty();
  }

  /** How long a task may run before it is a straggler; empty while too few are completed to tell. */
  static Optional<Duration> limit(Stragglers stragglers, int completed, Optional<Duration> median) {
    if (completed < stragglers.getMinCompleted() || median.isEmpty()) {
      return Optional.empty();
    }
    Duration limit = median.get().multipliedBy(stragglers.getFactorPercent()).dividedBy(100);
    return Optional.of(limit.compareTo(SHORTEST) < 0 ? SHORTEST : limit);
  }

  /** The tasks that have run longer than the limit, longest first. */
  static List<TaskId> due(Map<TaskId, Instant> running, Duration limit, Instant now) {
    return running.entrySet().stream()
        .filter(run -> run.getValue().plus(limit).isBefore(now))
        .sorted(Comparator.comparing(Map.Entry<TaskId, Instant>::getValue).thenComparing(Map.Entry::getKey))
        .map(Map.Entry::getKey)
        .toList();
  }

  /** Whether a task may get a twin now: it is claimed for longer than the limit, never had one, and somebody besides its holder may have it. */
  static boolean mayHaveTwin(Task task, Duration limit, Instant now) {
    return task.hasClaimed()
        && task.getPlanPlace().getTwinned()
        && task.getTwinId().isEmpty()
        && Times.toInstant(task.getClaimed().getSince()).plus(limit).isBefore(now)
        && twin(task).getExcludeSwarmIdsCount() <= Limits.CAPABILITIES
        && OwnerRules.spec(task).getOwnerSwarmIdsCount() != 1;
  }

  /** The id of a task's twin: the same at every try, and of nobody else's making. */
  static TaskId twinId(String task) {
    byte[] digest = PlanRules.sha256(("twin of " + task).getBytes(StandardCharsets.UTF_8));
    return new TaskId("tw-" + HexFormat.of().formatHex(digest, 0, 13));
  }

  /** The same work, for anybody but the holder; approved with the task that it is the twin of. */
  private static TaskSpec twin(Task task) {
    TaskSpec.Builder twin = OwnerRules.spec(task).toBuilder().setTaskId(twinId(task.getSpec().getTaskId()).value()).clearNeedsApproval().clearApprovalsNeeded().clearApprovers().clearApproverSwarmIds();
    String holder = task.getClaimed().getSwarmId();
    return twin.getExcludeSwarmIdsList().contains(holder) ? twin.build() : twin.addExcludeSwarmIds(holder).build();
  }

  /** The twin of a claimed task, ready. It has no place in the plan, so that it counts for no phase. */
  static Task.Builder ready(Task task, Instant now) {
    TaskSpec spec = twin(task);
    return Task.newBuilder()
        .setSpec(spec)
        .setSpecDigest(SpecRules.digest(spec))
        .setCreatedAt(Times.toProto(now))
        .setTwinOf(task.getSpec().getTaskId())
        .setReady(Ready.newBuilder().setSince(Times.toProto(now)));
  }

  /** What follows from how a task and its twin are. */
  static Next next(Task task, Task twin) {
    if (TaskStates.isTerminal(task)) {
      return TaskStates.isTerminal(twin) ? new Next.Rest() : new Next.Cancel();
    }
    return twin.hasCompleted() ? new Next.Adopt() : new Next.Rest();
  }
}
