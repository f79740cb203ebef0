package io.infrafabric.coordinator.session;

import io.infrafabric.coordinator.v1.Offer;
import io.infrafabric.names.SwarmId;
import java.util.List;

/** The port to what a swarm is told in the answer to its heartbeat. */
@FunctionalInterface
public interface Reminder {
  /** Tasks that are offered to the swarm again, few; must be quick. */
  List<Offer> of(SwarmId swarm);
}
