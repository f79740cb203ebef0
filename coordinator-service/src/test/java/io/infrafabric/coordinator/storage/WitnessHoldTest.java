package io.infrafabric.coordinator.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class WitnessHoldTest {
  private static final Instant START = Instant.parse("2026-03-01T12:00:00Z");

  private OptionalLong covered = OptionalLong.of(70);
  private final WitnessHold hold = new WitnessHold(() -> CompletableFuture.completedFuture(covered), Duration.ofMinutes(15));

  private long at(Duration later) {
    return hold.limit(START.plus(later)).join();
  }

  @Test
  void whatTheLogHasYetToCover_isKept_whileItMoves() {
    assertThat(at(Duration.ZERO)).isEqualTo(70);
    assertThat(at(Duration.ofMinutes(14))).isEqualTo(70);
    covered = OptionalLong.of(80);
    assertThat(at(Duration.ofMinutes(20))).isEqualTo(80);
    assertThat(at(Duration.ofMinutes(34))).isEqualTo(80);
  }

  @Test
  void logThatStandsStill_isWaitedForOnlyAWhile() {
    assertThat(at(Duration.ZERO)).isEqualTo(70);
    assertThat(at(Duration.ofMinutes(15))).isEqualTo(Long.MAX_VALUE);
    covered = OptionalLong.of(71);
    assertThat(at(Duration.ofMinutes(16))).isEqualTo(71);
  }

  @Test
  void noLog_holdsNothing() {
    covered = OptionalLong.empty();
    assertThat(at(Duration.ZERO)).isEqualTo(Long.MAX_VALUE);
  }
}
