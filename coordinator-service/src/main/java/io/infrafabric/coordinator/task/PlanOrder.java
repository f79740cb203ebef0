package io.infrafabric.coordinator.task;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.error.Refusal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Orders tasks that are submitted together so that each comes after those it depends on. Pure; Kahn's algorithm. */
final class PlanOrder {
  private PlanOrder() {}

  /** Indexes in order, or the refusal that names two tasks of one id or a cycle. */
  record Result(List<Integer> order, Optional<Refusal> refusal) {}

  static Result of(List<TaskSpec> specs) {
    Map<String, Integer> byId = new HashMap<>();
    for (int i = 0; i < specs.size(); i++) {
      if (byId.putIfAbsent(specs.get(i).getTaskId(), i) != null) {
        String twice = specs.get(i).getTaskId();
        return refuse(
            Refusal.of(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "specs[" + i + "].task_id: task " + twice + " stands twice in the request")
                .withField("specs[" + i + "].task_id", "each id once"));
      }
    }
    Map<Integer, Integer> open = new LinkedHashMap<>();
    Map<Integer, List<Integer>> dependents = new HashMap<>();
    for (int i = 0; i < specs.size(); i++) {
      int inside = 0;
      for (String dependency : specs.get(i).getDependsOnList()) {
        Integer other = byId.get(dependency);
        if (other != null) {
          inside++;
          dependents.computeIfAbsent(other, o -> new ArrayList<>()).add(i);
        }
      }
      open.put(i, inside);
    }
    return sort(specs, open, dependents);
  }

  private static Result sort(List<TaskSpec> specs, Map<Integer, Integer> open, Map<Integer, List<Integer>> dependents) {
    Deque<Integer> free = new ArrayDeque<>();
    open.forEach((index, count) -> {
      if (count == 0) {
        free.add(index);
      }
    });
    List<Integer> order = new ArrayList<>();
    while (!free.isEmpty()) {
      int next = free.poll();
      order.add(next);
      for (int dependent : dependents.getOrDefault(next, List.of())) {
        if (open.merge(dependent, -1, Integer::sum) == 0) {
          free.add(dependent);
        }
      }
    }
    if (order.size() < specs.size()) {
      String cycle = String.join(", ", cycle(specs, open));
      return refuse(
          Refusal.of(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "these tasks wait for each other: " + cycle)
              .withField("specs", "take one dependency out of the cycle of " + cycle));
    }
    return new Result(order, Optional.empty());
  }

  /** Some tasks of which each waits for the next and the last for the first; at most ten are named. */
  private static List<String> cycle(List<TaskSpec> specs, Map<Integer, Integer> open) {
    Map<String, TaskSpec> left = new LinkedHashMap<>();
    open.forEach((index, count) -> {
      if (count > 0) {
        left.put(specs.get(index).getTaskId(), specs.get(index));
      }
    });
    List<String> path = new ArrayList<>();
    String next = left.keySet().iterator().next();
    Map<String, Integer> places = new HashMap<>();
    while (places.putIfAbsent(next, path.size()) == null) {
      path.add(next);
      // What is left waits for something that is left: otherwise it would have been sorted.
      next = left.get(next).getDependsOnList().stream().filter(left::containsKey).findFirst().orElseThrow();
    }
    List<String> cycle = path.subList(places.get(next), path.size());
    return cycle.subList(0, Math.min(10, cycle.size()));
  }

  private static Result refuse(Refusal refusal) {
    return new Result(List.of(), Optional.of(refusal));
  }
}
