package io.infrafabric.coordinator.dispatch;

import io.infrafabric.coordinator.claim.Askers;
import io.infrafabric.coordinator.plan.FairShare;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.task.ReadyTask;
import io.infrafabric.coordinator.task.ReadyWalk;
import io.infrafabric.coordinator.task.Requirement;
import io.infrafabric.coordinator.task.TaskIndex;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.SwarmId;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Rings swarms. It walks the ready tasks in order and rings for each the best swarm that has room; the next best one a moment
 * later if it has not claimed by then, and so on up to a few at a time: so a task wakes up one, seldom a handful, never all.
 * Runs on the elected coordinator; two at once ring twice, no more.
 */
public final class Dispatcher {
  private final TaskIndex index;
  private final Rankings rankings;
  private final Offers offers;
  private final DispatchSettings settings;
  private final OfferBook book = new OfferBook();
  private final FurtherShare furtherShare;
  private final Rooms rooms;
  private final OfferShares shares;
  private final Roster roster;
  private final StoppedFillers fillers;
  /** Those who are ranked for a requirement, and those who are able; each for one pass. */
  private final Map<Requirement, Candidates> best = new HashMap<>();
  private final Map<Requirement, Candidates> rest = new HashMap<>();
  /** When nobody had room for a requirement for the last time: a task heard of before waits for a swarm, not for this. */
  private final Map<Requirement, Long> ranOut = new HashMap<>();
  private final LongSupplier nanos;
  /** Whether what nobody may have of a requirement nobody may have all of: conditions of the policy look at more of a task than that. */
  private final BooleanSupplier alike;
  private long electedNanos;
  private Optional<ReadyTask.Place> further = Optional.empty();

  /**
   * @param nanos the clock of {@link ReadyTask#heardNanos}
   */
  public Dispatcher(
      Replica replica,
      Records records,
      TaskIndex index,
      FairShare shares,
      Ranking ranking,
      Offers offers,
      DispatchSettings settings,
      Askers askers,
      LongSupplier nanos,
      Runnable wakeUp) {
    this.index = index;
    this.rankings = new Rankings(ranking, settings.rankingFresh(), wakeUp);
    this.offers = offers;
    this.settings = settings;
    this.furtherShare = new FurtherShare(settings.furtherShare(), settings.furtherMost());
    this.rooms = new Rooms(replica, records, book, askers);
    this.shares = new OfferShares(shares, book);
    this.roster = new Roster(replica, records);
    this.fillers = new StoppedFillers(index, book, rooms, settings.fanOut());
    this.alike = () -> records.policy(replica).conditions().isEmpty();
    this.nanos = nanos;
    this.electedNanos = nanos.getAsLong();
    replica.onChange(
        records.keys().policies(),
        (key, before, after) -> {
          rankings.forgetAge();
          wakeUp.run();
        });
  }

  /** From now on this one rings: what was ready before, another may have rung for. */
  void elected() {
    electedNanos = nanos.getAsLong();
  }

  /** One pass over the ready tasks; answers how many were offered. */
  public int runOnce(Instant now) {
    book.settle(index::isReady, now);
    rooms.beginPass();
    shares.beginPass();
    fillers.beginPass();
    best.clear();
    rest.clear();
    ranOut.keySet().retainAll(index.requirements());
    int pushed = push(now);
    Set<Requirement> exhausted = new HashSet<>();
    ReadyWalk first = index.walk();
    Walk head = walk(first, exhausted, now);
    if (head.stoppedAt().isEmpty()) {
      further = Optional.empty();
      return pushed + head.offered() + ringStopped(now);
    }
    // Nobody may want what is at the head: look at a stretch of the others too, the next one in each pass.
    ReadyTask.Place from = further.filter(place -> place.compareTo(head.stoppedAt().get()) > 0).orElse(head.stoppedAt().get());
    Walk rest = walk(index.walk(from, first), exhausted, now);
    further = rest.stoppedAt();
    return pushed + head.offered() + rest.offered() + ringStopped(now);
  }

  /** Rings those who are stopped and have room left, after what goes before it, for the fillers of their plans. */
  private int ringStopped(Instant now) {
    int offered = 0;
    for (SwarmId swarm : index.blocked().swarms()) {
      while (rooms.free(swarm)) {
        Optional<ReadyTask> filler = fillers.next(swarm, now);
        if (filler.isEmpty()) {
          break;
        }
        ring(filler.get(), swarm, true, now);
        offered++;
      }
    }
    return offered;
  }

