package io.infrafabric.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class StallsTest {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  @Test
  void whoIsWokenLate_hasStoodStill_forAsMuchAsLiesBetween() {
    Stalls stalls = new Stalls();
    stalls.woken(3 * SECOND, 5 * SECOND);
    stalls.woken(6 * SECOND, 6 * SECOND + 1);
    assertThat(stalls.between(0, 9 * SECOND)).isEqualTo(Duration.ofSeconds(2));
    assertThat(stalls.between(4 * SECOND, 9 * SECOND)).isEqualTo(Duration.ofSeconds(1));
    assertThat(stalls.between(0, 3 * SECOND)).isZero();
    assertThat(stalls.running(0, 4 * SECOND)).isEqualTo(Duration.ofSeconds(3));
  }

  @Test
  void whatIsNotSoInTime_isNotWaitedFor() {
    AtomicInteger looks = new AtomicInteger();
    assertThat(Stalls.within(Duration.ofSeconds(5), () -> looks.incrementAndGet() == 3)).isTrue();
    assertThat(looks).hasValue(3);
    assertThat(Stalls.within(Duration.ofMillis(50), () -> false)).isFalse();
  }

  @Test
  void machineThatRuns_isNotAskedToExcuseAnything() {
    try (Stalls stalls = Stalls.watching()) {
      long from = System.nanoTime();
      await().until(() -> System.nanoTime() - from > SECOND / 2);
      long until = System.nanoTime();
      assertThat(stalls.between(from, until)).isLessThan(Duration.ofNanos(until - from));
    }
  }
}
