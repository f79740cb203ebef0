package io.infrafabric.coordinator.dispatch;

import io.infrafabric.coordinator.task.Requirement;
import io.infrafabric.names.SwarmId;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rankings as last heard: asked for again after a while, kept while the governor is away. Bounded; the requirement not used
 * for longest goes first.
 */
final class Rankings {
  private static final Logger log = LoggerFactory.getLogger(Rankings.class);
  private static final int MOST = 1_000;

  private final Ranking ranking;
  private final Duration fresh;
  private final Runnable onHeard;
  private final Map<Requirement, Heard> heard =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Requirement, Heard> eldest) {
          return size() > MOST;
        }
      };
  private boolean away;

  private static final class Heard {
    Optional<List<SwarmId>> swarms = Optional.empty();
    Instant askedAt = Instant.MIN;
    boolean asking;
  }

  /**
   * @param onHeard called when a ranking has arrived that was waited for
   */
  Rankings(Ranking ranking, Duration fresh, Runnable onHeard) {
    this.ranking = ranking;
    this.fresh = fresh;
    this.onHeard = onHeard;
  }

  /** Swarms for a requirement, best first; empty while nothing has been heard yet. Asks again when it is old. */
  synchronized Optional<List<SwarmId>> of(Requirement requirement, Instant now) {
    Heard entry = heard.computeIfAbsent(requirement, r -> new Heard());
    if (!entry.asking && (entry.askedAt.equals(Instant.MIN) || !entry.askedAt.plus(fresh).isAfter(now))) {
      entry.asking = true;
      entry.askedAt = now;
      ask(requirement).whenComplete((swarms, failure) -> hear(entry, swarms, failure));
    }
    return entry.swarms;
  }

  private CompletableFuture<List<SwarmId>> ask(Requirement requirement) {
    try {
      return ranking.rank(requirement);
    } catch (RuntimeException failure) {
      return CompletableFuture.failedFuture(failure);
    }
  }

  /** Asks for every ranking again when it is needed next: the policy has moved. */
  synchronized void forgetAge() {
    heard.values().forEach(entry -> entry.askedAt = Instant.MIN);
  }

  /** True while the governor does not answer. */
  synchronized boolean isAway() {
    return away;
  }

  private void hear(Heard entry, List<SwarmId> swarms, Throwable failure) {
    boolean news;
    synchronized (this) {
      entry.asking = false;
      news = entry.swarms.isEmpty();
      if (failure == null) {
        Optional<List<SwarmId>> now = Optional.of(swarms);
        news = !entry.swarms.equals(now);
        entry.swarms = now;
        away = false;
      } else {
        if (!away) {
          log.atWarn().addKeyValue("cause", failure.toString()).log("the governor does not rank; going on with what it said last");
        }
        away = true;
      }
    }
    if (news) {
      onHeard.run();
    }
  }
}
