package io.infrafabric.coordinator.task;

import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The tasks that are parked because a breaker of their holder is open. Fed by the index, read by any thread. */
public final class StoppedTasks {
  private final ConcurrentHashMap<SwarmId, Set<TaskId>> byHolder = new ConcurrentHashMap<>();

  /** Takes a parked task in; answers what to do when it is parked no more, or otherwise. */
  Runnable enter(TaskId id, Task task, Runnable uncount) {
    if (!task.getParked().getByBreaker()) {
      return uncount;
    }
    SwarmId holder = new SwarmId(task.getParked().getClaim().getSwarmId());
    byHolder.computeIfAbsent(holder, swarm -> ConcurrentHashMap.newKeySet()).add(id);
    return () -> {
      uncount.run();
      byHolder.computeIfPresent(
          holder,
          (swarm, tasks) -> {
            tasks.remove(id);
            return tasks.isEmpty() ? null : tasks;
          });
    };
  }

  /** Swarms that hold some. */
  public Set<SwarmId> holders() {
    return byHolder.keySet();
  }

  /** Those of a swarm; a live view. */
  public Set<TaskId> of(SwarmId swarm) {
    return byHolder.getOrDefault(swarm, Set.of());
  }
}
