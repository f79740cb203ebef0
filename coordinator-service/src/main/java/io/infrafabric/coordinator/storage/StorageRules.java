package io.infrafabric.coordinator.storage;

import io.infrafabric.coordinator.v1.StoreLevel;
import io.infrafabric.kit.store.Upkeep.Space;

/** What a database of some size still takes. Pure. */
final class StorageRules {
  /** By how much it must fall below a limit before what was stopped goes on, so that it does not flutter. */
  static final int HYSTERESIS_PERCENT = 5;

  /** From here on the file itself counts, whatever is free in it: etcd refuses by the file's size. */
  static final int FILE_PERCENT = 95;

  /** A file of which less is in use is worth the pause of a defragmentation. */
  static final int WORTHWHILE_PERCENT = 60;

  private StorageRules() {}

  /** Percent of the quota that is taken: what is in use, because the rest of the file is taken first; all of it near the quota. */
  static long percent(Space space, long quotaBytes) {
    long file = space.sizeBytes() * 100 / quotaBytes;
    return space.alarm() ? 100 : file >= FILE_PERCENT ? file : space.usedBytes() * 100 / quotaBytes;
  }

  /** What is refused now. */
  static StoreLevel level(StoreLevel before, Space space, StorageSettings settings) {
    long percent = percent(space, settings.quotaBytes());
    if (percent >= limit(settings.claimPercent(), before == StoreLevel.STORE_LEVEL_NO_CLAIMS)) {
      return StoreLevel.STORE_LEVEL_NO_CLAIMS;
    }
    boolean stopped = before == StoreLevel.STORE_LEVEL_NO_SUBMITS || before == StoreLevel.STORE_LEVEL_NO_CLAIMS;
    return percent >= limit(settings.submitPercent(), stopped) ? StoreLevel.STORE_LEVEL_NO_SUBMITS : StoreLevel.STORE_LEVEL_OPEN;
  }

  private static int limit(int percent, boolean stopped) {
    return stopped ? percent - HYSTERESIS_PERCENT : percent;
  }

  /** Whether only a defragmentation brings room: the file is at the quota, most of it is free. */
  static boolean wantsDefragmentation(Space space, StorageSettings settings) {
    return settings.defragment()
        && (space.alarm() || space.sizeBytes() * 100 / settings.quotaBytes() >= settings.claimPercent())
        && space.usedBytes() * 100 < space.sizeBytes() * WORTHWHILE_PERCENT;
  }
}
