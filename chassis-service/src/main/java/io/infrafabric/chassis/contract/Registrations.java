package io.infrafabric.chassis.contract;

import io.infrafabric.names.SwarmId;
import java.util.List;

/** Who is registered, as the governor says. */
@FunctionalInterface
public interface Registrations {
  /**
   * The capabilities that the swarm is registered for.
   *
   * @throws io.infrafabric.error.RefusedException SWARM_NOT_FOUND or UNAVAILABLE
   */
  List<String> capabilities(SwarmId swarm);
}
