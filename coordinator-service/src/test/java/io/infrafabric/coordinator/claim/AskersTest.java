package io.infrafabric.coordinator.claim;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.names.SwarmId;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class AskersTest {
  private static final SwarmId SWARM = new SwarmId("s1");
  private static final Duration HALF = Askers.MOMENT.dividedBy(2);

  private long now = Long.MAX_VALUE - 1; // the clock of a process may begin anywhere, and run over
  private final Askers askers = new Askers(() -> now);

  @Test
  void whoNeverAsked_isRung() {
    askers.freed(SWARM);
    assertThat(askers.isAboutToAsk(SWARM)).isFalse();
  }

  @Test
  void whoGotAClaimByAsking_isExpectedToAskForAMoment() {
    askers.served(SWARM);
    pass(HALF);
    assertThat(askers.isAboutToAsk(SWARM)).isTrue();
    pass(HALF);
    assertThat(askers.isAboutToAsk(SWARM)).isFalse();
  }

  @Test
  void whoGotAClaimByAsking_isExpectedToAskWhenItHasEnded() {
    askers.served(SWARM);
    pass(Duration.ofHours(1));
    askers.freed(SWARM);
    pass(HALF);
    assertThat(askers.isAboutToAsk(SWARM)).isTrue();
    pass(HALF);
    assertThat(askers.isAboutToAsk(SWARM)).isFalse();
  }

  @Test
  void whoFoundNothing_waitsForItsDoorbell() {
    askers.served(SWARM);
    askers.waits(SWARM);
    assertThat(askers.isAboutToAsk(SWARM)).isFalse();
    askers.freed(SWARM);
    assertThat(askers.isAboutToAsk(SWARM)).isFalse();
  }

  @Test
  void anotherSwarm_isRungAllTheSame() {
    askers.served(SWARM);
    assertThat(askers.isAboutToAsk(new SwarmId("s2"))).isFalse();
  }

  private void pass(Duration time) {
    now += time.toNanos();
  }
}
