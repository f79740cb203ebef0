package io.infrafabric.coordinator.storage;

import io.infrafabric.kit.config.Default;
import io.infrafabric.kit.config.Doc;
import java.time.Duration;

/** Limits of etcd's database. */
public record StorageSettings(
    @Default("8589934592") @Doc("etcd's --quota-backend-bytes, which etcd does not tell.") long quotaBytes,
    @Default("70") @Doc("Percent of the quota from which no tasks are taken.") int submitPercent,
    @Default("90") @Doc("Percent of the quota from which no claims are given.") int claimPercent,
    @Default("1s") @Doc("How often etcd is asked for its size.") Duration look,
    @Default("5m") @Doc("How much of the past etcd keeps; compacted as often.") Duration compaction,
    @Default("15m") @Doc("How long etcd keeps what the witness log has yet to cover when the log does not move.") Duration witnessPatience,
    @Default("true") @Doc("Defragment when the file is at its quota though little of it is in use.") boolean defragment) {

  /** Refuses limits of which nothing can be a share, or that come in the wrong order. */
  public StorageSettings {
    if (quotaBytes < 1) {
      throw new IllegalArgumentException("storage-quota-bytes must be at least 1, not " + quotaBytes);
    }
    int least = StorageRules.HYSTERESIS_PERCENT + 1; // below, what was stopped would never go on
    if (submitPercent < least || submitPercent > claimPercent || claimPercent > 100) {
      throw new IllegalArgumentException(
          "storage-submit-percent and storage-claim-percent must be %d to 100, the first not above the second: not %d and %d"
              .formatted(least, submitPercent, claimPercent));
    }
  }

  /** Defaults with this quota. */
  public static StorageSettings of(long quotaBytes) {
    return new StorageSettings(quotaBytes, 70, 90, Duration.ofSeconds(1), Duration.ofMinutes(5), Duration.ofMinutes(15), true);
  }
}
