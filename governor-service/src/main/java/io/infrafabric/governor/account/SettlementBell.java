package io.infrafabric.governor.account;

import io.infrafabric.governor.books.ReplicaBooks;
import io.infrafabric.names.SwarmId;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rings a settler for swarms whose claims have ended. What can wait lingers for a moment, so that several claims of a swarm are booked in one
 * transaction; what somebody waits for ({@link SettlementRules#mayLinger}) is booked at once. Nobody's money depends on when: a claim that
 * has ended counts with its cost wherever credit is judged, booked or not.
 */
public final class SettlementBell {
  private static final Logger log = LoggerFactory.getLogger(SettlementBell.class);

  private final ReplicaBooks books;
  private final Settler settler;
  private final Duration linger;
  private final Executor executor;
  private final ScheduledExecutorService timer;
  /** Swarms that will be considered on another thread. */
  private final Set<SwarmId> rung = ConcurrentHashMap.newKeySet();

  /** Swarms whose claims linger, and what these may cost before somebody waits for them. */
  private final ConcurrentHashMap<SwarmId, Long> lingering = new ConcurrentHashMap<>();

  /** Revisions that messages know and the copy here may not. */
  private final ConcurrentHashMap<SwarmId, Long> heard = new ConcurrentHashMap<>();

  /**
   * @param linger how long a claim waits for others of its swarm; zero books each at once
   * @param executor where claims are booked; may block
   */
  SettlementBell(ReplicaBooks books, Settler settler, Duration linger, Executor executor, ScheduledExecutorService timer) {
    this.books = books;
    this.settler = settler;
    this.linger = linger;
    this.executor = executor;
    this.timer = timer;
  }

  /** Something of the swarm has changed. */
  void ring(SwarmId swarm) {
    if (rung.add(swarm)) {
      unlessClosed(
          () ->
              executor.execute(
                  () -> {
                    rung.remove(swarm);
                    consider(swarm);
                  }));
    }
  }

  /** Changes are told until the copy is closed, which is later than the executors: the next settler books what ended meanwhile. */
  private static void unlessClosed(Runnable handOver) {
    try {
      handOver.run();
    } catch (RejectedExecutionException closed) {
      log.atDebug().log("a claim ended while this settler stops; another books it");
    }
  }

  /**
   * A claim of the swarm has ended.
   *
   * @param revision of the store that says so: what is not known here by the time the swarm is settled is read first
   */
  void ring(SwarmId swarm, long revision) {
    if (revision > books.revision()) {
      heard.merge(swarm, revision, Math::max);
    }
    ring(swarm);
  }

  private void consider(SwarmId swarm) {
    Long mayCost = lingering.get(swarm);
    if (mayCost != null) {
      if (SettlementRules.isUrgent(books.commitments(swarm), mayCost)) {
        settle(swarm);
      }
      return;
    }
    if (!heard.containsKey(swarm) && !settler.isDue(swarm)) {
      return;
    }
    OptionalLong mayLinger = linger.isZero() ? OptionalLong.empty() : settler.mayLinger(swarm);
    if (mayLinger.isEmpty()) {
      settle(swarm);
    } else if (lingering.putIfAbsent(swarm, mayLinger.getAsLong()) == null) {
      unlessClosed(() -> timer.schedule(() -> unlessClosed(() -> executor.execute(() -> settleLingering(swarm))), linger.toMillis(), TimeUnit.MILLISECONDS));
    }
  }

  private void settleLingering(SwarmId swarm) {
    lingering.remove(swarm);
    settle(swarm);
  }

  private void settle(SwarmId swarm) {
    Long revision = heard.remove(swarm);
    if (revision != null && revision > books.revision()) {
      settler.settleAfterRefresh(swarm).exceptionally(failure -> 0); // it is looked at again with all others
    } else {
      settler.settle(swarm);
    }
  }
}
