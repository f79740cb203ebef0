package io.infrafabric.coordinator.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.kit.telemetry.RecentTimes;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class PushTimesTest {
  private final AtomicLong nanos = new AtomicLong();
  private final PushTimes times = new PushTimes(new RecentTimes(nanos::get), new RecentTimes(nanos::get));

  private static Optional<RecentTimes.Summary> one(long micros) {
    return Optional.of(new RecentTimes.Summary(1, Duration.ZERO, micros, micros, micros, micros, micros));
  }

  @Test
  void timedOffer_isMeasuredToTheAcknowledgement_andToTheDoorbell() {
    PushTiming timing = new PushTiming.From(1_000);
    times.rings("a", timing);
    nanos.set(4_000);
    times.acknowledged(timing);
    assertThat(times.untilAcknowledged()).isEqualTo(one(3));
    assertThat(times.untilHeard()).isEmpty();
    nanos.set(6_000);
    times.heard("a");
    assertThat(times.untilHeard()).isEqualTo(one(5));
    assertThat(times.counts()).isEqualTo(new PushTimes.Counts(1, 1, 0, 0, 0));
  }

  @Test
  void doorbellThatRingsTwice_orThatAnotherRang_isNotMeasured() {
    times.rings("a", new PushTiming.From(0));
    times.heard("b");
    nanos.set(2_000);
    times.heard("a");
    nanos.set(9_000_000);
    times.heard("a");
    assertThat(times.untilHeard()).isPresent().get().extracting(RecentTimes.Summary::measured, RecentTimes.Summary::maxMicros).containsExactly(1, 2L);
  }

  @Test
  void otherOffers_areCountedOnly() {
    times.rings("a", new PushTiming.Waited());
    times.acknowledged(new PushTiming.Waited());
    times.rings("b", new PushTiming.Unheard());
    times.failed();
    times.rings("c", new PushTiming.Again());
    times.acknowledged(new PushTiming.Again());
    times.heard("a");
    times.heard("c");
    assertThat(times.counts()).isEqualTo(new PushTimes.Counts(3, 2, 1, 1, 1));
    assertThat(times.untilAcknowledged()).isEmpty();
    assertThat(times.untilHeard()).isEmpty();
  }
}
