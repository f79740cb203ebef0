package io.infrafabric.coordinator.task;

import io.infrafabric.coordinator.v1.TaskSpec;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * The ready tasks in order, in a lane for each requirement: who looks for work can leave out a whole lane at once, however many
 * tasks are in it. Written by one thread, read by any.
 */
final class ReadyTasks {
  private final ConcurrentHashMap<Requirement, Lane> lanes = new ConcurrentHashMap<>();
  /** The lanes by the place of their first task. */
  private final ConcurrentSkipListMap<ReadyTask.Place, Lane> heads = new ConcurrentSkipListMap<>();
  private final ReadyKinds kinds = new ReadyKinds();

  /** The tasks that want the same. */
  static final class Lane {
    final Requirement requirement;
    private final ReadyKinds.Slot slot;
    final ConcurrentSkipListMap<ReadyTask.Place, ReadyTask> tasks = new ConcurrentSkipListMap<>();
    private ReadyTask.Place head;
    private TaskSpec spec;

    private Lane(ReadyTask first, ReadyKinds.Slot slot) {
      this.slot = slot;
      requirement = first.requirement();
      spec = first.spec();
    }

    /** The task with what it has in common with the others of the lane kept once. */
    private ReadyTask shared(ReadyTask task) {
      if (!spec.equals(task.spec())) {
        spec = task.spec();
      }
      return task.with(spec, requirement);
    }
  }

  /** Puts a task in; answers it as it is kept. */
  ReadyTask add(ReadyTask task) {
    Lane lane = lanes.computeIfAbsent(task.requirement(), r -> new Lane(task, kinds.add(r)));
    ReadyTask kept = lane.shared(task);
    lane.tasks.put(kept.place(), kept);
    head(lane);
    return kept;
  }

  void remove(ReadyTask task) {
    Lane lane = lanes.get(task.requirement());
    if (lane != null) {
      lane.tasks.remove(task.place());
      head(lane);
      if (lane.tasks.isEmpty()) {
        kinds.remove(lane.requirement, lane.slot);
        lanes.remove(task.requirement());
      }
    }
  }

  /** There is no moment at which a lane that has tasks has no head. */
  private void head(Lane lane) {
    Map.Entry<ReadyTask.Place, ReadyTask> first = lane.tasks.firstEntry();
    ReadyTask.Place now = first == null ? null : first.getKey();
    ReadyTask.Place before = lane.head;
    if (now != null && !now.equals(before)) {
      heads.put(now, lane);
    }
    if (before != null && !before.equals(now)) {
      heads.remove(before);
    }
    lane.head = now;
  }

  boolean contains(ReadyTask task) {
    Lane lane = lanes.get(task.requirement());
    return lane != null && lane.tasks.containsKey(task.place());
  }

  ReadyKinds kinds() {
    return kinds;
  }

  Set<Requirement> requirements() {
    return lanes.keySet();
  }

  Iterable<ReadyTask> of(Requirement requirement) {
    Lane lane = lanes.get(requirement);
    return lane == null ? List.of() : lane.tasks.values();
  }

  /** Those of a plan; walks over all. */
  List<ReadyTask> of(String planId) {
    return lanes.values().stream().flatMap(lane -> lane.tasks.values().stream()).filter(task -> task.spec().getPlanId().equals(planId)).toList();
  }

  /** How many go before a place; walks over them. */
  int before(ReadyTask.Place place) {
    return lanes.values().stream().mapToInt(lane -> lane.tasks.headMap(place, false).size()).sum();
  }

  /** A walk over all of them. */
  ReadyWalk walk() {
    return new ReadyWalk(heads.entrySet().iterator(), List.of(), Optional.empty());
  }

  /** A walk over those after a place, in the lanes that another walk has left open and in those that begin after it. */
  ReadyWalk walk(ReadyTask.Place after, ReadyWalk other) {
    Iterator<Map.Entry<ReadyTask.Place, Lane>> rest = heads.tailMap(after, false).entrySet().iterator();
    return new ReadyWalk(rest, other.open(), Optional.of(after));
  }
}
