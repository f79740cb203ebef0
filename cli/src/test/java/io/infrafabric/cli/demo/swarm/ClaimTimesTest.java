package io.infrafabric.cli.demo.swarm;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ClaimTimesTest {
  @Test
  void millis_isTheNearestRank() {
    ClaimTimes times = new ClaimTimes();
    for (int i = 100; i >= 1; i--) {
      times.add(i % 2 == 0 ? ClaimTimes.Cause.OFFER : ClaimTimes.Cause.ASKED, i * 1_000_000L);
    }

    assertThat(times.millis(500)).isEqualTo(50);
    assertThat(times.millis(950)).isEqualTo(95);
    assertThat(times.count()).isEqualTo(100);
    assertThat(times.offered()).isEqualTo(50);
  }

  @Test
  void millis_isZeroWithoutClaims() {
    assertThat(new ClaimTimes().millis(500)).isZero();
  }
}
