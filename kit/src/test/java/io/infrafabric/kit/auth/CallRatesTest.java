package io.infrafabric.kit.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.access.Access;
import io.infrafabric.access.AccessTable;
import io.infrafabric.access.Role;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class CallRatesTest {
  private static final Access CLAIM = AccessTable.of("infrafabric.coordinator.v1.ClaimService/ClaimTask").orElseThrow();
  private static final Access COMPLETE = AccessTable.of("infrafabric.coordinator.v1.ClaimService/CompleteTask").orElseThrow();
  private static final Access BLOCKER = AccessTable.of("infrafabric.coordinator.v1.ClaimService/RaiseBlocker").orElseThrow();
  private static final Access SUBMIT = AccessTable.of("infrafabric.coordinator.v1.TaskService/SubmitTask").orElseThrow();

  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5_000_000_000L); // runs over in the middle of it
  private final CallRates rates = new CallRates(RateSettings.defaults(), nanos::get);

  private static Principal caller(String subject, Role role) {
    return new Principal(subject, role, "t", "people", Instant.MAX);
  }

  private int taken(Principal caller, Access access, int calls) {
    int taken = 0;
    for (int i = 0; i < calls; i++) {
      taken += rates.take(caller, access).isEmpty() ? 1 : 0;
    }
    return taken;
  }

  private void advance(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  @Test
  void aSwarm_has100CallsASecond_andOthersHaveTheirs() {
    Principal loud = caller("loud", Role.SWARM);
    assertThat(taken(loud, CLAIM, 500)).isEqualTo(100);
    assertThat(taken(caller("quiet", Role.SWARM), CLAIM, 100)).isEqualTo(100);

    Refusal refusal = rates.take(loud, CLAIM).orElseThrow();
    assertThat(refusal.code()).isEqualTo(ErrorCode.ERROR_CODE_RATE_LIMITED);
    assertThat(refusal.retryAfter()).contains(Duration.ofMillis(10));
    advance(refusal.retryAfter().orElseThrow());
    assertThat(taken(loud, CLAIM, 2)).isEqualTo(1);

    int inTenSeconds = 0;
    for (int i = 0; i < 1_000; i++) {
      advance(Duration.ofMillis(10));
      inTenSeconds += taken(loud, CLAIM, 3);
    }
    assertThat(inTenSeconds).isEqualTo(1_000);
  }

  @Test
  void aSwarmThatAskedTooMuch_endsWhatItHolds_andReportsAThousandBlockers() {
    Principal loud = caller("loud", Role.SWARM);
    taken(loud, CLAIM, 500);
    assertThat(taken(loud, COMPLETE, 256)).isEqualTo(256); // as many claims as a swarm may hold
    assertThat(taken(caller("blocked", Role.SWARM), BLOCKER, 1_200)).isEqualTo(1_000);
  }

  @Test
  void people_haveMore_andServicesAreCountedByTheSwarm() {
    assertThat(taken(caller("ann", Role.OPERATOR), SUBMIT, 2_000)).isEqualTo(1_000);
    assertThat(taken(caller("chassis-1", Role.SERVICE), CLAIM, 2_000)).isEqualTo(2_000);
    int taken = 0;
    for (int i = 0; i < 300; i++) {
      taken += rates.takeFor("inside", CLAIM).isEmpty() ? 1 : 0;
    }
    assertThat(taken).isEqualTo(100);
  }

  @Test
  void callers_areCountedInBoundedMemory() {
    RateLimit limit = new RateLimit(1, 100, nanos::get);
    for (int i = 0; i < 10_000; i++) {
      assertThat(limit.take("s-" + i)).isEqualTo(Optional.empty());
    }
    assertThat(limit.callers()).isBetween(1L, 100L);
  }
}
