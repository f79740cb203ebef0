package io.infrafabric.coordinator.task;

import java.util.Comparator;
import java.util.Set;

/**
 * In which order a swarm is given ready work. Most get it by place, fillers last. One that a blocker has stopped in a plan (O3) gets help for blockers and
 * what else is ready of that plan, then the fillers which that plan has for the purpose, and only then what has nothing to do with it. Pure.
 *
 * @param stoppedIn plans in which the swarm is stopped
 */
public record WorkOrder(Set<String> stoppedIn) implements Comparator<ReadyTask> {
  private static final int FIRST = 0;
  private static final int FILLER = 1;
  private static final int UNRELATED = 2;

  @Override
  public int compare(ReadyTask one, ReadyTask other) {
    int steps = Integer.compare(step(one), step(other));
    return steps == 0 ? one.place().compareTo(other.place()) : steps;
  }

  private int step(ReadyTask task) {
    if (stoppedIn.isEmpty() || !task.spec().getBlockerId().isEmpty()) {
      return FIRST;
    }
    if (!stoppedIn.contains(task.spec().getPlanId())) {
      return UNRELATED;
    }
    return task.requirement().filler() ? FILLER : FIRST;
  }

  /** Whether only the place decides on the task. */
  public boolean isFirst(ReadyTask task) {
    return step(task) == FIRST;
  }

  /** Whether it is a filler of a plan in which the swarm is stopped. */
  public boolean isOwnFiller(ReadyTask task) {
    return step(task) == FILLER;
  }

  /** Whether such a filler goes before the task. */
  public boolean isAfterFillers(ReadyTask task) {
    return step(task) == UNRELATED;
  }
}
