package io.infrafabric.coordinator.object;

import io.infrafabric.kit.config.Default;
import io.infrafabric.kit.config.Doc;
import java.time.Duration;

/** Limits of objects. */
public record ObjectSettings(
    @Default("32") @Doc("Objects that are put or got over gRPC at once; each takes about 2 MiB of memory.") int streams,
    @Default("30s") @Doc("How long an object's stream waits for a client that neither sends nor reads.") Duration patience) {

  /** Defaults. */
  public static ObjectSettings defaults() {
    return new ObjectSettings(32, Duration.ofSeconds(30));
  }
}
