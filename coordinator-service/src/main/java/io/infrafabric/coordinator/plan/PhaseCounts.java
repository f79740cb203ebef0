package io.infrafabric.coordinator.plan;

import io.infrafabric.coordinator.v1.TaskState;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicIntegerArray;

/** Tasks of one phase by state, and by the swarm that has them where they are shared out. Written by one thread, read by any. */
final class PhaseCounts {
  private final AtomicIntegerArray byState = new AtomicIntegerArray(TaskState.values().length);

  private final Map<String, Integer> taken = new ConcurrentHashMap<>();

  /** Notes that a swarm has, or had, one more or less of the tasks. */
  void take(String swarm, int delta) {
    taken.merge(swarm, delta, (before, more) -> before + more == 0 ? null : Integer.valueOf(before + more));
  }

  /** How many tasks each swarm has or has completed. */
  Map<String, Integer> taken() {
    return Map.copyOf(taken);
  }

  int ready() {
    return of(TaskState.TASK_STATE_READY);
  }

  void add(TaskState state, int delta) {
    byState.addAndGet(state.ordinal(), delta);
  }

  int all() {
    return of(TaskState.values());
  }

  int of(TaskState... states) {
    int sum = 0;
    for (TaskState state : states) {
      sum += byState.get(state.ordinal());
    }
    return sum;
  }
}
