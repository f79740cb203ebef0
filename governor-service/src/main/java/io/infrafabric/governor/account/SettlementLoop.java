package io.infrafabric.governor.account;

import io.infrafabric.governor.books.ReplicaBooks;
import io.infrafabric.governor.relay.Facts;
import io.infrafabric.kit.lifecycle.Periodic;
import io.infrafabric.kit.lifecycle.Threads;
import io.infrafabric.kit.relay.Publisher;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.kit.telemetry.Telemetry;
import io.infrafabric.names.Keys;
import io.infrafabric.names.SwarmId;
import io.infrafabric.policy.DecisionLog;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Supplier;

/** Keeps a settler at work: rings it at every change of commitments, and lets it look at all of them now and then. */
public final class SettlementLoop implements AutoCloseable {
  private final ExecutorService executor = Threads.virtualPerTask("settle");
  private final ScheduledExecutorService timer = Threads.timer("settle-linger");
  private final Settler settler;
  private final SettlementBell bell;
  private final Periodic reconcile;

  private SettlementLoop(
      Replica replica,
      Facts facts,
      Publisher publisher,
      DecisionLog decisions,
      Supplier<SettlementLimits> limits,
      Duration linger,
      Duration every,
      InstantSource clock,
      Telemetry telemetry) {
    Keys keys = facts.keys();
    settler =
        new Settler(
            new ReplicaBooks(replica, keys), limits, clock, executor, new BookingTeller(facts, publisher, telemetry).andThen(new DecisionTeller(decisions, clock)));
    bell = new SettlementBell(new ReplicaBooks(replica, keys), settler, linger, executor, timer);
    replica.onChange(
        keys.commitments(), (key, before, after) -> after.ifPresent(entry -> bell.ring(new SwarmId(Keys.idOf(key)))));
    reconcile = Periodic.start("settle-all", every, settler::runOnce);
  }

  /**
   * Starts to settle.
   *
   * @param publisher where bookings are told
   * @param decisions where they are written down for simulations
   * @param limits as they are at each booking
   * @param linger how long a claim waits for others of its swarm, to be booked with them
   * @param every how often all commitments are looked through
   */
  public static SettlementLoop start(
      Replica replica,
      Facts facts,
      Publisher publisher,
      DecisionLog decisions,
      Supplier<SettlementLimits> limits,
      Duration linger,
      Duration every,
      InstantSource clock,
      Telemetry telemetry) {
    return new SettlementLoop(replica, facts, publisher, decisions, limits, linger, every, clock, telemetry);
  }

  /** For others that have heard of the end of a claim. */
  public SettlementBell bell() {
    return bell;
  }

  @Override
  public void close() {
    reconcile.close();
    timer.shutdownNow();
    executor.shutdown();
  }
}
