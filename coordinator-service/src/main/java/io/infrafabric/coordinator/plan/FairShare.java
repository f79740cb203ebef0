package io.infrafabric.coordinator.plan;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.claim.Admission;
import io.infrafabric.coordinator.claim.ClaimRules;
import io.infrafabric.coordinator.record.Records;
import io.infrafabric.coordinator.task.ReadyTask;
import io.infrafabric.coordinator.v1.SharesRecord;
import io.infrafabric.coordinator.v1.Taken;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.names.Keys;
import io.infrafabric.names.PlanId;
import io.infrafabric.names.SwarmId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Hands the tasks of a pool, the equal tasks of one phase, out evenly among the swarms that compete for them: those that are alive
 * and would be admitted, or only have their hands full. What is kept for a swarm that does not come is given to others when nobody
 * has taken any of the pool for a while, so that a share never keeps work from being done.
 *
 * <p>Counts by the copy at hand, what this process is about to claim, and what others have just claimed of the last ones ({@link LastOnes}): so
 * shares hold over several coordinators as they do in one.
 */
public final class FairShare {
  private static final Duration LOOK_AGAIN = Duration.ofMillis(200);

  private final Replica replica;
  private final Records records;
  private final PlanIndex index;
  private final InstantSource clock;
  private final Duration patience;
  private final Map<String, Pool> pools = new ConcurrentHashMap<>();

  private static final class Pool {
    final String planId;
    final String phase;
    final Map<String, Integer> pending = new HashMap<>();
    final Map<String, Instant> asked = new HashMap<>();
    final Set<String> silent = new HashSet<>();
    Map<String, Integer> taken = Map.of();
    int unseen;
    List<String> competitors = List.of();
    Instant looked = Instant.MIN;
    Instant moved;

    Pool(ReadyTask task, Instant now) {
      planId = task.spec().getPlanId();
      phase = task.requirement().phase();
      moved = now;
    }
  }

  /**
   * @param patience how long a task is kept for a swarm that does not come, while nobody takes any
   */
  public FairShare(Replica replica, Records records, PlanIndex index, InstantSource clock, Duration patience) {
    this.replica = replica;
    this.records = records;
    this.index = index;
    this.clock = clock;
    this.patience = patience;
  }

  /** Whether the swarm, which asks for it, may have this task as far as its share is concerned. */
  public boolean mayTake(ReadyTask task, SwarmId swarm) {
    return !task.requirement().isShared() || asked(task, swarm, false).may();
  }

  /** The same, and counts the task as the swarm's until {@link #settled}. */
  public Grant take(ReadyTask task, SwarmId swarm) {
    return task.requirement().isShared() ? asked(task, swarm, true) : Grant.FREE;
  }

  /**
   * What a swarm is told that wants a task.
   *
   * @param last what its claim has to heed besides, if the task is one of the last ones
   */
  public record Grant(boolean may, Optional<LastOnes> last) {
    static final Grant FREE = new Grant(true, Optional.empty());
  }

  private Grant asked(ReadyTask task, SwarmId swarm, boolean take) {
    Instant now = clock.instant();
    Pool pool = pool(task, now);
    synchronized (pool) {
      pool.asked.put(swarm.value(), now);
      pool.silent.remove(swarm.value());
      Map<String, Integer> taken = taken(pool, task, now);
      taken.put(swarm.value(), had(pool, swarm.value()));
      long spare = ShareRules.spare(taken.get(swarm.value()), taken.values(), remaining(pool, task));
      boolean may = spare > 0;
      if (may && take) {
        pool.pending.merge(swarm.value(), 1, Integer::sum);
        pool.moved = now;
      }
      boolean last = may && take && spare <= LastOnes.MARGIN;
      return new Grant(may, last ? Optional.of(new LastOnes(records, index, replica, task, swarm, Set.copyOf(taken.keySet()))) : Optional.empty());
    }
  }

  /** What was taken is claimed, and so counted by the index, or was lost to another. */
  public void settled(ReadyTask task, SwarmId swarm) {
    Pool pool = pools.get(task.requirement().pool());
    if (pool == null) {
      return;
    }
    synchronized (pool) {
      pool.pending.computeIfPresent(swarm.value(), (s, n) -> n == 1 ? null : n - 1);
      if (pool.pending.isEmpty() && counts(task).ready() == 0) {
        pools.remove(task.requirement().pool(), pool);
      }
    }
  }

  /** How the pool of a task stands now, for who rings swarms for its tasks and counts what is rung for. */
  public Division divide(ReadyTask task) {
    Instant now = clock.instant();
    Pool pool = pool(task, now);
    synchronized (pool) {
      Map<String, Integer> competing = taken(pool, task, now);
      Map<String, Integer> had = new HashMap<>(pool.taken);
      pool.pending.forEach((swarm, count) -> had.merge(swarm, count, Integer::sum));
      return new Division(had, competing, remaining(pool, task));
    }
  }

  /** Forgets the pools of which everything was taken. */
  public void tidy() {
    pools
        .values()
        .removeIf(
            pool -> {
              synchronized (pool) {
                return pool.pending.isEmpty() && index.counts(pool.planId, pool.phase).ready() == 0;
              }
            });
  }

