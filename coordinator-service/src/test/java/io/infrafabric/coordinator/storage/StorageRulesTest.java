package io.infrafabric.coordinator.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.v1.StoreLevel;
import io.infrafabric.kit.store.Upkeep.Space;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StorageRulesTest {
  private static final StorageSettings OF_1000 = StorageSettings.of(1_000);

  @ParameterizedTest
  @CsvSource({
    "OPEN, 699, 699, OPEN",
    "OPEN, 700, 700, NO_SUBMITS",
    "OPEN, 899, 899, NO_SUBMITS",
    "OPEN, 900, 900, NO_CLAIMS",
    "OPEN, 100, 900, OPEN", // what is free in the file is taken first
    "OPEN, 100, 950, NO_CLAIMS", // etcd refuses by the file's size
    "NO_SUBMITS, 660, 700, NO_SUBMITS", // not before it has fallen by some percent
    "NO_SUBMITS, 649, 700, OPEN",
    "NO_CLAIMS, 860, 900, NO_CLAIMS",
    "NO_CLAIMS, 849, 900, NO_SUBMITS",
    "NO_CLAIMS, 649, 900, OPEN"
  })
  void level_followsWhatIsInUse(String before, long used, long file, String after) {
    assertThat(StorageRules.level(level(before), new Space(file, used, false, 1), OF_1000)).isEqualTo(level(after));
  }

  @Test
  void alarm_isNoRoomAtAll() {
    assertThat(StorageRules.level(StoreLevel.STORE_LEVEL_OPEN, new Space(10, 10, true, 1), OF_1000)).isEqualTo(StoreLevel.STORE_LEVEL_NO_CLAIMS);
  }

  @Test
  void moreInUse_neverAllowsMore() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 10_000; i++) {
      StoreLevel before = level(new String[] {"OPEN", "NO_SUBMITS", "NO_CLAIMS"}[random.nextInt(3)]);
      long file = random.nextLong(1_001);
      long used = random.nextLong(file + 1);
      StoreLevel less = StorageRules.level(before, new Space(file, used, false, 1), OF_1000);
      StoreLevel more = StorageRules.level(before, new Space(Math.min(1_000, file + 50), Math.min(1_000, used + 50), false, 1), OF_1000);
      assertThat(more.getNumber()).as("seed %d, %s, %d of %d", seed, before, used, file).isGreaterThanOrEqualTo(less.getNumber());
    }
  }

  @ParameterizedTest
  @CsvSource({"950, 100, false, true", "950, 700, false, false", "500, 100, false, false", "500, 100, true, true"})
  void defragmentation_isForAFileAtItsQuotaThatIsMostlyFree(long file, long used, boolean alarm, boolean wanted) {
    assertThat(StorageRules.wantsDefragmentation(new Space(file, used, alarm, 1), OF_1000)).isEqualTo(wanted);
  }

  private static StoreLevel level(String word) {
    return StoreLevel.valueOf("STORE_LEVEL_" + word);
  }
}
