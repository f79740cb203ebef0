package io.infrafabric.coordinator.claim;

import io.infrafabric.names.SwarmId;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * Swarms that are about to ask for a task by themselves, so that nobody need ring them. Whoever got its last claim from ClaimNext asks again as
 * soon as it has room; it is given a moment for it, and once it was told that there is nothing it waits for its doorbell. A
 * guess of this process alone that saves messages: nothing rests on it but who is rung first, for a moment.
 */
public final class Askers {
  /** For so long a swarm is expected to ask. */
  static final Duration MOMENT = Duration.ofMillis(100);

  private static final int MOST = 20_000;

  private final LongSupplier nanos;
  /** By swarm, until when it is expected to ask. */
  private final Map<SwarmId, Long> until = new ConcurrentHashMap<>();

  /**
   * @param nanos as {@link System#nanoTime} tells it
   */
  public Askers(LongSupplier nanos) {
    this.nanos = nanos;
  }

  /** It has asked and got a claim. */
  void served(SwarmId swarm) {
    if (until.size() >= MOST) {
      until.clear();
    }
    until.put(swarm, nanos.getAsLong() + MOMENT.toNanos());
  }

  /** It was told that there is nothing, or has taken what it was rung for: it is one of those who wait to be rung. */
  void waits(SwarmId swarm) {
    until.remove(swarm);
  }

  /** One of its claims has ended, so that it has room for another. */
  public void freed(SwarmId swarm) {
    until.computeIfPresent(swarm, (same, before) -> nanos.getAsLong() + MOMENT.toNanos());
  }

  /** Whether it is about to ask. */
  public boolean isAboutToAsk(SwarmId swarm) {
    Long moment = until.get(swarm);
    return moment != null && nanos.getAsLong() - moment < 0;
  }
}
