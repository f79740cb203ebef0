package io.infrafabric.governor.escalation;

import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.kit.lifecycle.Periodic;
import io.infrafabric.kit.lifecycle.Threads;
import io.infrafabric.kit.store.Election;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.store.ReplicaListener;
import io.infrafabric.kit.store.Store;
import io.infrafabric.kit.telemetry.Metrics;
import io.infrafabric.names.Keys;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.function.Function;

/** Keeps the duty at work: wakes it up when a cause comes or goes or something is decided, and lets it look at everything now and then. */
public final class EscalationLoop implements AutoCloseable {
  private static final Duration BEAT = Duration.ofMillis(500);
  private static final Duration GAP = Duration.ofMillis(50);

  private final ExecutorService executor = Threads.virtualPerTask("escalation");
  private final ReplicaEscalations all;
  private final Escalations escalations;
  private final EscalationFeed feed = new EscalationFeed();
  private final Election election;
  private final Periodic loop;

  private EscalationLoop(
      Store store,
      Replica replica,
      Keys keys,
      String instance,
      EscalationSettings settings,
      List<String> sinks,
      int lowPercent,
      CoordinatorDoor coordinator,
      Function<Task, Optional<List<String>>> unfit,
      InstantSource clock,
      Metrics metrics) {
    Terms terms = Terms.of(settings, sinks);
    all = new ReplicaEscalations(replica, keys);
    Effects effects = new Effects(all, coordinator, executor, clock);
    escalations = new Escalations(all, effects, terms, settings.most(), lowPercent, clock);
    election = Election.open(store, keys, "escalations", instance, Election.Listener.NONE);
    EscalationDuty duty =
        new EscalationDuty(all, lowPercent, effects, coordinator, terms, settings, election::isLeader, unfit, executor, clock, metrics);
    Duration beat = settings.lookEvery().compareTo(BEAT) < 0 ? settings.lookEvery() : BEAT;
    loop = Periodic.start("escalations", beat, GAP, () -> duty.runOnce(clock.instant()));
    ReplicaListener causes =
        (key, before, after) -> {
          duty.onCauseChanged();
          loop.wakeUp();
        };
    replica.onChange(keys.breakers(), causes);
    replica.onChange(keys.blockers(), causes);
    all.onChange(
        () -> {
          loop.wakeUp();
          feed.ring();
        });
  }

  /**
   * Starts to look.
   *
   * @param instance names this process, for people
   * @param sinks names of the webhooks that escalations are to be posted to
   * @param lowPercent share of the granted money at which a person is asked for more
   * @param unfit why those swarms that come nearest may not do a task, when none may; empty when one may
   */
  public static EscalationLoop start(
      Store store,
      Replica replica,
      Keys keys,
      String instance,
      EscalationSettings settings,
      List<String> sinks,
      int lowPercent,
      CoordinatorDoor coordinator,
      Function<Task, Optional<List<String>>> unfit,
      InstantSource clock,
      Metrics metrics) {
    return new EscalationLoop(store, replica, keys, instance, settings, sinks, lowPercent, coordinator, unfit, clock, metrics);
  }

  /** All escalations, for those who deliver them. */
  public ReplicaEscalations all() {
    return all;
  }

  Escalations escalations() {
    return escalations;
  }

  EscalationFeed feed() {
    return feed;
  }

  @Override
  public void close() {
    loop.close();
    election.close();
    executor.shutdown();
  }
}
