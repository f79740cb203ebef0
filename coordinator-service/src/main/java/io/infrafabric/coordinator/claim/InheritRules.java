package io.infrafabric.coordinator.claim;

import io.infrafabric.coordinator.task.TaskStates;
import io.infrafabric.coordinator.v1.Claimed;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.names.SwarmId;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** What becomes of a claim that a newer session of its holder inherits. Pure. */
final class InheritRules {
  /**
   * How often one claim may be inherited. The attempts of a task are bounded because a crash counts; who crashes on it and comes back in time
   * keeps the attempt, and must not do so for ever.
   */
  static final int MOST = 16;

  private InheritRules() {}

  /** The claim under which a swarm holds the task, parked or not. */
  static Optional<Claimed> claim(Task task, SwarmId swarm) {
    return TaskStates.claim(task).filter(claim -> claim.getSwarmId().equals(swarm.value()));
  }

  /** The task with its claim under another session; its fence is the revision that this version will have. Its clocks run on. */
  static Task inherited(Task held, long sessionRevision) {
    return with(held, claim -> claim.setFence(0).setSessionRevision(sessionRevision).setInherited(claim.getInherited() + 1));
  }

  /** The task as it reads once it is stored at a revision. */
  static Task fenced(Task inherited, long revision) {
    return with(inherited, claim -> claim.setFence(revision)).toBuilder().setRevision(revision).build();
  }

  /** Whether its holder has come back so often that the attempt counts as failed. A parked claim waits for others. */
  static boolean isWornOut(Task held) {
    return held.hasClaimed() && held.getClaimed().getInherited() > MOST;
  }

  private static Task with(Task held, UnaryOperator<Claimed.Builder> change) {
    Task.Builder next = held.toBuilder();
    change.apply(held.hasParked() ? next.getParkedBuilder().getClaimBuilder() : next.getClaimedBuilder());
    return next.build();
  }
}
