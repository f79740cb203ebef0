package io.infrafabric.coordinator.dispatch;

import io.infrafabric.names.SwarmId;
import java.util.LinkedList;
import java.util.List;
import java.util.ListIterator;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Swarms for the tasks of one requirement, in the order in which they are preferred, during one pass. Who has no room left is not
 * looked at again: within a pass nobody gets room back, and a pass over many tasks would look at all the full ones for each.
 */
final class Candidates {
  private final List<SwarmId> inOrder;
  private final Predicate<SwarmId> free;
  /** The first ones of the order, without those who are full. */
  private final LinkedList<SwarmId> seen = new LinkedList<>();
  private int next;

  Candidates(List<SwarmId> inOrder, Predicate<SwarmId> free) {
    this.inOrder = inOrder;
    this.free = free;
  }

  /** The first who has room and is wanted. */
  Optional<SwarmId> pick(Predicate<SwarmId> wanted) {
    ListIterator<SwarmId> each = seen.listIterator();
    while (each.hasNext() || next < inOrder.size()) {
      SwarmId swarm;
      if (each.hasNext()) {
        swarm = each.next();
      } else {
        swarm = inOrder.get(next++);
        each.add(swarm);
        each.previous();
        each.next(); // one that was added cannot be removed, one that was passed can
      }
      if (!free.test(swarm)) {
        each.remove();
      } else if (wanted.test(swarm)) {
        return Optional.of(swarm);
      }
    }
    return Optional.empty();
  }
}
