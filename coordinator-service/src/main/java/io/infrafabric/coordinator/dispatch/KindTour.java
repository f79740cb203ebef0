package io.infrafabric.coordinator.dispatch;

import io.infrafabric.coordinator.task.ReadyKinds;
import io.infrafabric.coordinator.task.Requirement;
import io.infrafabric.names.SwarmId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Takes each swarm around the kinds of ready work that it could have. A walk is bounded and the next one of the same swarm goes on where it stopped: so
 * each kind's turn comes, whatever other swarms look at meanwhile. Used by any thread.
 */
final class KindTour {
  /** Kinds of which one walk looks at what they ask for. */
  static final int LOOKS = 5_000;

  /** Kinds on which one walk decides as on a claim. */
  static final int DECISIONS = 1_000;

  private static final int REMEMBERED = 100_000;

  private final Map<SwarmId, Stop> stops =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<SwarmId, Stop> eldest) {
          return size() > REMEMBERED;
        }
      };

  /** Where a walk stopped. */
  private record Stop(int list, ReadyKinds.Slot slot) {}

  /**
   * Kinds that are for a swarm, of those that are next in its tour.
   *
   * @param likely whether it may be worth to decide; quick
   * @param decided whether it is for the swarm
   */
  List<Requirement> walk(SwarmId swarm, List<NavigableMap<ReadyKinds.Slot, Requirement>> lists, Predicate<Requirement> likely, Predicate<Requirement> decided) {
    List<Requirement> found = new ArrayList<>();
    Optional<Stop> from = last(swarm).filter(stop -> stop.list() < lists.size());
    int first = from.map(Stop::list).orElse(0);
    int looks = 0;
    int decisions = 0;
    for (int i = 0; i < lists.size() + (from.isPresent() ? 1 : 0); i++) {
      int list = (first + i) % lists.size();
      NavigableMap<ReadyKinds.Slot, Requirement> kinds = lists.get(list);
      if (from.isPresent() && i == 0) {
        kinds = kinds.tailMap(from.get().slot(), false);
      } else if (i == lists.size()) {
        kinds = kinds.headMap(from.get().slot(), true);
      }
      for (Map.Entry<ReadyKinds.Slot, Requirement> kind : kinds.entrySet()) {
        if (likely.test(kind.getValue())) {
          decisions++;
          if (decided.test(kind.getValue())) {
            found.add(kind.getValue());
          }
        }
        if (++looks == LOOKS || decisions == DECISIONS) {
          stop(swarm, Optional.of(new Stop(list, kind.getKey())));
          return found;
        }
      }
    }
    stop(swarm, Optional.empty());
    return found;
  }

  private synchronized Optional<Stop> last(SwarmId swarm) {
    return Optional.ofNullable(stops.get(swarm));
  }

  private synchronized void stop(SwarmId swarm, Optional<Stop> at) {
    stops.remove(swarm); // so that it is the youngest again
    at.ifPresent(stop -> stops.put(swarm, stop));
  }
}
