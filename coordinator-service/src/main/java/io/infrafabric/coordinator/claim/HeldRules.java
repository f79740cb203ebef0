package io.infrafabric.coordinator.claim;

import io.infrafabric.coordinator.v1.Claimed;
import io.infrafabric.coordinator.v1.Parked;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.governor.v1.OpenClaims;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.kit.time.Times;
import io.infrafabric.policy.BreakerPolicy;
import io.infrafabric.policy.StopRules;
import java.time.Instant;
import java.util.Optional;

/** What becomes of a task that a swarm holds when a breaker keeps the swarm from it, as the policy says. Pure. */
final class HeldRules {
  private HeldRules() {}

  /** The next step. */
  sealed interface Next {
    /** Nothing. */
    record Rest() implements Next {}

    /** The claim is kept, with its fence, and its clocks stop. */
    record Park(String why) implements Next {}

    /** The holder goes on, or its claim can be taken back. */
    record Resume(String why) implements Next {}

    /** The claim ends; the task is tried again by others. */
    record Revoke(String why) implements Next {}
  }

  /**
   * Decides by what is there now, whatever was done before.
   *
   * @param standing of the holder; empty when it is not registered any more: what it holds may end
   * @param lives whether the holder has the session, or its heir, under which it claimed: a claim of a dead one is taken back and not parked
   */
  static Next next(Task task, Optional<Standing> standing, boolean lives, BreakerPolicy policy) {
    return task.hasClaimed() ? ofClaimed(task, standing, lives, policy) : ofParked(task, standing, lives, policy);
  }

  private static Next ofClaimed(Task task, Optional<Standing> standing, boolean lives, BreakerPolicy policy) {
    Optional<StopRules.Stop> stop = standing.flatMap(found -> StopRules.ofHeld(found, task.getSpec().getRequiredCapabilitiesList()));
    if (stop.isEmpty()) {
      return new Next.Rest();
    }
    String why = stop.get().sentence(task.getClaimed().getSwarmId());
    return switch (policy.openClaims()) {
      case OPEN_CLAIMS_PARK -> lives ? new Next.Park(why) : new Next.Rest();
      case OPEN_CLAIMS_REVOKE -> new Next.Revoke(why);
      case OPEN_CLAIMS_FINISH, OPEN_CLAIMS_UNSPECIFIED, UNRECOGNIZED -> new Next.Rest();
    };
  }

  private static Next ofParked(Task task, Optional<Standing> standing, boolean lives, BreakerPolicy policy) {
    if (!task.getParked().getByBreaker()) {
      return new Next.Rest();
    }
    String swarm = task.getParked().getClaim().getSwarmId();
    if (!lives) {
      return new Next.Resume("the session of swarm " + swarm + " ended");
    }
    Optional<StopRules.Stop> stop = standing.flatMap(found -> StopRules.ofParked(found, task.getSpec().getRequiredCapabilitiesList()));
    if (stop.isEmpty()) {
      return new Next.Resume("the breaker of swarm " + swarm + " is closed");
    }
    return policy.openClaims() == OpenClaims.OPEN_CLAIMS_PARK ? new Next.Rest() : new Next.Resume("the policy parks nothing any more");
  }

  /** The task stopped; its holder keeps claim and fence. */
  static Task parked(Task task) {
    return task.toBuilder().setParked(Parked.newBuilder().setClaim(task.getClaimed()).setByBreaker(true)).build();
  }

  /** The task without the breaker in its way; claimed again, with its clocks begun anew, unless a blocker stops it still. */
  static Task resumed(Task task, Instant now) {
    Parked parked = task.getParked().toBuilder().clearByBreaker().build();
    if (parked.getBlockerIdsCount() > 0) {
      return task.toBuilder().setParked(parked).build();
    }
    Claimed claim = parked.getClaim().toBuilder().setProgressAt(Times.toProto(now)).build();
    return task.toBuilder().setClaimed(claim).build();
  }
}
