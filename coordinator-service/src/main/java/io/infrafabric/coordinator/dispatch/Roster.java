package io.infrafabric.coordinator.dispatch;

import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.task.Requirement;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.names.Keys;
import io.infrafabric.names.SwarmId;
import io.infrafabric.policy.LimitRules;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The swarms with a session by what they can do: who to ring when the governor has never been heard, or has named as
 * many as it names at once and none of them has room. Changes are noted on the replica's thread, which is busy, and worked in by the one thread
 * that asks.
 */
final class Roster {
  /** Swarms named at once; asked again, it names the next ones. */
  static final int MOST = 1_000;

  private final Replica replica;
  private final Records records;
  private final Set<SwarmId> changed = ConcurrentHashMap.newKeySet();
  private final Map<SwarmId, List<String>> capabilities = new HashMap<>();
  private final TreeSet<SwarmId> everybody = new TreeSet<>();
  private final Map<String, TreeSet<SwarmId>> able = new HashMap<>();
  private final Map<List<String>, SwarmId> lastNamed = new HashMap<>();

  Roster(Replica replica, Records records) {
    this.replica = replica;
    this.records = records;
    replica.onChange(records.keys().sessions(), (key, before, after) -> changed.add(new SwarmId(Keys.idOf(key))));
    replica.onChange(records.keys().standings(), (key, before, after) -> changed.add(new SwarmId(Keys.idOf(key))));
  }

  /** Some of those who are alive and may have enough of the capabilities, others each time; whether they do is for admission to say. */
  List<SwarmId> able(Requirement requirement) {
    workIn();
    SwarmId last = lastNamed.get(requirement.capabilities());
    List<SwarmId> named =
        oneOfWhich(requirement.capabilities()).stream()
            .flatMap(some -> (last == null ? some : some.tailSet(last, false)).stream().limit(MOST))
            .sorted()
            .distinct()
            .limit(MOST)
            .toList();
    if (lastNamed.size() > MOST) {
      lastNamed.clear();
    }
    if (named.size() == MOST) {
      lastNamed.put(requirement.capabilities(), named.getLast());
    } else {
      lastNamed.remove(requirement.capabilities());
    }
    return named;
  }

  /**
   * Whoever may lack so many of the capabilities has at least one of any so many and one more: so the sets of the rarest ones
   * hold everybody who qualifies.
   */
  private List<TreeSet<SwarmId>> oneOfWhich(List<String> required) {
    if (LimitRules.covers(records.policy(replica).limits(), 0, required.size())) {
      return List.of(everybody);
    }
    return required.stream()
        .distinct()
        .map(capability -> able.getOrDefault(capability, new TreeSet<>()))
        .sorted(Comparator.comparingInt(TreeSet::size))
        .limit(LimitRules.mayLack(records.policy(replica).limits(), required.size()) + 1L)
        .toList();
  }

  private void workIn() {
    for (Iterator<SwarmId> all = changed.iterator(); all.hasNext(); ) {
      SwarmId swarm = all.next();
      all.remove();
      leave(swarm);
      if (records.session(replica, swarm).filter(session -> !session.getPulls()).isPresent()) {
        records.standing(replica, swarm).ifPresent(standing -> enter(swarm, standing.getCapabilitiesList()));
      }
    }
  }

  private void enter(SwarmId swarm, List<String> can) {
    capabilities.put(swarm, new ArrayList<>(can));
    everybody.add(swarm);
    can.forEach(capability -> able.computeIfAbsent(capability, c -> new TreeSet<>()).add(swarm));
  }

  private void leave(SwarmId swarm) {
    everybody.remove(swarm);
    List<String> could = capabilities.remove(swarm);
    if (could != null) {
      could.forEach(capability -> able.computeIfPresent(capability, (c, swarms) -> swarms.remove(swarm) && swarms.isEmpty() ? null : swarms));
    }
  }
}
