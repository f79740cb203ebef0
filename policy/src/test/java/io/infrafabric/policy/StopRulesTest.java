package io.infrafabric.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.v1.Commitment;
import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.governor.v1.BreakerReason;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.CapabilityStop;
import io.infrafabric.governor.v1.Standing;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StopRulesTest {
  private static final List<String> REQUIRED = List.of("code:java", "code:review");

  private static Standing standing(BreakerState whole, BreakerState ofJava) {
    Standing.Builder standing =
        Standing.newBuilder().setSwarmId("fox").setBreaker(whole).setBreakerReason(BreakerReason.BREAKER_REASON_MANUAL).setProbe(7);
    if (ofJava != BreakerState.BREAKER_STATE_CLOSED) {
      standing.addStops(
          CapabilityStop.newBuilder().setCapability("code:java").setState(ofJava).setReason(BreakerReason.BREAKER_REASON_REPEATED_FAILURES).setProbe(8));
    }
    return standing.build();
  }

  private static CommitmentsRecord probed(long... probes) {
    Commitment.Builder line = Commitment.newBuilder().setClaimId("c");
    for (long probe : probes) {
      line.addProbes(probe);
    }
    return CommitmentsRecord.newBuilder().addCommitments(line).build();
  }

  /** By state of the swarm's breaker, of that of a capability, and the probe that is in the book: whether what requires it may be claimed, and what else. */
  @ParameterizedTest
  @CsvSource({
    "CLOSED, CLOSED, 0, true, true",
    "OPEN, CLOSED, 0, false, false",
    "CLOSED, OPEN, 0, false, true",
    "OPEN, OPEN, 0, false, false",
    "HALF_OPEN, CLOSED, 0, true, true",
    "HALF_OPEN, CLOSED, 7, false, false",
    // The probe of another time.
    "HALF_OPEN, CLOSED, 6, true, true",
    "CLOSED, HALF_OPEN, 0, true, true",
    "CLOSED, HALF_OPEN, 8, false, true",
    "CLOSED, HALF_OPEN, 7, true, true",
    "HALF_OPEN, OPEN, 0, false, true",
    "HALF_OPEN, OPEN, 7, false, false",
  })
  void claim_isStoppedByWhatIsOpen_orTried(String whole, String ofJava, long probe, boolean java, boolean other) {
    Standing standing = standing(BreakerState.valueOf("BREAKER_STATE_" + whole), BreakerState.valueOf("BREAKER_STATE_" + ofJava));
    assertThat(StopRules.ofClaim(standing, REQUIRED, probed(probe)).isEmpty()).isEqualTo(java);
    assertThat(StopRules.ofClaim(standing, List.of("code:rust"), probed(probe)).isEmpty()).isEqualTo(other);
    assertThat(StopRules.ofClaim(standing, List.of(), probed(probe)).isEmpty()).isEqualTo(other);
  }

  @Test
  void claim_isTheProbeOfAllThatItTries() {
    Standing both = standing(BreakerState.BREAKER_STATE_HALF_OPEN, BreakerState.BREAKER_STATE_HALF_OPEN);
    assertThat(StopRules.probes(both, REQUIRED)).containsExactly(7L, 8L);
    assertThat(StopRules.probes(both, List.of("code:rust"))).containsExactly(7L);
    assertThat(StopRules.probes(standing(BreakerState.BREAKER_STATE_CLOSED, BreakerState.BREAKER_STATE_CLOSED), REQUIRED)).isEmpty();
  }

  @Test
  void whatIsHeld_isStoppedByWhatIsOpen_andStaysParkedUntilItIsClosed() {
    Standing half = standing(BreakerState.BREAKER_STATE_CLOSED, BreakerState.BREAKER_STATE_HALF_OPEN);
    assertThat(StopRules.ofHeld(half, REQUIRED)).isEmpty();
    assertThat(StopRules.ofParked(half, REQUIRED)).isPresent();
    assertThat(StopRules.ofParked(half, List.of("code:rust"))).isEmpty();
    Standing open = standing(BreakerState.BREAKER_STATE_CLOSED, BreakerState.BREAKER_STATE_OPEN);
    assertThat(StopRules.ofHeld(open, REQUIRED)).isPresent();
    assertThat(StopRules.ofHeld(open, List.of("code:rust"))).isEmpty();
  }

  @Test
  void sentence_namesTheCapability() {
    StopRules.Stop stop = StopRules.ofClaim(standing(BreakerState.BREAKER_STATE_CLOSED, BreakerState.BREAKER_STATE_OPEN), REQUIRED, probed()).orElseThrow();
    assertThat(stop.sentence("fox")).isEqualTo("the breaker of swarm fox for code:java is open (repeated failures)");
  }
}
