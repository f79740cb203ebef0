package io.infrafabric.coordinator.claim;

import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.coordinator.v1.SessionRecord;
import io.infrafabric.governor.v1.Standing;
import java.util.Optional;

/**
 * What a claim is admitted by, beside the task.
 *
 * @param session empty when the swarm has none
 * @param sessionRevision etcd revision at which the session was opened
 * @param standing empty when the swarm is not registered
 * @param commitments what the swarm has promised
 * @param uncounted of its open claims, so many take up no room: for a filler those that blockers have stopped
 */
public record Admission(
    Optional<SessionRecord> session, long sessionRevision, Optional<Standing> standing, CommitmentsRecord commitments, int uncounted) {
  /** One in which every open claim counts. */
  public Admission(Optional<SessionRecord> session, long sessionRevision, Optional<Standing> standing, CommitmentsRecord commitments) {
    this(session, sessionRevision, standing, commitments, 0);
  }

  /** The same beside so many claims that take up no room. */
  public Admission besides(int parked) {
    return new Admission(session, sessionRevision, standing, commitments, parked);
  }
}
