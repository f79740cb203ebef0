package io.infrafabric.coordinator.privacy;

import io.infrafabric.coordinator.plan.PhaseRules;
import io.infrafabric.coordinator.task.PushRules;
import io.infrafabric.coordinator.task.TaskStates;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.Cancelled;
import io.infrafabric.coordinator.v1.Claimed;
import io.infrafabric.coordinator.v1.Completed;
import io.infrafabric.coordinator.v1.Failed;
import io.infrafabric.coordinator.v1.Parked;
import io.infrafabric.coordinator.v1.PlanRecord;
import io.infrafabric.coordinator.v1.Quarantined;
import io.infrafabric.coordinator.v1.Ready;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSight;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.coordinator.v1.Waiting;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import java.time.Instant;
import java.util.Collection;
import java.util.Optional;

/**
 * How much of a task a swarm sees (docs/adr/0018). What it sees is put together from nothing, so that a field that is new is hidden until
 * somebody has thought about it. Pure.
 */
public final class PrivacyRules {
  private PrivacyRules() {}

  /** Whether the swarm holds the task now, be it parked. */
  public static boolean holds(Task task, SwarmId reader) {
    return TaskStates.claim(task).filter(claim -> isOf(claim, reader)).isPresent();
  }

  /** Whether the ready task is kept for the swarm, to which somebody has offered it. */
  public static boolean isOffered(Task task, SwarmId reader, Instant now) {
    return task.hasReady() && PushRules.isOpen(task.getPush(), now) && task.getPush().getSwarmId().equals(reader.value());
  }

  /** Whether the task waits for the swarm, among others, to sign it off. */
  public static boolean isToSignOff(Task task, SwarmId reader) {
    return task.hasWaiting() && task.getWaiting().getAwaitsApproval() && task.getSpec().getApproverSwarmIdsList().contains(reader.value());
  }

  /**
   * Whether a task comes right after another: it depends on it, or its phase comes right after that of the other.
   *
   * @param plan of the later task, if it is in one
   */
  public static boolean isRightAfter(Task later, Task earlier, Optional<PlanRecord> plan) {
    return later.getSpec().getDependsOnList().contains(earlier.getSpec().getTaskId())
        || (earlier.hasPlanPlace()
            && later.hasPlanPlace()
            && later.getSpec().getPlanId().equals(earlier.getSpec().getPlanId())
            && plan.filter(of -> PhaseRules.isAfter(of, later.getPlanPlace().getPhase(), earlier.getPlanPlace().getPhase())).isPresent());
  }

  /**
   * Whether a task is help for a task that the swarm holds.
   *
   * @param blocker that the task helps with
   * @param held by the swarm
   */
  public static boolean helps(Blocker blocker, SwarmId reader, Collection<TaskId> held) {
    return blocker.getSwarmId().equals(reader.value()) && held.contains(new TaskId(blocker.getTaskId()));
  }

  /** The task as a swarm sees it. */
  public static Task seen(Task task, SwarmId reader, TaskSight sight) {
    return switch (sight) {
      case TASK_SIGHT_WHOLE -> task;
      case TASK_SIGHT_SPEC -> outside(task, reader).setSpec(task.getSpec()).build();
      case TASK_SIGHT_RESULT -> withResult(task, reader);
      case TASK_SIGHT_OUTSIDE -> outside(task, reader).build();
      case TASK_SIGHT_UNSPECIFIED, UNRECOGNIZED -> throw new IllegalArgumentException("nobody sees " + sight);
    };
  }

  private static Task withResult(Task task, SwarmId reader) {
    Task.Builder seen = outside(task, reader);
    if (task.hasCompleted()) {
      seen.getCompletedBuilder().setResult(task.getCompleted().getResult());
      if (task.getCompleted().hasResultObject()) {
        seen.getCompletedBuilder().setResultObject(task.getCompleted().getResultObject());
      }
    }
    return seen.build();
  }

  /** Without its revision: that of a task that was just claimed is the fence. */
  private static Task.Builder outside(Task task, SwarmId reader) {
    TaskSpec spec = task.getSpec();
    Task.Builder seen =
        Task.newBuilder()
            .setSpec(
                TaskSpec.newBuilder()
                    .setTaskId(spec.getTaskId())
                    .addAllRequiredCapabilities(spec.getRequiredCapabilitiesList())
                    .setPriority(spec.getPriority()))
            .setCreatedAt(task.getCreatedAt())
            .setAttempt(task.getAttempt());
    task.getAttemptsList().stream().filter(attempt -> attempt.getSwarmId().equals(reader.value())).forEach(seen::addAttempts);
    switch (task.getStateCase()) {
      case WAITING -> seen.setWaiting(Waiting.getDefaultInstance());
      case READY -> seen.setReady(Ready.newBuilder().setSince(task.getReady().getSince()));
      case CLAIMED -> seen.setClaimed(holder(task.getClaimed()));
      case PARKED -> seen.setParked(Parked.newBuilder().setClaim(holder(task.getParked().getClaim())));
      case COMPLETED -> seen.setCompleted(Completed.newBuilder().setClaim(holder(task.getCompleted().getClaim())).setAt(task.getCompleted().getAt()));
      case FAILED -> seen.setFailed(Failed.newBuilder().setAt(task.getFailed().getAt()));
      case CANCELLED -> seen.setCancelled(Cancelled.newBuilder().setAt(task.getCancelled().getAt()));
      case QUARANTINED -> seen.setQuarantined(Quarantined.newBuilder().setAt(task.getQuarantined().getAt()));
      case STATE_NOT_SET -> seen.clearState();
    }
    return seen;
  }

  /** Who it is and since when; whoever wants to claim the task is told that too. */
  private static Claimed.Builder holder(Claimed claim) {
    return Claimed.newBuilder().setSwarmId(claim.getSwarmId()).setSince(claim.getSince());
  }

  private static boolean isOf(Claimed claim, SwarmId swarm) {
    return claim.getSwarmId().equals(swarm.value());
  }
}
