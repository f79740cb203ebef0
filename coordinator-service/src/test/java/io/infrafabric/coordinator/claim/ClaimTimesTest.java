package io.infrafabric.coordinator.claim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ClaimTimesTest {
  private final AtomicLong nanos = new AtomicLong(-5);
  private final ClaimTimes times = new ClaimTimes(nanos::get);

  private void claim(long micros) {
    long begun = times.begin();
    nanos.addAndGet(micros * 1_000);
    times.made(begun);
  }

  @Test
  void summary_isOfAllThatWasMade() {
    assertThat(times.summary()).isEqualTo(new ClaimTimes.Summary(0, 0, 0, 0, 0));
    for (int micros = 100; micros >= 1; micros--) {
      claim(micros);
    }
    assertThat(times.summary()).isEqualTo(new ClaimTimes.Summary(100, 100, 50, 95, 100));
  }

  @Test
  void whatIsOld_countsAsMade_andIsNotMeasured() {
    claim(900);
    nanos.addAndGet(ClaimTimes.WINDOW.toNanos());
    claim(7);
    assertThat(times.summary()).isEqualTo(new ClaimTimes.Summary(2, 1, 7, 7, 7));
  }

  @Test
  void newest_areKept() {
    claim(1_000_000);
    for (int i = 0; i < ClaimTimes.MOST; i++) {
      claim(3);
    }
    assertThat(times.summary()).isEqualTo(new ClaimTimes.Summary(ClaimTimes.MOST + 1, ClaimTimes.MOST, 3, 3, 3));
  }
}
