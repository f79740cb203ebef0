package io.infrafabric.coordinator.blocker;

import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.names.TaskId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Whether a task would wait for itself. A waiting task waits for its dependencies and for the phases before its own, a parked one for what
 * its blockers wait for; all others wait for nobody. Pure.
 */
final class WaitRules {
  /** Tasks that are looked at; their records are compared in the transaction, which has a limit. */
  static final int MOST = 100;

  private WaitRules() {}

  /** What a look along the waits finds. */
  sealed interface Finding {
    /** No way leads back; these were looked at. */
    record Clear(Set<TaskId> looked) implements Finding {}

    /** From the blocked task back to it. */
    record Cycle(List<TaskId> path) implements Finding {}

    /** A task that is not there. */
    record Unknown(TaskId task) implements Finding {}

    /** More than {@link #MOST} tasks are waited for. */
    record TooFar() implements Finding {}
  }

  /**
   * Looks from the tasks that a blocked task is to wait for along what those wait for.
   *
   * @param phases the tasks of the phases that have to be completed before a task
   */
  static Finding look(TaskId blocked, List<TaskId> waitsFor, Function<TaskId, Optional<Task>> tasks, Function<Task, List<TaskId>> phases) {
    Map<TaskId, TaskId> cameFrom = new HashMap<>();
    Set<TaskId> looked = new HashSet<>();
    Deque<TaskId> ahead = new ArrayDeque<>();
    for (TaskId task : waitsFor) {
      cameFrom.putIfAbsent(task, blocked);
      ahead.add(task);
    }
    while (!ahead.isEmpty()) {
      TaskId task = ahead.poll();
      if (task.equals(blocked)) {
        return new Finding.Cycle(way(blocked, cameFrom));
      }
      if (!looked.add(task)) {
        continue;
      }
      if (looked.size() > MOST) {
        return new Finding.TooFar();
      }
      Optional<Task> found = tasks.apply(task);
      if (found.isEmpty() && waitsFor.contains(task)) {
        return new Finding.Unknown(task);
      }
      for (TaskId next : found.map(other -> waitsFor(other, phases)).orElse(List.of())) {
        cameFrom.putIfAbsent(next, task);
        ahead.add(next);
      }
    }
    return new Finding.Clear(looked);
  }

  private static List<TaskId> way(TaskId blocked, Map<TaskId, TaskId> cameFrom) {
    List<TaskId> path = new ArrayList<>();
    path.add(blocked);
    for (TaskId at = cameFrom.get(blocked); !at.equals(blocked); at = cameFrom.get(at)) {
      path.addFirst(at);
    }
    path.addFirst(blocked);
    return path;
  }

  private static List<TaskId> waitsFor(Task task, Function<Task, List<TaskId>> phases) {
    return switch (task.getStateCase()) {
      case WAITING -> Stream.concat(task.getSpec().getDependsOnList().stream().map(TaskId::new), phases.apply(task).stream()).toList();
      case PARKED -> task.getParked().getWaitsList().stream().flatMap(wait -> wait.getTaskIdsList().stream()).map(TaskId::new).toList();
      case READY, CLAIMED, COMPLETED, FAILED, CANCELLED, QUARANTINED, STATE_NOT_SET -> List.of();
    };
  }
}
