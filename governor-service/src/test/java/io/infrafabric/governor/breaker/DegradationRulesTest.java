package io.infrafabric.governor.breaker;

import static io.infrafabric.governor.books.BooksFixture.NOW;
import static io.infrafabric.governor.books.BooksFixture.granted;
import static io.infrafabric.governor.books.BooksFixture.written;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.chassis.v1.SloViolation;
import io.infrafabric.governor.books.Books;
import io.infrafabric.governor.books.Ruling;
import io.infrafabric.governor.v1.BreakerReason;
import io.infrafabric.governor.v1.ResetRequest;
import io.infrafabric.kit.time.Times;
import io.infrafabric.policy.BreakerPolicy;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DegradationRulesTest {
  private static final BreakerPolicy POLICY = BreakerPolicy.ofThreshold(3);

  private static SloViolation fact(String capability, int windows, Instant at) {
    return SloViolation.newBuilder()
        .setSwarmId("s1")
        .setCapability(capability)
        .setMetric("p95_latency")
        .setObserved("812 ms")
        .setTarget("500 ms")
        .setWindows(windows)
        .setAt(Times.toProto(at))
        .build();
  }

  private static Ruling<Void> decide(Books books, SloViolation fact) {
    return DegradationRules.violated(books, fact, POLICY, NOW);
  }

  @ParameterizedTest
  @CsvSource({"1, false", "2, false", "3, true", "9, true"})
  void asManyWindowsAsThePolicyLetsPass_open(int windows, boolean opens) {
    assertThat(decide(granted(1), fact("", windows, NOW)) instanceof Ruling.Write<Void>).isEqualTo(opens);
  }

  @Test
  void itOpensWhatItIsAbout_andSaysWhat() {
    Books whole = written(decide(granted(1), fact("", 3, NOW)));
    assertThat(whole.breaker().getReason()).isEqualTo(BreakerReason.BREAKER_REASON_PERFORMANCE_DEGRADATION);
    assertThat(whole.breaker().getDetail()).isEqualTo("p95_latency was missed in 3 windows in a row: 812 ms, and 500 ms is promised");
    Books one = written(decide(granted(1), fact("code:java", 3, NOW)));
    assertThat(one.isBreakerOpen()).isFalse();
    assertThat(BreakerVectorsTest.stops(one)).containsExactly("code:java");
  }

  @Test
  void itComesTwice_andOpensOnce() {
    Books once = written(decide(granted(1), fact("code:java", 3, NOW)));
    assertThat(decide(once, fact("code:java", 3, NOW))).isInstanceOf(Ruling.Keep.class);
  }

  @Test
  void whatIsOlderThanTheReset_saysNothingNew() {
    Books open = written(decide(granted(1), fact("", 3, NOW)));
    ResetRequest reset = ResetRequest.newBuilder().setRequestId("r").setSwarmId("s1").setPrincipal("ada").setReason("repaired").build();
    Books closed = written(BreakerRules.reset(open, reset, NOW.plusSeconds(5)));
    assertThat(decide(closed, fact("", 4, NOW.plusSeconds(5)))).isInstanceOf(Ruling.Keep.class);
    assertThat(written(decide(closed, fact("", 4, NOW.plusSeconds(6)))).breaker().getReopened()).isEqualTo(1);
  }

  @Test
  void aPolicyMayHaveNoneOfIt() {
    BreakerPolicy off = new BreakerPolicy(3, 3, 3, 0, POLICY.openClaims(), POLICY.halfOpenAfter(), POLICY.halfOpenMax(), POLICY.flapWindow());
    assertThat(DegradationRules.violated(granted(1), fact("", 100, NOW), off, NOW)).isInstanceOf(Ruling.Keep.class);
  }

  @Test
  void factThatSaysTooLittle_isNone() {
    SloViolation good = fact("code:java", 1, NOW);
    assertThat(DegradationRules.isSound(good)).isTrue();
    assertThat(DegradationRules.isSound(good.toBuilder().setSwarmId("no id").build())).isFalse();
    assertThat(DegradationRules.isSound(good.toBuilder().setCapability("java").build())).isFalse();
    assertThat(DegradationRules.isSound(good.toBuilder().setMetric("p95 latency").build())).isFalse();
    assertThat(DegradationRules.isSound(good.toBuilder().setWindows(0).build())).isFalse();
    assertThat(DegradationRules.isSound(good.toBuilder().clearAt().build())).isFalse();
  }
}
