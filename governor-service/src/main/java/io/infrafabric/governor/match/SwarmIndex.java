package io.infrafabric.governor.match;

import io.infrafabric.governor.match.Verdict.Qualified;
import io.infrafabric.governor.match.Verdict.Worth;
import io.infrafabric.policy.LimitRules;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The profiles of all swarms, by capability, and for each in lanes of one model and bloom pattern, ordered by reputation / price. Who may lack
 * so many of the needed capabilities has at least one of any so many and one more: so only the lanes of the rarest ones are walked, the best
 * first, until nobody who is left could be better than those that were found. A change only marks a swarm; its profile is read again when
 * somebody asks, so that a swarm that claims a thousand times between two questions is read once.
 */
final class SwarmIndex {
  /** Stands for everybody where capabilities are looked up: no capability is empty. */
  private static final String ANYTHING = "";

  private final Function<String, Optional<Profile>> source;
  private final Set<String> marked = ConcurrentHashMap.newKeySet();
  private final Map<String, Slot> slots = new HashMap<>();
  private final Map<String, Lanes> byCapability = new HashMap<>();

  /** Swarms of one model and bloom pattern. */
  private record Lane(String model, String bloomPattern) {}

  /** A swarm in its order. What the order and the lanes rest on never changes; the rest of the profile does. */
  private static final class Slot implements Comparable<Slot> {
    final int reputationMillis;
    final long pricedMicros;
    final String swarmId;
    final Lane lane;
    Profile profile;

    Slot(Profile profile) {
      this.reputationMillis = profile.reputationMillis();
      this.pricedMicros = profile.pricedMicros();
      this.swarmId = profile.swarmId();
      this.lane = new Lane(profile.model(), profile.bloomPattern());
      this.profile = profile;
    }

    boolean standsFor(Profile now) {
      return reputationMillis == now.reputationMillis()
          && pricedMicros == now.pricedMicros()
          && lane.model().equals(now.model())
          && lane.bloomPattern().equals(now.bloomPattern())
          && profile.capabilities().equals(now.capabilities());
    }

    /** The best first. Thousandths times the largest price there is fit into a long. */
    @Override
    public int compareTo(Slot other) {
      int better = Long.compare(other.reputationMillis * pricedMicros, reputationMillis * other.pricedMicros);
      return better != 0 ? better : swarmId.compareTo(other.swarmId);
    }
  }

  /** The swarms with one capability. */
  private static final class Lanes {
    final Map<Lane, TreeSet<Slot>> lanes = new HashMap<>();
    int size;

    void add(Slot slot) {
      lanes.computeIfAbsent(slot.lane, lane -> new TreeSet<>()).add(slot);
      size++;
    }

    void remove(Slot slot) {
      lanes.computeIfPresent(slot.lane, (lane, inIt) -> inIt.remove(slot) && inIt.isEmpty() ? null : inIt);
      size--;
    }
  }

  /** The way through one lane: the next swarm, and what it would be worth if it had everything that is needed. */
  private static final class Walk {
    private final Iterator<Slot> rest;
    private final long factor;
    Slot next;
    Worth most;

    Walk(TreeSet<Slot> lane, long factor) {
      this.rest = lane.iterator();
      this.factor = factor;
      advance();
    }

    boolean advance() {
      next = rest.hasNext() ? rest.next() : null;
      most = next == null ? null : new Worth(factor * next.reputationMillis, next.pricedMicros);
      return next != null;
    }

    static int bestFirst(Walk one, Walk other) {
      int better = other.most.compareTo(one.most);
      return better != 0 ? better : one.next.swarmId.compareTo(other.next.swarmId);
    }
  }

  /** An index of what the source knows of swarms by id. */
  SwarmIndex(Function<String, Optional<Profile>> source) {
    this.source = source;
  }

  /** Says that a swarm has changed. */
  void mark(String swarmId) {
    marked.add(swarmId);
  }

  /** Every swarm. */
  synchronized Collection<Profile> all() {
    refresh();
    return slots.values().stream().map(slot -> slot.profile).toList();
  }

  /** The swarms that may have enough of what is needed; whether they do is for {@link MatchRules} to say. */
  synchronized List<Profile> able(Need need) {
    refresh();
    return rarest(need).stream().flatMap(SwarmIndex::everybodyIn).distinct().map(slot -> slot.profile).toList();
  }