  /** What each has had of a pool, and how much nobody has; to be counted on. Used by one thread. */
  public static final class Division {
    private final Map<String, Integer> had;
    private final Map<String, Integer> competing;
    private int remaining;

    private Division(Map<String, Integer> had, Map<String, Integer> competing, int remaining) {
      this.had = had;
      this.competing = competing;
      this.remaining = remaining;
    }

    /** Whether the swarm may have one of those that nobody has. */
    public boolean mayTake(SwarmId swarm) {
      return ShareRules.mayTake(had.getOrDefault(swarm.value(), 0), competing.values(), remaining);
    }

    /** The same for a task that another swarm has been given, should that one not take it. */
    public boolean mayTakeInstead(SwarmId swarm) {
      return ShareRules.mayTake(had.getOrDefault(swarm.value(), 0), competing.values(), remaining + 1);
    }

    /** What the swarm has had. */
    public int had(SwarmId swarm) {
      return had.getOrDefault(swarm.value(), 0);
    }

    /** What the one has had that competes and has had the fewest. */
    public int fewest() {
      return competing.values().stream().mapToInt(Integer::intValue).min().orElse(0);
    }

    /** Counts a task, of those that nobody has, as the swarm's. */
    public void give(SwarmId swarm) {
      remaining--;
      giveInstead(swarm);
    }

    /** Counts a task as the swarm's that is another's too, for the time being. */
    public void giveInstead(SwarmId swarm) {
      had.merge(swarm.value(), 1, Integer::sum);
      competing.computeIfPresent(swarm.value(), (s, count) -> count + 1);
    }
  }

  private Pool pool(ReadyTask task, Instant now) {
    return pools.computeIfAbsent(task.requirement().pool(), p -> new Pool(task, now));
  }

  private PhaseCounts counts(ReadyTask task) {
    return index.counts(task.spec().getPlanId(), task.requirement().phase());
  }

  private int remaining(Pool pool, ReadyTask task) {
    return counts(task).ready() - pool.unseen - pool.pending.values().stream().mapToInt(Integer::intValue).sum();
  }

  /** What each that competes now has had. */
  private Map<String, Integer> taken(Pool pool, ReadyTask task, Instant now) {
    Map<String, Integer> all = new HashMap<>(counts(task).taken());
    List<Taken> unseen = LastOnes.unseen(records, replica, newest(task), pool.phase);
    unseen.forEach(claim -> all.merge(claim.getSwarmId(), 1, Integer::sum));
    pool.unseen = unseen.size();
    notice(pool, Map.copyOf(all), now);
    look(pool, task.spec(), now);
    Map<String, Integer> taken = new HashMap<>();
    for (String competitor : pool.competitors) {
      if (!isSilent(pool, competitor, now)) {
        taken.put(competitor, had(pool, competitor));
      }
    }
    return taken;
  }

  /** The newest claims of the last ones, of which the copy may have yet to see some. */
  private List<Taken> newest(ReadyTask task) {
    return replica
        .get(records.keys().shares(new PlanId(task.spec().getPlanId())))
        .map(entry -> Records.parse(entry, SharesRecord.parser()).getTakenList())
        .orElse(List.of());
  }

  private static int had(Pool pool, String swarm) {
    return pool.taken.getOrDefault(swarm, 0) + pool.pending.getOrDefault(swarm, 0);
  }

  /** A count that moved shows that its swarm is there, whichever coordinator it asks. */
  private static void notice(Pool pool, Map<String, Integer> taken, Instant now) {
    taken.forEach(
        (swarm, count) -> {
          if (!count.equals(pool.taken.get(swarm))) {
            pool.moved = now;
            pool.asked.put(swarm, now);
            pool.silent.remove(swarm);
          }
        });
    pool.taken = taken;
  }

  /** A swarm that did not come although nobody else took any does not compete until it comes. */
  private boolean isSilent(Pool pool, String swarm, Instant now) {
    Instant last = pool.asked.getOrDefault(swarm, Instant.MIN);
    Instant since = last.isAfter(pool.moved) ? last : pool.moved;
    if (!since.plus(patience).isAfter(now)) {
      pool.silent.add(swarm);
    }
    return pool.silent.contains(swarm);
  }

  /** Who competes is looked up anew after a while, the less often the more there are to look at. */
  private void look(Pool pool, TaskSpec spec, Instant now) {
    if (now.isBefore(pool.looked.equals(Instant.MIN) ? now : pool.looked.plus(LOOK_AGAIN.multipliedBy(1 + pool.competitors.size() / 1_000)))) {
      return;
    }
    List<String> competitors = new ArrayList<>();
    for (String key : replica.scan(records.keys().sessions()).keySet()) {
      SwarmId swarm = new SwarmId(Keys.idOf(key));
      if (competes(spec, records.admission(replica, swarm))) {
        competitors.add(swarm.value());
      }
    }
    pool.competitors = competitors;
    pool.looked = now;
  }

  private static boolean competes(TaskSpec spec, Admission admission) {
    if (admission.session().isEmpty() || admission.standing().isEmpty()) {
      return false;
    }
    Optional<Refusal> refusal = ClaimRules.admitKind(spec, admission);
    return refusal.isEmpty() || refusal.get().code() == ErrorCode.ERROR_CODE_AT_CAPACITY;
  }
}
