package io.infrafabric.coordinator.session;

import io.infrafabric.coordinator.task.TaskIndex;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.store.ReplicaListener;
import io.infrafabric.kit.telemetry.Metrics;
import io.infrafabric.names.Keys;
import io.infrafabric.names.SwarmId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * For how long swarms with a session have worked on nothing (O3), since this process began to look: from what the copy is told of sessions and
 * claims, at the time at which it is told. Who holds only what is parked is idle, whoever helps others or does fillers is not.
 */
public final class IdleTimes implements TaskIndex.Listener, ReplicaListener {
  /** Swarms that are remembered; beyond that those without a session are forgotten. */
  private static final int MOST = 50_000;

  private final InstantSource clock;
  private final Map<SwarmId, Spell> spells = new ConcurrentHashMap<>();

  /**
   * What was measured of one swarm, or of all.
   *
   * @param online with a session
   * @param idle of that, without a claim to work on
   */
  public record Time(Duration online, Duration idle) {
    static final Time NONE = new Time(Duration.ZERO, Duration.ZERO);

    private Time plus(Time other) {
      return new Time(online.plus(other.online), idle.plus(other.idle));
    }
  }

  /** Of one swarm, up to when it last changed. */
  private static final class Spell {
    private Time time = Time.NONE;
    private Instant since = Instant.MIN;
    private boolean session;
    private int claims;

    synchronized void session(boolean now, Instant at) {
      turn(at);
      session = now;
    }

    synchronized void claims(int more, Instant at) {
      turn(at);
      claims += more;
    }

    synchronized Time until(Instant at) {
      turn(at);
      return time;
    }

    private void turn(Instant at) {
      if (session && at.isAfter(since)) {
        Duration passed = Duration.between(since, at);
        time = time.plus(new Time(passed, claims == 0 ? passed : Duration.ZERO));
      }
      since = at;
    }

    synchronized boolean isOver() {
      return !session && claims == 0;
    }
  }

  IdleTimes(InstantSource clock) {
    this.clock = clock;
  }

  /** Begins to look; to be called before the index is fed. */
  public void start(Replica replica, Keys keys, TaskIndex index, Metrics metrics) {
    index.addListener(this);
    replica.onChange(keys.sessions(), this);
    metrics.gauge("if.session.online_millis", "Milliseconds for which swarms have had a session, all together", () -> ofAll().online().toMillis());
    metrics.gauge("if.session.idle_millis", "Of those, milliseconds in which they worked on nothing", () -> ofAll().idle().toMillis());
  }

  @Override
  public void onChange(String key, Optional<Entry> before, Optional<Entry> after) {
    of(new SwarmId(Keys.idOf(key))).session(after.isPresent(), clock.instant());
  }

  @Override
  public void onClaimBegun(SwarmId swarm) {
    of(swarm).claims(1, clock.instant());
  }

  @Override
  public void onClaimEnded(SwarmId swarm) {
    of(swarm).claims(-1, clock.instant());
  }

  private Spell of(SwarmId swarm) {
    if (spells.size() >= MOST && !spells.containsKey(swarm)) {
      spells.values().removeIf(Spell::isOver);
    }
    return spells.computeIfAbsent(swarm, first -> new Spell());
  }

  /** Of one swarm, up to now. */
  Time of(SwarmId swarm, Instant now) {
    Spell spell = spells.get(swarm);
    return spell == null ? Time.NONE : spell.until(now);
  }

  /** Of all swarms together, up to now. */
  private Time ofAll() {
    Instant now = clock.instant();
    return spells.values().stream().map(spell -> spell.until(now)).reduce(Time.NONE, Time::plus);
  }
}