  /** The best that qualify, best first, as many as wanted. */
  synchronized List<Qualified> best(Need need) {
    refresh();
    if (MatchRules.isDenied(need)) {
      return List.of(); // to nobody, without a look at anybody
    }
    TreeSet<Qualified> best = new TreeSet<>(MatchRules.BEST_FIRST);
    List<Lanes> rarest = rarest(need);
    for (Predicate<String> models : stages(need.route())) {
      walk(rarest, models, need, best);
      if (best.size() >= need.limit()) {
        break;
      }
    }
    return List.copyOf(best);
  }

  /** The models of each tier, and then those of none. */
  private static List<Predicate<String>> stages(ClassRoute route) {
    List<Predicate<String>> stages = new ArrayList<>();
    route.tiers().forEach(tier -> stages.add(tier::contains));
    stages.add(model -> route.tierOf(model) == 0);
    return stages;
  }

  private static void walk(List<Lanes> rarest, Predicate<String> models, Need need, TreeSet<Qualified> best) {
    PriorityQueue<Walk> walks = new PriorityQueue<>(Walk::bestFirst);
    long full = Math.max(1, need.capabilities().size());
    for (Lanes lanes : rarest) {
      lanes.lanes.forEach(
          (lane, inIt) -> {
            if (models.test(lane.model())) {
              boolean blooms = !need.bloomPattern().isEmpty() && need.bloomPattern().equals(lane.bloomPattern());
              walks.add(new Walk(inIt, full * (blooms ? 11 : 10)));
            }
          });
    }
    Set<String> seen = new HashSet<>();
    while (!walks.isEmpty()) {
      Walk walk = walks.poll();
      if (best.size() >= need.limit() && !couldBeBetter(walk, best.last())) {
        return; // nor could anybody behind it
      }
      if (rarest.size() == 1 || seen.add(walk.next.swarmId)) {
        MatchRules.fit(walk.next.profile, need).ifPresent(best::add);
        if (best.size() > need.limit()) {
          best.pollLast();
        }
      }
      if (walk.advance()) {
        walks.add(walk);
      }
    }
  }

  private static boolean couldBeBetter(Walk walk, Qualified worst) {
    int better = walk.most.compareTo(worst.worth());
    return better > 0 || (better == 0 && walk.next.swarmId.compareTo(worst.profile().swarmId()) < 0);
  }

  private List<Lanes> rarest(Need need) {
    boolean anybody = LimitRules.covers(need.policy().limits(), 0, need.capabilities().size());
    Stream<String> looked = anybody ? Stream.of(ANYTHING) : need.capabilities().stream();
    return looked
        .map(capability -> byCapability.getOrDefault(capability, new Lanes()))
        .sorted(Comparator.comparingInt(lanes -> lanes.size))
        .limit(LimitRules.mayLack(need.policy().limits(), need.capabilities().size()) + 1L)
        .toList();
  }

  private static Stream<Slot> everybodyIn(Lanes lanes) {
    return lanes.lanes.values().stream().flatMap(TreeSet::stream);
  }

  private void refresh() {
    for (String swarm : marked) {
      // Unmarked first: a change that comes while it is read marks it again.
      marked.remove(swarm);
      replace(swarm, source.apply(swarm));
    }
  }

  private void replace(String swarm, Optional<Profile> now) {
    Slot slot = slots.get(swarm);
    if (slot != null && now.isPresent() && slot.standsFor(now.get())) {
      slot.profile = now.get();
      return;
    }
    if (slot != null) {
      slots.remove(swarm);
      keysOf(slot.profile).forEach(capability -> leave(capability, slot));
    }
    if (now.isPresent()) {
      Slot fresh = new Slot(now.get());
      slots.put(swarm, fresh);
      keysOf(fresh.profile).forEach(capability -> byCapability.computeIfAbsent(capability, key -> new Lanes()).add(fresh));
    }
  }

  private void leave(String capability, Slot slot) {
    Lanes lanes = byCapability.get(capability);
    lanes.remove(slot);
    if (lanes.size == 0) {
      byCapability.remove(capability);
    }
  }

  private static Stream<String> keysOf(Profile profile) {
    return Stream.concat(Stream.of(ANYTHING), profile.capabilities().stream());
  }
}
