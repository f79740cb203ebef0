package io.infrafabric.coordinator.object;

import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import java.util.concurrent.CompletableFuture;

/** Knows who holds what. */
public interface Holders {
  /** Done when the swarm holds the task under that fence; otherwise the refusal that any report about the claim would get. */
  CompletableFuture<Void> held(TaskId task, SwarmId swarm, long fence);
}
