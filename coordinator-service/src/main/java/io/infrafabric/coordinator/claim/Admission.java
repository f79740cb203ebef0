package io.infrafabric.coordinator.claim;

import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.coordinator.v1.SessionRecord;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.policy.ActivePolicy;
import java.util.Optional;

/**
 * What a claim is admitted by, beside the task.
 *
 * @param session empty when the swarm has none
 * @param sessionRevision etcd revision at which the session was opened
 * @param standing empty when the swarm is not registered, or not any more
 * @param commitments what the swarm has promised
 * @param policy the policy in force
 */
public record Admission(
    Optional<SessionRecord> session, long sessionRevision, Optional<Standing> standing, CommitmentsRecord commitments, ActivePolicy policy) {
  /** Whether work is offered to the swarm: it is alive, registered, and does not ask for its work itself. */
  public boolean isOffered() {
    return standing.isPresent() && session.isPresent() && !session.get().getPulls();
  }
}
