package io.infrafabric.testkit.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What makes a run void. */
class ChaosReportTest {
  private final Map<Fault, Integer> made = all();
  private final Map<Fault, Integer> bit = all();
  private long relisted = 3;
  private int parkings = 5;
  private int resumptions = 4;

  private static Map<Fault, Integer> all() {
    Map<Fault, Integer> all = new EnumMap<>(Fault.class);
    for (Fault fault : Fault.values()) {
      all.put(fault, 2);
    }
    return all;
  }

  private ChaosReport report() {
    ChaosSettings settings = ChaosSettings.ofCi(Path.of("."), Path.of("."), 1);
    return new ChaosReport(
        settings, 20_000, 90_000, 3, 1, parkings, resumptions, 60_000, 7, 70, 50, 400, relisted, made, bit, Map.of(Fault.KILL_ETCD, 2), Optional.empty(), List.of(), List.of());
  }

  @Test
  void runInWhichEverythingBit_counts() {
    assertThat(report().isVoidBecause()).isEmpty();
    assertThat(report().isClean()).isTrue();
  }

  @Test
  void kindThatNeverBit_orWasNeverMade_isNamed() {
    bit.remove(Fault.CUT_NATS);
    bit.remove(Fault.PAUSE_ETCD);
    made.remove(Fault.PAUSE_ETCD);
    assertThat(report().isVoidBecause()).containsExactly("PAUSE_ETCD was never made", "CUT_NATS was made 2 times and never bit");
    assertThat(report().isClean()).isFalse();
    assertThat(report().toString()).contains("VOID: CUT_NATS was made 2 times and never bit");
  }

  @Test
  void runWithoutAWatchThatMetACompaction_isVoid() {
    relisted = 0;
    assertThat(report().isVoidBecause()).containsExactly("no watch met a compacted revision and listed anew");
  }

  @Test
  void runWithoutParkedTasks_isVoid() {
    resumptions = 0;
    assertThat(report().isVoidBecause()).containsExactly("5 tasks were parked by a blocker and 0 went on");
  }
}
