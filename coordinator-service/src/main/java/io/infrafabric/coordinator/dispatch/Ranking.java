package io.infrafabric.coordinator.dispatch;

import io.infrafabric.coordinator.task.Requirement;
import io.infrafabric.names.SwarmId;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The port to the governor: who should do it, best first. */
public interface Ranking {
  /** Swarms named at once; there may be more when there are so many. */
  int MOST = 1_000;

  /** The swarms that qualify, at most {@link #MOST}. */
  CompletableFuture<List<SwarmId>> rank(Requirement requirement);
}
