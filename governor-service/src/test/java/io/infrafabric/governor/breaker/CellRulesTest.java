package io.infrafabric.governor.breaker;

import static io.infrafabric.governor.books.BooksFixture.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.governor.v1.BreakerReason;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.BreakerTerms;
import io.infrafabric.governor.v1.CapabilityBreaker;
import io.infrafabric.governor.v1.PolicyTerms;
import io.infrafabric.kit.time.Times;
import io.infrafabric.policy.BreakerPolicy;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class CellRulesTest {
  static final BreakerPolicy TRIED = policy(Duration.ofMinutes(5), Duration.ofMinutes(30), Duration.ofMinutes(10));
  private static final CapabilityBreaker CLOSED = CapabilityBreaker.newBuilder().setState(BreakerState.BREAKER_STATE_CLOSED).build();
  private static final CellRules.Cause FAILURES = new CellRules.Cause(BreakerReason.BREAKER_REASON_REPEATED_FAILURES, "3 claims in a row have failed");

  static BreakerPolicy policy(Duration halfOpenAfter, Duration max, Duration flapWindow) {
    PolicyTerms.Builder terms = PolicyTerms.newBuilder();
    terms.getLimitsBuilder().setFailureThreshold(3);
    terms.setBreaker(
        BreakerTerms.newBuilder()
            .setNoProgressThreshold(3)
            .setSloViolationThreshold(3)
            .setHalfOpenAfter(Times.toProto(halfOpenAfter))
            .setHalfOpenMax(Times.toProto(max))
            .setFlapWindow(Times.toProto(flapWindow)));
    return BreakerPolicy.of(terms.build());
  }

  private static CapabilityBreaker open(CapabilityBreaker cell, Instant now) {
    return CellRules.open(cell, FAILURES, TRIED, now);
  }

  private static Instant probeAt(CapabilityBreaker cell) {
    return Times.toInstant(cell.getHalfOpenAt());
  }

  /** The wait for the n-th time in a row: 5 min, doubled each time, at most 30 min. */
  @ParameterizedTest
  @CsvSource({"0, 5", "1, 10", "2, 20", "3, 30", "4, 30", "31, 30", "1000, 30"})
  void waitForAProbe_doublesUpToAMost(int reopened, int minutes) {
    assertThat(TRIED.probeWait(reopened)).hasValue(Duration.ofMinutes(minutes));
  }

  @Test
  void whatOpensAgainSoonAfterItWasClosed_flaps_andSaysSo() {
    CapabilityBreaker cell = open(CLOSED, NOW);
    assertThat(cell.getReopened()).isZero();
    assertThat(probeAt(cell)).isEqualTo(NOW.plus(Duration.ofMinutes(5)));
    assertThat(cell.getDetail()).isEqualTo("3 claims in a row have failed; one claim is tried in 5m");
    Instant at = NOW;
    for (int times = 1; times <= 3; times++) {
      cell = CellRules.closed(cell, "repaired", "ada", at);
      at = at.plus(Duration.ofMinutes(10)).minusNanos(1);
      cell = open(cell, at);
      assertThat(cell.getReopened()).isEqualTo(times);
      assertThat(probeAt(cell)).isEqualTo(at.plus(Duration.ofMinutes(Math.min(30, 5L << times))));
    }
    assertThat(cell.getDetail())
        .isEqualTo("3 claims in a row have failed; it has opened again 3 times in a row, each within 10m of being closed; one claim is tried in 30m");
  }

  @Test
  void whatStayedClosedForAsLongAsTheWindow_beginsAnew() {
    CapabilityBreaker flapped = open(CellRules.closed(open(CellRules.closed(open(CLOSED, NOW), "", "ada", NOW), NOW), "", "ada", NOW), NOW);
    assertThat(flapped.getReopened()).isEqualTo(2);
    CapabilityBreaker closed = CellRules.closed(flapped, "", "ada", NOW);
    assertThat(open(closed, NOW.plus(Duration.ofMinutes(10))).getReopened()).isZero();
  }

  @Test
  void probeThatFails_opensAgain_andWaitsTwiceAsLong_asTheSameOpening() {
    CapabilityBreaker opened = open(CLOSED, NOW);
    Instant due = probeAt(opened);
    assertThat(CellRules.isDue(opened, due.minusNanos(1))).isFalse();
    assertThat(CellRules.isDue(opened, due)).isTrue();
    CapabilityBreaker tried = CellRules.halfOpen(opened, 7, due);
    assertThat(tried.getState()).isEqualTo(BreakerState.BREAKER_STATE_HALF_OPEN);
    assertThat(tried.getProbe()).isEqualTo(7);
    assertThat(tried.getReason()).isEqualTo(BreakerReason.BREAKER_REASON_REPEATED_FAILURES);
    assertThat(CellRules.isDue(tried, Instant.MAX)).isFalse();
    CapabilityBreaker again = CellRules.probeFailed(tried, "its probe failed", TRIED, due.plusSeconds(1));
    assertThat(again.getState()).isEqualTo(BreakerState.BREAKER_STATE_OPEN);
    assertThat(again.getReopened()).isEqualTo(1);
    assertThat(again.getOpenedAt()).isEqualTo(opened.getOpenedAt());
    assertThat(probeAt(again)).isEqualTo(due.plusSeconds(1).plus(Duration.ofMinutes(10)));
    assertThat(again.getDetail()).isEqualTo("its probe failed; it has opened again 1 times in a row; one claim is tried in 10m");
  }

  @Test
  void withoutTheSetting_onlyAPersonCloses_andFlappingIsStillCounted() {
    BreakerPolicy never = BreakerPolicy.ofThreshold(3);
    CapabilityBreaker cell = CellRules.open(CLOSED, FAILURES, never, NOW);
    assertThat(cell.hasHalfOpenAt()).isFalse();
    CapabilityBreaker again = CellRules.open(CellRules.closed(cell, "", "ada", NOW), FAILURES, never, NOW.plusSeconds(1));
    assertThat(again.hasHalfOpenAt()).isFalse();
    assertThat(again.getReopened()).isEqualTo(1);
    assertThat(again.getDetail()).contains("opened again 1 times in a row");
  }

  /** Money comes from people, and who stopped a swarm by hand lets it go on. */
  @ParameterizedTest
  @EnumSource(names = {"BREAKER_REASON_BUDGET_EXHAUSTED", "BREAKER_REASON_MANUAL"})
  void moneyAndPeople_areNotTried(BreakerReason reason) {
    assertThat(CellRules.open(CLOSED, new CellRules.Cause(reason, ""), TRIED, NOW).hasHalfOpenAt()).isFalse();
  }

  @ParameterizedTest
  @EnumSource(names = {"BREAKER_REASON_REPEATED_FAILURES", "BREAKER_REASON_PERFORMANCE_DEGRADATION", "BREAKER_REASON_NO_PROGRESS"})
  void whatWorkCanShowToBeOver_isTried(BreakerReason reason) {
    assertThat(CellRules.open(CLOSED, new CellRules.Cause(reason, ""), TRIED, NOW).hasHalfOpenAt()).isTrue();
  }
}
