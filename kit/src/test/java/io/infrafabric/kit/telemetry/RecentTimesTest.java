package io.infrafabric.kit.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RecentTimesTest {
  private final AtomicLong nanos = new AtomicLong(-5);
  private final RecentTimes times = new RecentTimes(nanos::get);

  private void take(long micros) {
    long begun = nanos.get();
    nanos.addAndGet(micros * 1_000);
    times.add(begun);
  }

  @Test
  void nothingMeasured_isNoFigure() {
    assertThat(times.summary()).isEmpty();
  }

  @Test
  void timeOfNothing_isAFigure() {
    take(0);
    assertThat(times.summary()).contains(new RecentTimes.Summary(1, Duration.ZERO, 0, 0, 0, 0, 0));
  }

  @Test
  void summary_isOfAllThatWasMeasured() {
    for (int micros = 200; micros >= 1; micros--) {
      take(micros);
    }
    Duration sinceTheFirst = Duration.ofNanos(1_000L * 199 * 200 / 2);
    assertThat(times.summary()).contains(new RecentTimes.Summary(200, sinceTheFirst, 100, 100, 190, 198, 200));
  }

  @Test
  void whatIsOld_isLeftOut_andNothingIsLeftInTheEnd() {
    take(900);
    nanos.addAndGet(RecentTimes.WINDOW.toNanos());
    take(7);
    assertThat(times.summary()).contains(new RecentTimes.Summary(1, Duration.ZERO, 7, 7, 7, 7, 7));
    nanos.addAndGet(RecentTimes.WINDOW.toNanos());
    assertThat(times.summary()).contains(new RecentTimes.Summary(1, RecentTimes.WINDOW, 7, 7, 7, 7, 7));
    nanos.incrementAndGet();
    assertThat(times.summary()).isEmpty();
  }

  @Test
  void newest_areKept() {
    take(1_000_000);
    for (int i = 0; i < RecentTimes.MOST; i++) {
      take(3);
    }
    Duration window = Duration.ofNanos(3_000L * (RecentTimes.MOST - 1));
    assertThat(times.summary()).contains(new RecentTimes.Summary(RecentTimes.MOST, window, 3, 3, 3, 3, 3));
  }
}
