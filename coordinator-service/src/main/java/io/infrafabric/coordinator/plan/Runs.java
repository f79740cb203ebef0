package io.infrafabric.coordinator.plan;

import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.TaskId;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;

/** How long the tasks of one phase run, and took. Written by one thread, read by any. */
final class Runs {
  /** The tasks that are claimed and have no twin, with since when. */
  private final Map<TaskId, Instant> running = new ConcurrentHashMap<>();

  /** How many completed tasks took how many milliseconds. */
  private final ConcurrentSkipListMap<Long, Integer> took = new ConcurrentSkipListMap<>();

  /** Notes a task as it is; what is returned takes it back. */
  Runnable enter(Task task) {
    if (task.hasClaimed() && task.getTwinId().isEmpty()) {
      TaskId id = new TaskId(task.getSpec().getTaskId());
      running.put(id, Times.toInstant(task.getClaimed().getSince()));
      return () -> running.remove(id);
    }
    if (task.hasCompleted()) {
      Instant since = Times.toInstant(task.getCompleted().getClaim().getSince());
      long millis = Math.max(0, Duration.between(since, Times.toInstant(task.getCompleted().getAt())).toMillis());
      count(millis, 1);
      return () -> count(millis, -1);
    }
    return () -> {};
  }

  private void count(long millis, int delta) {
    took.merge(millis, delta, (before, more) -> before + more == 0 ? null : Integer.valueOf(before + more));
  }

  boolean areRunning() {
    return !running.isEmpty();
  }

  /** The tasks that run, with since when; a live view. */
  Map<TaskId, Instant> running() {
    return running;
  }

  /** How many tasks are completed. */
  int completed() {
    return took.values().stream().mapToInt(Integer::intValue).sum();
  }

  /** The time that half of the completed tasks took at most; the lower of two. Empty while none is completed. */
  Optional<Duration> median() {
    int half = (completed() + 1) / 2;
    int seen = 0;
    for (Map.Entry<Long, Integer> some : took.entrySet()) {
      seen += some.getValue();
      if (seen >= half) {
        return Optional.of(Duration.ofMillis(some.getKey()));
      }
    }
    return Optional.empty();
  }
}
