package io.infrafabric.governor.match;

import io.infrafabric.policy.LimitRules;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The profiles of all swarms, and by capability who has it. A change only marks a swarm; its profile is read again when
 * somebody asks, so that a swarm that claims a thousand times between two questions is read once.
 */
final class SwarmIndex {
  private final Function<String, Optional<Profile>> source;
  private final Set<String> marked = ConcurrentHashMap.newKeySet();
  private final Map<String, Profile> profiles = new ConcurrentHashMap<>();
  private final Map<String, Set<String>> byCapability = new ConcurrentHashMap<>();

  /** An index of what the source knows of swarms by id. */
  SwarmIndex(Function<String, Optional<Profile>> source) {
    this.source = source;
  }

  /** Says that a swarm has changed. */
  void mark(String swarmId) {
    marked.add(swarmId);
  }

  /** Every swarm. */
  Collection<Profile> all() {
    refresh();
    return profiles.values();
  }

  /** The swarms that have enough of what is needed. */
  Stream<Profile> covering(Need need) {
    refresh();
    Set<String> capabilities = need.capabilities();
    if (LimitRules.covers(need.policy().limits(), 0, capabilities.size())) {
      return profiles.values().stream();
    }
    Map<String, Integer> matched = new HashMap<>();
    for (String capability : capabilities) {
      byCapability.getOrDefault(capability, Set.of()).forEach(swarm -> matched.merge(swarm, 1, Integer::sum));
    }
    return matched.entrySet().stream()
        .filter(counted -> LimitRules.covers(need.policy().limits(), counted.getValue(), capabilities.size()))
        .flatMap(counted -> Stream.ofNullable(profiles.get(counted.getKey())));
  }

  private synchronized void refresh() {
    for (String swarm : marked) {
      // Unmarked first: a change that comes while it is read marks it again.
      marked.remove(swarm);
      replace(swarm, source.apply(swarm));
    }
  }

  private void replace(String swarm, Optional<Profile> now) {
    Profile before = now.isPresent() ? profiles.put(swarm, now.get()) : profiles.remove(swarm);
    Set<String> had = before == null ? Set.of() : before.capabilities();
    Set<String> has = now.map(Profile::capabilities).orElse(Set.of());
    for (String capability : has) {
      if (!had.contains(capability)) {
        byCapability.computeIfAbsent(capability, key -> ConcurrentHashMap.newKeySet()).add(swarm);
      }
    }
    for (String capability : had) {
      if (!has.contains(capability)) {
        byCapability.computeIfPresent(capability, (key, swarms) -> swarms.remove(swarm) && swarms.isEmpty() ? null : swarms);
      }
    }
  }
}