  /** Rings, wherever their tasks stand, those for whom tasks are kept; nobody else until that is over. */
  private int push(Instant now) {
    int offered = 0;
    for (ReadyTask task : index.pushed()) {
      if (task.isPushed(now) && !book.isRinging(task)) {
        SwarmId swarm = new SwarmId(task.push().getSwarmId());
        Instant until = Times.toInstant(task.push().getUntil());
        PushTiming timing = PushTiming.of(task, book.hasRung(task), Optional.empty(), electedNanos);
        book.ring(task, swarm, until, until);
        offers.ring(task, swarm, until, timing);
        offered++;
      }
    }
    return offered;
  }

  /**
   * @param stoppedAt the last task that was looked at, when the walk reached its limit
   */
  private record Walk(int offered, Optional<ReadyTask.Place> stoppedAt) {}

  private Walk walk(ReadyWalk tasks, Set<Requirement> exhausted, Instant now) {
    int offered = 0;
    int looked = 0;
    int inVain = 0;
    for (Optional<ReadyTask> next = tasks.next(); next.isPresent(); next = tasks.next()) {
      ReadyTask task = next.get();
      if (exhausted.contains(task.requirement())) {
        tasks.leaveOut();
      } else if (book.mayRing(task, settings.fanOut(), now)) {
        boolean first = !book.isRinging(task);
        Optional<SwarmId> chosen = first || furtherShare.isLeft() ? choose(task, first, now) : Optional.empty();
        if (chosen.isPresent()) {
          offered++;
          ring(task, chosen.get(), first, now);
        } else if (first) {
          if (alike.getAsBoolean()) {
            exhausted.add(task.requirement());
            tasks.leaveOut();
          }
          inVain++;
        } else {
          book.wait(task, now.plus(settings.furtherAfter()));
        }
      }
      if (++looked >= settings.tasksPerPass() || inVain >= settings.vainTasksPerPass()) {
        return new Walk(offered, Optional.of(task.place()));
      }
    }
    return new Walk(offered, Optional.empty());
  }

  private void ring(ReadyTask task, SwarmId swarm, boolean first, Instant now) {
    Instant until = now.plus(settings.offerTimeout());
    if (first) {
      furtherShare.first();
    } else {
      furtherShare.further();
    }
    shares.give(swarm, task);
    PushTiming timing = PushTiming.of(task, book.hasRung(task), Optional.ofNullable(ranOut.get(task.requirement())), electedNanos);
    book.ring(task, swarm, until, now.plus(settings.furtherAfter()));
    offers.ring(task, swarm, until, timing);
  }

  /**
   * @param first whether nobody is rung for the task: then those who were rung before may be again
   */
  private Optional<SwarmId> choose(ReadyTask task, boolean first, Instant now) {
    // Of an owned task the owners are all there are, and a ranking may be cut short before it comes to them.
    List<String> owners = task.requirement().owners();
    Optional<List<SwarmId>> ranked =
        owners.isEmpty() ? rankings.of(task.requirement(), now) : Optional.of(owners.stream().map(SwarmId::new).toList());
    if (ranked.isEmpty() && !rankings.isAway()) {
      return Optional.empty();
    }
    // Who is registered later was registered by the governor, which ranks again then: only a ranking cut short leaves any out.
    boolean others = ranked.isEmpty() || ranked.get().size() >= Ranking.MOST;
    Set<SwarmId> tried = book.tried(task);
    Optional<SwarmId> chosen = pick(task, ranked.orElse(List.of()), others, tried, now);
    if (chosen.isEmpty() && first && !tried.isEmpty()) {
      book.forgetTried(task);
      chosen = pick(task, ranked.orElse(List.of()), others, Set.of(), now);
    }
    if (chosen.isEmpty() && first) {
      ranOut.put(task.requirement(), nanos.getAsLong());
    }
    return chosen;
  }

  /**
   * @param others whether there may be more than those who are ranked
   */
  private Optional<SwarmId> pick(ReadyTask task, List<SwarmId> ranked, boolean others, Set<SwarmId> tried, Instant now) {
    Predicate<SwarmId> wanted = swarm -> !tried.contains(swarm) && rooms.admits(swarm, task) && shares.admits(swarm, task) && !fillers.goBefore(task, swarm, now);
    Optional<SwarmId> chosen = candidates(best, task.requirement(), () -> ranked).pick(wanted);
    if (chosen.isPresent() || !others) {
      return chosen;
    }
    return candidates(rest, task.requirement(), () -> roster.able(task.requirement())).pick(wanted);
  }

  private Candidates candidates(Map<Requirement, Candidates> ofThisPass, Requirement requirement, Supplier<List<SwarmId>> inOrder) {
    return ofThisPass.computeIfAbsent(requirement, each -> new Candidates(inOrder.get(), requirement.filler() ? rooms::idle : rooms::free));
  }
}
