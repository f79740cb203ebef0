package io.infrafabric.cli.demo.history;

import io.infrafabric.coordinator.v1.Claimed;
import io.infrafabric.coordinator.v1.Task;

/**
 * What one revision says of a task.
 *
 * @param taskId which
 * @param revision of etcd
 * @param phase what matters of its state
 * @param claimId the claim it is held under or was completed under; empty without one
 * @param swarmId who holds or held that claim
 * @param fence of that claim
 */
public record TaskVersion(String taskId, long revision, Phase phase, String claimId, String swarmId, long fence) {
  /** What matters of a state. */
  public enum Phase {
    /** Nobody holds it and it has not ended. */
    OPEN,
    /** Somebody holds it. */
    HELD,
    /** Ended with a result. */
    COMPLETED,
    /** Ended without a result. */
    ENDED,
    /** The key was deleted. */
    GONE
  }

  /** A version of the record of a task, as etcd has it at the revision. */
  public static TaskVersion of(Task task, long revision) {
    return switch (task.getStateCase()) {
      case WAITING, READY, STATE_NOT_SET -> of(task, revision, Phase.OPEN, Claimed.getDefaultInstance());
      case CLAIMED -> of(task, revision, Phase.HELD, task.getClaimed());
      case PARKED -> of(task, revision, Phase.HELD, task.getParked().getClaim());
      case COMPLETED -> of(task, revision, Phase.COMPLETED, task.getCompleted().getClaim());
      case FAILED, CANCELLED, QUARANTINED -> of(task, revision, Phase.ENDED, Claimed.getDefaultInstance());
    };
  }

  /** The key of a task is deleted. */
  public static TaskVersion gone(String taskId, long revision) {
    return new TaskVersion(taskId, revision, Phase.GONE, "", "", 0);
  }

  private static TaskVersion of(Task task, long revision, Phase phase, Claimed claim) {
    // A claim just made does not know its fence: it is the revision of this very version.
    long fence = phase == Phase.HELD && claim.getFence() == 0 ? revision : claim.getFence();
    return new TaskVersion(task.getSpec().getTaskId(), revision, phase, claim.getClaimId(), claim.getSwarmId(), fence);
  }
}
