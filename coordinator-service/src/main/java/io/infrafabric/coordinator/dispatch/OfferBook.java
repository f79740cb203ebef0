package io.infrafabric.coordinator.dispatch;

import io.infrafabric.coordinator.task.ReadyTask;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/** Which swarms were rung for which task, and until when. Used by one thread. */
final class OfferBook {
  private final Map<TaskId, Ring> rings = new HashMap<>();
  private final Map<SwarmId, Integer> outstanding = new HashMap<>();

  private static final class Ring {
    final ReadyTask task;
    final Set<SwarmId> tried = new HashSet<>();
    List<SwarmId> ringing = List.of();
    Instant until = Instant.MIN;

    Ring(ReadyTask task) {
      this.task = task;
    }
  }

  /** Forgets tasks that are not ready any more and ends offers that nobody took. */
  void settle(Predicate<ReadyTask> isReady, Instant now) {
    Iterator<Ring> all = rings.values().iterator();
    while (all.hasNext()) {
      Ring ring = all.next();
      if (!isReady.test(ring.task)) {
        quiet(ring);
        all.remove();
      } else if (!ring.until.isAfter(now)) {
        quiet(ring);
      }
    }
  }

  private void quiet(Ring ring) {
    ring.ringing.forEach(swarm -> outstanding.computeIfPresent(swarm, (s, n) -> n == 1 ? null : n - 1));
    ring.ringing = List.of();
  }

  /** True while swarms are being rung for exactly this version of the task. */
  boolean isRinging(ReadyTask task) {
    Ring ring = rings.get(task.id());
    return ring != null && ring.task.revision() == task.revision() && !ring.ringing.isEmpty();
  }

  /** Swarms that were rung for this version of the task and did not claim. */
  Set<SwarmId> tried(ReadyTask task) {
    Ring ring = rings.get(task.id());
    return ring == null || ring.task.revision() != task.revision() ? Set.of() : ring.tried;
  }

  /** Begins again with the best. */
  void forgetTried(ReadyTask task) {
    Ring ring = rings.get(task.id());
    if (ring != null) {
      ring.tried.clear();
    }
  }

  /** Offers that a swarm has not answered yet. */
  int outstanding(SwarmId swarm) {
    return outstanding.getOrDefault(swarm, 0);
  }

  /** Notes that swarms are rung. */
  void ring(ReadyTask task, List<SwarmId> swarms, Instant until) {
    Ring ring = rings.get(task.id());
    if (ring == null || ring.task.revision() != task.revision()) {
      if (ring != null) {
        quiet(ring);
      }
      ring = new Ring(task);
      rings.put(task.id(), ring);
    }
    ring.ringing = List.copyOf(swarms);
    ring.tried.addAll(swarms);
    ring.until = until;
    swarms.forEach(swarm -> outstanding.merge(swarm, 1, Integer::sum));
  }
}
