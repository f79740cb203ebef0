package io.infrafabric.coordinator.dispatch;

import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.task.ReadyTask;
import io.infrafabric.coordinator.task.Requirement;
import io.infrafabric.coordinator.task.TaskIndex;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.names.SwarmId;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Rings swarms. It walks the ready tasks in order and rings, for each that nobody is rung for, the best few swarms that have
 * room, so that a task wakes up a handful and not all. Runs on the elected coordinator; two at once ring twice, no more.
 */
public final class Dispatcher {
  private final TaskIndex index;
  private final Rankings rankings;
  private final Offers offers;
  private final DispatchSettings settings;
  private final OfferBook book = new OfferBook();
  private final Rooms rooms;
  private final Roster roster;
  /** Those who are ranked for a requirement, and those who are able; each for one pass. */
  private final Map<Requirement, Candidates> best = new HashMap<>();
  private final Map<Requirement, Candidates> rest = new HashMap<>();
  private Optional<ReadyTask.Place> further = Optional.empty();

  public Dispatcher(
      Replica replica, Records records, TaskIndex index, Ranking ranking, Offers offers, DispatchSettings settings, Runnable wakeUp) {
    this.index = index;
    this.rankings = new Rankings(ranking, settings.rankingFresh(), wakeUp);
    this.offers = offers;
    this.settings = settings;
    this.rooms = new Rooms(replica, records, book);
    this.roster = new Roster(replica, records);
  }

  /** One pass over the ready tasks; answers how many were offered. */
  public int runOnce(Instant now) {
    book.settle(index::isReady, now);
    rooms.beginPass();
    best.clear();
    rest.clear();
    Set<Requirement> exhausted = new HashSet<>();
    Walk head = walk(index.ready(), exhausted, now);
    if (head.stoppedAt().isEmpty()) {
      further = Optional.empty();
      return head.offered();
    }
    // Nobody may want what is at the head: look at a stretch of the others too, the next one in each pass.
    ReadyTask.Place from = further.filter(place -> place.compareTo(head.stoppedAt().get()) > 0).orElse(head.stoppedAt().get());
    Walk rest = walk(index.readyAfter(from), exhausted, now);
    further = rest.stoppedAt();
    return head.offered() + rest.offered();
  }

  /**
   * @param stoppedAt the last task that was looked at, when the walk reached its limit
   */
  private record Walk(int offered, Optional<ReadyTask.Place> stoppedAt) {}

  private Walk walk(Iterable<ReadyTask> tasks, Set<Requirement> exhausted, Instant now) {
    int offered = 0;
    int looked = 0;
    int inVain = 0;
    for (ReadyTask task : tasks) {
      if (!book.isRinging(task) && !exhausted.contains(task.requirement())) {
        List<SwarmId> chosen = choose(task, now);
        if (chosen.isEmpty()) {
          exhausted.add(task.requirement());
          inVain++;
        } else {
          offered++;
          ring(task, chosen, now.plus(settings.offerTimeout()));
        }
      }
      if (++looked >= settings.tasksPerPass() || inVain >= settings.vainTasksPerPass()) {
        return new Walk(offered, Optional.of(task.place()));
      }
    }
    return new Walk(offered, Optional.empty());
  }

  private void ring(ReadyTask task, List<SwarmId> chosen, Instant until) {
    book.ring(task, chosen, until);
    chosen.forEach(swarm -> offers.ring(task, swarm, until));
  }

  private List<SwarmId> choose(ReadyTask task, Instant now) {
    Optional<List<SwarmId>> ranked = rankings.of(task.requirement(), now);
    if (ranked.isEmpty() && !rankings.isAway()) {
      return List.of();
    }
    // Who is registered later was registered by the governor, which ranks again then: only a ranking cut short leaves any out.
    boolean others = ranked.isEmpty() || ranked.get().size() >= Ranking.MOST;
    Set<SwarmId> tried = book.tried(task);
    List<SwarmId> chosen = pick(task, ranked.orElse(List.of()), others, tried);
    if (chosen.isEmpty() && !tried.isEmpty()) {
      book.forgetTried(task);
      chosen = pick(task, ranked.orElse(List.of()), others, Set.of());
    }
    return chosen;
  }

  /**
   * @param others whether there may be more than those who are ranked
   */
  private List<SwarmId> pick(ReadyTask task, List<SwarmId> ranked, boolean others, Set<SwarmId> tried) {
    Predicate<SwarmId> wanted = swarm -> !tried.contains(swarm) && rooms.admits(swarm, task);
    List<SwarmId> chosen = candidates(best, task.requirement(), () -> ranked).pick(wanted, settings.fanOut());
    if (!chosen.isEmpty() || !others) {
      return chosen;
    }
    return candidates(rest, task.requirement(), () -> roster.able(task.requirement())).pick(wanted, settings.fanOut());
  }

  private Candidates candidates(Map<Requirement, Candidates> ofThisPass, Requirement requirement, Supplier<List<SwarmId>> inOrder) {
    return ofThisPass.computeIfAbsent(requirement, each -> new Candidates(inOrder.get(), rooms::free));
  }
}
