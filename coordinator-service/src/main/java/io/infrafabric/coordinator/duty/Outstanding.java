package io.infrafabric.coordinator.duty;

import io.infrafabric.names.TaskId;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Tasks about which something has to be done that shows at every look until it is: since when it does, and what is under way. Used by the thread of
 * one loop.
 */
public final class Outstanding {
  private final Deference deference;
  private final Map<TaskId, Instant> since = new HashMap<>();
  private final Set<TaskId> underWay = ConcurrentHashMap.newKeySet();

  public Outstanding(Deference deference) {
    this.deference = deference;
  }

  /**
   * Begins what is this replica's to do and is not under way; answers how much that was.
   *
   * @param steps what has to be done about each task that shows at this look
   */
  public int begin(Map<TaskId, Supplier<? extends CompletionStage<?>>> steps, Instant now) {
    since.keySet().retainAll(steps.keySet());
    int begun = 0;
    for (Map.Entry<TaskId, Supplier<? extends CompletionStage<?>>> step : steps.entrySet()) {
      TaskId task = step.getKey();
      if (deference.mayAct(since.computeIfAbsent(task, first -> now), now) && underWay.add(task)) {
        begun++;
        step.getValue().get().whenComplete((done, failure) -> underWay.remove(task));
      }
    }
    return begun;
  }
}
