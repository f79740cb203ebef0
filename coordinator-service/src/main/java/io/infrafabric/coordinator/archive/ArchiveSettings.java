package io.infrafabric.coordinator.archive;

import io.infrafabric.kit.config.Default;
import io.infrafabric.kit.config.Doc;
import java.time.Duration;

/** How long ended tasks stay where. */
public record ArchiveSettings(
    @Default("24h") @Doc("How long a completed, failed or cancelled task stays in etcd.") Duration retention,
    @Default("168h") @Doc("How long a quarantined task stays in etcd, where it can be requeued.") Duration quarantine,
    @Default("720h") @Doc("How long the record of an archived task is kept, and its id not used again.") Duration keep,
    @Default("-1") @Doc("Bytes of the stream of records, oldest dropped first; -1: as much as JetStream has.") long maxBytes,
    @Default("500") @Doc("Tasks that are archived at once.") int round) {

  /** Refuses a round of nothing, in which no task would ever leave etcd. */
  public ArchiveSettings {
    if (round < 1) {
      throw new IllegalArgumentException("archive-round must be at least 1, not " + round);
    }
  }

  /** Defaults. */
  public static ArchiveSettings defaults() {
    return new ArchiveSettings(Duration.ofHours(24), Duration.ofDays(7), Duration.ofDays(30), -1, 500);
  }
}
