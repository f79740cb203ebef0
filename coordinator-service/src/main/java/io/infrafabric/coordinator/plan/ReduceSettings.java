package io.infrafabric.coordinator.plan;

import io.infrafabric.kit.config.Default;
import io.infrafabric.kit.config.Doc;

/** Limits of what makes one result of many. */
public record ReduceSettings(
    @Default("4194304") @Doc("Largest result in the object store that BEST_SCORE and MERGE_ALL look into, in bytes; one at a time is in memory.") int resultBytes,
    @Default("500000") @Doc("Different items of one MERGE_ALL; each takes about 100 bytes of memory until it is answered.") int items,
    @Default("2") @Doc("Reductions that read from the object store, or put into it, at once.") int atOnce) {
  /** Refuses limits that let nothing through. */
  public ReduceSettings {
    least("reduce-result-bytes", resultBytes);
    least("reduce-items", items);
    least("reduce-at-once", atOnce);
  }

  private static void least(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " must be at least 1, not " + value);
    }
  }

  /** Defaults. */
  public static ReduceSettings defaults() {
    return new ReduceSettings(4 << 20, 500_000, 2);
  }
}
