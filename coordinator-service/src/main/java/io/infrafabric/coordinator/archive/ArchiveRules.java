package io.infrafabric.coordinator.archive;

import io.infrafabric.coordinator.task.StoredTask;
import io.infrafabric.coordinator.task.TaskStates;
import io.infrafabric.coordinator.v1.ArchivedTask;
import io.infrafabric.coordinator.v1.Commitment;
import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.coordinator.v1.PlanRecord;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.kit.time.Times;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Which tasks may leave etcd. Pure. */
public final class ArchiveRules {
  private ArchiveRules() {}

  /** What stands in the way of archiving an ended task. */
  public enum Hold {
    NONE,
    /** It has not ended, or goes on. */
    ALIVE,
    /** Its retention has not passed. */
    RETAINED,
    /** The relay has not told everybody yet. */
    UNPUBLISHED,
    /** Its plan is not over. */
    PLANNED,
    /** The retention of its plan, which is over, has not passed. */
    PLAN_RETAINED,
    /** Another task waits for it. */
    AWAITED
  }

  /** When a task of this end may go at the earliest. */
  static Instant due(Task ended, ArchiveSettings settings) {
    return endedAt(ended).plus(retention(ended, settings));
  }

  /** Whether a task stays until its plan is over; a filler does not count for it. */
  static boolean isCounted(Task task) {
    return task.hasPlanPlace() && !task.getPlanPlace().getFiller();
  }

  /** Whether a task of a plan goes before the plan is over: one that nobody requeued for so long that it is given up. */
  static boolean isGivenUp(Task task, Optional<PlanRecord> plan) {
    return task.hasQuarantined() && isCounted(task) && plan.filter(found -> !found.hasOverAt() && !found.hasCancellation()).isPresent();
  }

  /** When the tasks of a plan that is over may go at the earliest, so that its results can be read until then; empty before. */
  static Optional<Instant> due(PlanRecord plan, ArchiveSettings settings) {
    return plan.hasOverAt() ? Optional.of(Times.toInstant(plan.getOverAt()).plus(settings.retention())) : Optional.empty();
  }

  private static Duration retention(Task ended, ArchiveSettings settings) {
    return ended.hasQuarantined() ? settings.quarantine() : settings.retention();
  }

  /** When a task ended; never while it has not. */
  static Instant endedAt(Task task) {
    return switch (task.getStateCase()) {
      case COMPLETED -> Times.toInstant(task.getCompleted().getAt());
      case FAILED -> Times.toInstant(task.getFailed().getAt());
      case CANCELLED -> Times.toInstant(task.getCancelled().getAt());
      case QUARANTINED -> Times.toInstant(task.getQuarantined().getAt());
      case WAITING, READY, CLAIMED, PARKED, STATE_NOT_SET -> Instant.MAX;
    };
  }

  /**
   * Whether a task may go, as far as it can be told without its swarms' books.
   *
   * @param hurry room is short: the retention of what is final is cut, a quarantined task is left for its operator
   * @param published the revision up to which the relay has published
   * @param awaited whether a waiting task depends on it
   * @param plan that it is a task of; empty as well when that plan is not kept any more
   */
  static Hold hold(
      Task task, Instant now, ArchiveSettings settings, boolean hurry, long published, boolean awaited, Optional<PlanRecord> plan) {
    if (!TaskStates.isTerminal(task)) {
      return Hold.ALIVE;
    }
    boolean helps = !task.getSpec().getBlockerId().isEmpty(); // its blocker looks at it
    boolean cut = hurry && !task.hasQuarantined() && !helps;
    if (!cut && due(task, settings).isAfter(now)) {
      return Hold.RETAINED;
    }
    if (task.getRevision() > published) {
      return Hold.UNPUBLISHED;
    }
    if (isCounted(task) && plan.isPresent() && !isGivenUp(task, plan)) {
      if (!plan.get().hasOverAt()) {
        return Hold.PLANNED;
      }
      if (!cut && due(plan.get(), settings).orElseThrow().isAfter(now)) {
        return Hold.PLAN_RETAINED;
      }
    }
    return awaited ? Hold.AWAITED : Hold.NONE;
  }

  /** Whether every claim of this task is booked, so that the book of its swarm has none left. */
  static boolean isBooked(Task task, CommitmentsRecord book) {
    for (Commitment commitment : book.getCommitmentsList()) {
      if (commitment.getTaskId().equals(task.getSpec().getTaskId())) {
        return false;
      }
    }
    return true;
  }

  /** What remains in etcd. */
  static ArchivedTask line(StoredTask stored, Instant now) {
    Task task = stored.task();
    return ArchivedTask.newBuilder()
        .setTaskId(task.getSpec().getTaskId())
        .setSpecDigest(task.getSpecDigest())
        .setState(TaskStates.of(task))
        .setRevision(task.getRevision())
        .setEndedAt(Times.toProto(endedAt(task)))
        .setArchivedAt(Times.toProto(now))
        .setSubmitRequestId(stored.submitRequestId())
        .build();
  }
}
