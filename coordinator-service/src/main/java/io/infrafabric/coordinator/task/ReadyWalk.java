package io.infrafabric.coordinator.task;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * Walks over ready tasks, first to be done first. All that want the same as the last one can be left out from there on. What comes or
 * goes meanwhile is met or not. Used by one thread.
 */
public final class ReadyWalk {
  private final Iterator<Map.Entry<ReadyTask.Place, ReadyTasks.Lane>> heads;
  private final PriorityQueue<Cursor> cursors = new PriorityQueue<>(Comparator.comparing((Cursor cursor) -> cursor.task.place()));
  private final Set<Requirement> met = new HashSet<>();
  private final Optional<ReadyTask.Place> after;
  private Map.Entry<ReadyTask.Place, ReadyTasks.Lane> nextHead;
  private Cursor last;

  private static final class Cursor {
    final ReadyTasks.Lane lane;
    final Iterator<ReadyTask> rest;
    ReadyTask task;

    Cursor(ReadyTasks.Lane lane, Iterator<ReadyTask> rest) {
      this.lane = lane;
      this.rest = rest;
    }

    boolean advance() {
      task = rest.hasNext() ? rest.next() : null;
      return task != null;
    }
  }

  /**
   * @param heads lanes by the place of their first task
   * @param further lanes that are walked over besides
   * @param after only tasks after this place
   */
  ReadyWalk(Iterator<Map.Entry<ReadyTask.Place, ReadyTasks.Lane>> heads, Collection<ReadyTasks.Lane> further, Optional<ReadyTask.Place> after) {
    this.heads = heads;
    this.after = after;
    further.forEach(this::enter);
    pull();
  }

  private void pull() {
    nextHead = heads.hasNext() ? heads.next() : null;
  }

  private void enter(ReadyTasks.Lane lane) {
    if (met.add(lane.requirement)) {
      Cursor cursor = new Cursor(lane, after.map(place -> lane.tasks.tailMap(place, false)).orElse(lane.tasks).values().iterator());
      if (cursor.advance()) {
        cursors.add(cursor);
      }
    }
  }

  /** The next task; empty at the end. */
  public Optional<ReadyTask> next() {
    if (last != null && last.advance()) {
      cursors.add(last);
    }
    while (nextHead != null && (cursors.isEmpty() || nextHead.getKey().compareTo(cursors.peek().task.place()) < 0)) {
      enter(nextHead.getValue());
      pull();
    }
    last = cursors.poll();
    return Optional.ofNullable(last).map(cursor -> cursor.task);
  }

  /** Meets no more tasks that want what the last one wants. */
  public void leaveOut() {
    last = null;
  }

  /** The lanes that it has begun with and neither come to the end of nor left out. */
  List<ReadyTasks.Lane> open() {
    List<ReadyTasks.Lane> open = new ArrayList<>();
    cursors.forEach(cursor -> open.add(cursor.lane));
    if (last != null && last.rest.hasNext()) {
      open.add(last.lane);
    }
    return open;
  }
}
