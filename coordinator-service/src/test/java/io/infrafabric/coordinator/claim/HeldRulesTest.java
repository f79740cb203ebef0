package io.infrafabric.coordinator.claim;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.Samples;
import io.infrafabric.coordinator.v1.Parked;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.governor.v1.BreakerReason;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.BreakerTerms;
import io.infrafabric.governor.v1.CapabilityStop;
import io.infrafabric.governor.v1.OpenClaims;
import io.infrafabric.governor.v1.PolicyTerms;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.kit.time.Times;
import io.infrafabric.policy.BreakerPolicy;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HeldRulesTest {
  private static final Task CLAIMED = Samples.claimed(Samples.spec("t1", "code:java").build(), "fox", 1);

  private static BreakerPolicy policy(OpenClaims claims) {
    return BreakerPolicy.of(PolicyTerms.newBuilder().setBreaker(BreakerTerms.newBuilder().setOpenClaims(claims)).build());
  }

  private static Standing standing(BreakerState whole, BreakerState ofJava) {
    Standing.Builder standing = Samples.standing("fox", "code:java").setBreaker(whole).setBreakerReason(BreakerReason.BREAKER_REASON_MANUAL);
    return ofJava == BreakerState.BREAKER_STATE_CLOSED
        ? standing.build()
        : standing.addStops(CapabilityStop.newBuilder().setCapability("code:java").setState(ofJava)).build();
  }

  private static String next(Task task, OpenClaims claims, BreakerState whole, BreakerState ofJava, boolean lives) {
    return HeldRules.next(task, Optional.of(standing(whole, ofJava)), lives, policy(claims)).getClass().getSimpleName();
  }

  /** By policy, the state of the swarm's breaker, that of the capability, and whether the holder lives: what becomes of a claim, and of a parked one. */
  @ParameterizedTest
  @CsvSource({
    "FINISH, CLOSED,    CLOSED,    true,  Rest,   Resume",
    "FINISH, OPEN,      CLOSED,    true,  Rest,   Resume",
    "PARK,   CLOSED,    CLOSED,    true,  Rest,   Resume",
    "PARK,   OPEN,      CLOSED,    true,  Park,   Rest",
    "PARK,   CLOSED,    OPEN,      true,  Park,   Rest",
    // A half open breaker stops nothing that has begun, and what it stopped waits until it is closed.
    "PARK,   HALF_OPEN, CLOSED,    true,  Rest,   Rest",
    "PARK,   CLOSED,    HALF_OPEN, true,  Rest,   Rest",
    // What a dead swarm holds is taken back as ever.
    "PARK,   OPEN,      CLOSED,    false, Rest,   Resume",
    "REVOKE, CLOSED,    CLOSED,    true,  Rest,   Resume",
    "REVOKE, OPEN,      CLOSED,    true,  Revoke, Resume",
    "REVOKE, CLOSED,    OPEN,      true,  Revoke, Resume",
    "REVOKE, HALF_OPEN, CLOSED,    true,  Rest,   Resume",
    "REVOKE, OPEN,      CLOSED,    false, Revoke, Resume",
  })
  void whatIsHeld_followsThePolicy(String claims, String whole, String ofJava, boolean lives, String claimed, String parked) {
    OpenClaims policy = OpenClaims.valueOf("OPEN_CLAIMS_" + claims);
    BreakerState state = BreakerState.valueOf("BREAKER_STATE_" + whole);
    BreakerState java = BreakerState.valueOf("BREAKER_STATE_" + ofJava);
    assertThat(next(CLAIMED, policy, state, java, lives)).isEqualTo(claimed);
    assertThat(next(HeldRules.parked(CLAIMED), policy, state, java, lives)).isEqualTo(parked);
  }

  @Test
  void otherCapabilities_goOn() {
    Task rust = Samples.claimed(Samples.spec("t1", "code:rust").build(), "fox", 1);
    for (OpenClaims claims : new OpenClaims[] {OpenClaims.OPEN_CLAIMS_PARK, OpenClaims.OPEN_CLAIMS_REVOKE}) {
      assertThat(next(rust, claims, BreakerState.BREAKER_STATE_CLOSED, BreakerState.BREAKER_STATE_OPEN, true)).isEqualTo("Rest");
    }
  }

  @Test
  void unregisteredSwarm_endsWhatItHolds() {
    assertThat(HeldRules.next(CLAIMED, Optional.empty(), true, policy(OpenClaims.OPEN_CLAIMS_REVOKE))).isInstanceOf(HeldRules.Next.Rest.class);
  }

  @Test
  void parkedTask_keepsClaimAndFence_andGoesOnWithItsClockBegunAnew() {
    Task parked = HeldRules.parked(CLAIMED);
    assertThat(parked.getParked().getClaim()).isEqualTo(CLAIMED.getClaimed());
    Task resumed = HeldRules.resumed(parked, Samples.NOW.plusSeconds(60));
    assertThat(resumed.getClaimed()).isEqualTo(CLAIMED.getClaimed().toBuilder().setProgressAt(Times.toProto(Samples.NOW.plusSeconds(60))).build());
  }

  @Test
  void taskThatABlockerStopsToo_staysParked() {
    Parked both = HeldRules.parked(CLAIMED).getParked().toBuilder().addBlockerIds("b-1").build();
    Task left = HeldRules.resumed(CLAIMED.toBuilder().setParked(both).build(), Samples.NOW);
    assertThat(left.getParked()).isEqualTo(both.toBuilder().clearByBreaker().build());
    assertThat(next(left, OpenClaims.OPEN_CLAIMS_PARK, BreakerState.BREAKER_STATE_CLOSED, BreakerState.BREAKER_STATE_CLOSED, true)).as("that is for the blocker").isEqualTo("Rest");
  }
}
