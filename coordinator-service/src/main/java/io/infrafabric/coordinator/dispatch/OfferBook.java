package io.infrafabric.coordinator.dispatch;

import io.infrafabric.coordinator.task.ReadyTask;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Predicate;

/** Which swarms are rung for which task, until when, and when one more may be. Used by one thread. */
final class OfferBook {
  private final Map<TaskId, Ring> rings = new HashMap<>();
  private final Map<SwarmId, Integer> outstanding = new HashMap<>();

  private static final class Ring {
    final ReadyTask task;
    final Set<SwarmId> tried = new HashSet<>();
    final Map<SwarmId, Instant> untils = new HashMap<>(4);
    Instant furtherAt = Instant.MIN;

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
      } else {
        expire(ring, now);
      }
    }
  }

  private void expire(Ring ring, Instant now) {
    Iterator<Map.Entry<SwarmId, Instant>> each = ring.untils.entrySet().iterator();
    while (each.hasNext()) {
      Map.Entry<SwarmId, Instant> offer = each.next();
      if (!offer.getValue().isAfter(now)) {
        answered(offer.getKey());
        each.remove();
      }
    }
  }

  private void quiet(Ring ring) {
    ring.untils.keySet().forEach(this::answered);
    ring.untils.clear();
  }

  private void answered(SwarmId swarm) {
    outstanding.computeIfPresent(swarm, (s, n) -> n == 1 ? null : n - 1);
  }

  /**
   * Whether one more swarm may be rung for exactly this version of the task.
   *
   * @param most swarms that may be rung at the same time
   */
  boolean mayRing(ReadyTask task, int most, Instant now) {
    Ring ring = ringOf(task);
    return ring == null || ring.untils.isEmpty() || (ring.untils.size() < most && !ring.furtherAt.isAfter(now));
  }

  /** True while a swarm is being rung for exactly this version of the task. */
  boolean isRinging(ReadyTask task) {
    Ring ring = ringOf(task);
    return ring != null && !ring.untils.isEmpty();
  }

  /** Walks over the tasks that somebody is rung for. */
  void forEachRinging(BiConsumer<ReadyTask, Set<SwarmId>> visitor) {
    for (Ring ring : rings.values()) {
      if (!ring.untils.isEmpty()) {
        visitor.accept(ring.task, ring.untils.keySet());
      }
    }
  }

  /** Whether somebody has been rung for this version of the task, however long ago. */
  boolean hasRung(ReadyTask task) {
    return ringOf(task) != null;
  }

  /** Swarms that were rung for this version of the task and did not claim. */
  Set<SwarmId> tried(ReadyTask task) {
    Ring ring = ringOf(task);
    return ring == null ? Set.of() : ring.tried;
  }

  private Ring ringOf(ReadyTask task) {
    Ring ring = rings.get(task.id());
    return ring == null || ring.task.revision() != task.revision() ? null : ring;
  }

  /** Begins again with the best. */
  void forgetTried(ReadyTask task) {
    Ring ring = rings.get(task.id());
    if (ring != null) {
      ring.tried.clear();
    }
  }

  /** Does not look for one more swarm before a moment. */
  void wait(ReadyTask task, Instant furtherAt) {
    Ring ring = ringOf(task);
    if (ring != null) {
      ring.furtherAt = furtherAt;
    }
  }

  /** Offers that a swarm has not answered yet. */
  int outstanding(SwarmId swarm) {
    return outstanding.getOrDefault(swarm, 0);
  }

  /**
   * Notes that a swarm is rung.
   *
   * @param furtherAt when one more may be rung, should this one not have claimed
   */
  void ring(ReadyTask task, SwarmId swarm, Instant until, Instant furtherAt) {
    Ring ring = ringOf(task);
    if (ring == null) {
      ring = new Ring(task);
      Ring older = rings.put(task.id(), ring);
      if (older != null) {
        quiet(older);
      }
    }
    ring.tried.add(swarm);
    if (ring.untils.put(swarm, until) == null) {
      outstanding.merge(swarm, 1, Integer::sum);
    }
    ring.furtherAt = furtherAt;
  }
}
