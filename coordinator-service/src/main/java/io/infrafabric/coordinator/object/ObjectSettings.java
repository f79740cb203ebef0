package io.infrafabric.coordinator.object;

import io.infrafabric.kit.config.Default;
import io.infrafabric.kit.config.Doc;
import java.time.Duration;

/** Limits of objects. */
public record ObjectSettings(
    @Default("32") @Doc("Objects that are put or got over gRPC at once; each takes about 2 MiB of memory.") int streams,
    @Default("30s") @Doc("How long an object's stream waits for a client that neither sends nor reads.") Duration patience,
    @Default("24h") @Doc("How long an object stays that no task and no contract names; at least 10m.") Duration retention) {
  private static final Duration SHORTEST = Duration.ofMinutes(10);

  /** Half of the retention is the time in which a request that was told that its object is there has to be done. */
  public ObjectSettings {
    if (streams < 1) {
      throw new IllegalArgumentException("objects-streams must be at least 1, not " + streams);
    }
    if (retention.compareTo(SHORTEST) < 0) {
      throw new IllegalArgumentException("objects are kept for at least 10m, not " + retention);
    }
  }

  /** Defaults. */
  public static ObjectSettings defaults() {
    return new ObjectSettings(32, Duration.ofSeconds(30), Duration.ofHours(24));
  }
}
