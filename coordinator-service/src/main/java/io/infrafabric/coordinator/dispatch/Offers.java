package io.infrafabric.coordinator.dispatch;

import io.infrafabric.coordinator.task.ReadyTask;
import io.infrafabric.names.SwarmId;
import java.time.Instant;

/** The port to the swarms' doorbells. */
public interface Offers {
  /**
   * Rings one swarm for a task; lost without harm.
   *
   * @param timing what its time would say
   */
  void ring(ReadyTask task, SwarmId swarm, Instant until, PushTiming timing);
}
