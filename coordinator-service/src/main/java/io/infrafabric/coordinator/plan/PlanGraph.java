package io.infrafabric.coordinator.plan;

import io.infrafabric.coordinator.v1.Phase;
import io.infrafabric.coordinator.v1.Plan;
import io.infrafabric.coordinator.v1.TaskSpec;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What waits for what in a plan: its tasks, and a begin and an end of each phase, so that a phase of many tasks after another
 * costs as many edges as there are tasks and not their product. Pure.
 */
final class PlanGraph {
  /** What a task without an expected duration weighs, and a phase whose tasks are not known yet. */
  static final long DEFAULT_MILLIS = 60_000;

  private final List<String> names = new ArrayList<>();
  private final List<Long> weights = new ArrayList<>();
  private final List<List<Integer>> waitsFor = new ArrayList<>();
  private final int tasks;

  /**
   * @param plan complete ({@link PlanRules#complete}), with known phases in every {@code after}
   */
  PlanGraph(Plan plan) {
    Map<String, Integer> byTask = new HashMap<>();
    for (Phase phase : plan.getPhasesList()) {
      for (TaskSpec spec : phase.getTasksList()) {
        byTask.put(spec.getTaskId(), node(spec.getTaskId(), millis(spec)));
      }
    }
    tasks = names.size();
    Map<String, Integer> begins = new HashMap<>();
    Map<String, Integer> ends = new HashMap<>();
    for (Phase phase : plan.getPhasesList()) {
      begins.put(phase.getName(), node("phase " + phase.getName(), phase.getMapped() ? DEFAULT_MILLIS : 0));
      ends.put(phase.getName(), node("", 0));
    }
    for (Phase phase : plan.getPhasesList()) {
      int begin = begins.get(phase.getName());
      int end = ends.get(phase.getName());
      phase.getAfterList().forEach(before -> waitsFor.get(begin).add(ends.get(before)));
      waitsFor.get(end).add(begin);
      for (TaskSpec spec : phase.getTasksList()) {
        int task = byTask.get(spec.getTaskId());
        waitsFor.get(task).add(begin);
        waitsFor.get(end).add(task);
        spec.getDependsOnList().stream().map(byTask::get).filter(other -> other != null).forEach(waitsFor.get(task)::add);
      }
    }
  }

  private int node(String name, long weight) {
    names.add(name);
    weights.add(weight);
    waitsFor.add(new ArrayList<>());
    return names.size() - 1;
  }

  private static long millis(TaskSpec spec) {
    return spec.hasExpectedDuration()
        ? spec.getExpectedDuration().getSeconds() * 1_000 + spec.getExpectedDuration().getNanos() / 1_000_000
        : DEFAULT_MILLIS;
  }

  /** Every node after those it waits for; shorter than there are nodes when some wait for each other (Kahn's algorithm). */
  private List<Integer> order() {
    int[] open = new int[names.size()];
    List<List<Integer>> dependents = new ArrayList<>();
    names.forEach(name -> dependents.add(new ArrayList<>()));
    ArrayDeque<Integer> free = new ArrayDeque<>();
    for (int node = 0; node < open.length; node++) {
      open[node] = waitsFor.get(node).size();
      for (int other : waitsFor.get(node)) {
        dependents.get(other).add(node);
      }
      if (open[node] == 0) {
        free.add(node);
      }
    }
    List<Integer> order = new ArrayList<>(open.length);
    while (!free.isEmpty()) {
      int next = free.poll();
      order.add(next);
      for (int dependent : dependents.get(next)) {
        if (--open[dependent] == 0) {
          free.add(dependent);
        }
      }
    }
    return order;
  }

  /** Indexes of the tasks, in the order of the plan, each after those it waits for. */
  List<Integer> taskOrder() {
    return order().stream().filter(node -> node < tasks).toList();
  }

  /**
   * Some that wait for each other: each for the next, and the last, which is the first again, closes the circle. Phases are
   * named too, because a task also waits for the phases before its own.
   */
  Optional<List<String>> cycle() {
    List<Integer> order = order();
    if (order.size() == names.size()) {
      return Optional.empty();
    }
    boolean[] sorted = new boolean[names.size()];
    order.forEach(node -> sorted[node] = true);
    int node = 0;
    while (sorted[node]) {
      node++;
    }
    List<Integer> path = new ArrayList<>();
    Map<Integer, Integer> places = new HashMap<>();
    while (places.putIfAbsent(node, path.size()) == null) {
      path.add(node);
      // What is left waits for something that is left: otherwise it would have been sorted.
      node = waitsFor.get(node).stream().filter(other -> !sorted[other]).findFirst().orElseThrow();
    }
    List<String> circle = new ArrayList<>(path.subList(places.get(node), path.size()).stream().map(names::get).filter(name -> !name.isEmpty()).toList());
    circle.add(circle.getFirst());
    return Optional.of(circle);
  }

  /** Ids of the tasks on the longest way through a plan without cycles, in order; of ways of one length the first of the plan. */
  List<String> criticalPath() {
    long[] length = new long[names.size()];
    int[] before = new int[names.size()];
    Arrays.fill(before, -1);
    int last = -1;
    for (int node : order()) {
      for (int other : waitsFor.get(node)) {
        if (before[node] < 0 || length[other] > length[before[node]] || (length[other] == length[before[node]] && other < before[node])) {
          before[node] = other;
        }
      }
      length[node] = weights.get(node) + (before[node] < 0 ? 0 : length[before[node]]);
      if (last < 0 || length[node] > length[last] || (length[node] == length[last] && node < last)) {
        last = node;
      }
    }
    List<String> path = new ArrayList<>();
    for (int node = last; node >= 0; node = before[node]) {
      if (node < tasks) {
        path.addFirst(names.get(node));
      }
    }
    return path;
  }
}
