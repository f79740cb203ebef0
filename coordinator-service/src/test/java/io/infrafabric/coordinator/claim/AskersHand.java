package io.infrafabric.coordinator.claim;

import io.infrafabric.names.SwarmId;
import java.util.function.LongSupplier;

/** Says of swarms what their calls would say, for tests of other packages. */
public final class AskersHand {
  /** For so long a swarm is expected to ask. */
  public static final long MOMENT_NANOS = Askers.MOMENT.toNanos();

  private final Askers askers;

  public AskersHand(LongSupplier nanos) {
    this.askers = new Askers(nanos);
  }

  /** What a dispatcher is given. */
  public Askers askers() {
    return askers;
  }

  /** The swarm asked and got a claim. */
  public void served(String swarm) {
    askers.served(new SwarmId(swarm));
  }

  /** The swarm asked and was told that there is nothing. */
  public void waits(String swarm) {
    askers.waits(new SwarmId(swarm));
  }
}
