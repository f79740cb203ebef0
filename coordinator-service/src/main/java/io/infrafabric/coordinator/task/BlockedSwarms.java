package io.infrafabric.coordinator.task;

import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** The swarms that hold a task of a plan which a blocker has stopped. Written by one thread, read by any. */
public final class BlockedSwarms {
  private final ConcurrentHashMap<SwarmId, Map<TaskId, String>> plans = new ConcurrentHashMap<>();

  /** Notes a parked task; answers what takes it out again. */
  Runnable enter(TaskId id, Task parked) {
    String plan = parked.getSpec().getPlanId();
    if (plan.isEmpty()) {
      return () -> {};
    }
    SwarmId swarm = new SwarmId(parked.getParked().getClaim().getSwarmId());
    plans.computeIfAbsent(swarm, s -> new ConcurrentHashMap<>()).put(id, plan);
    return () ->
        plans.computeIfPresent(
            swarm,
            (s, tasks) -> {
              tasks.remove(id);
              return tasks.isEmpty() ? null : tasks;
            });
  }

  /** Those swarms; a live view. */
  public Set<SwarmId> swarms() {
    return plans.keySet();
  }

  /** The plans in which a swarm is stopped. */
  public Set<String> plansOf(SwarmId swarm) {
    Map<TaskId, String> tasks = plans.get(swarm);
    return tasks == null ? Set.of() : tasks.values().stream().collect(Collectors.toUnmodifiableSet());
  }

  /** In which order a swarm is given ready work. */
  public WorkOrder orderOf(SwarmId swarm) {
    return new WorkOrder(plansOf(swarm));
  }
}
