package io.infrafabric.coordinator.plan;

import io.infrafabric.coordinator.v1.TaskState;
import java.util.concurrent.atomic.AtomicIntegerArray;

/** Tasks of one phase by state. Written by one thread, read by any. */
final class PhaseCounts {
  private final AtomicIntegerArray byState = new AtomicIntegerArray(TaskState.values().length);

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
