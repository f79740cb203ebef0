package io.infrafabric.governor.breaker;

import static io.infrafabric.governor.books.BooksFixture.NOW;
import static io.infrafabric.governor.books.BooksFixture.granted;
import static io.infrafabric.governor.books.BooksFixture.written;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.governor.books.Books;
import io.infrafabric.governor.books.Ruling;
import io.infrafabric.governor.v1.BreakerReason;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.ResetRequest;
import io.infrafabric.governor.v1.TripRequest;
import org.junit.jupiter.api.Test;

class BreakerRulesTest {
  @Test
  void trip_opensAndTellsTheStanding() {
    Books next = tripped();
    assertThat(next.breaker().getState()).isEqualTo(BreakerState.BREAKER_STATE_OPEN);
    assertThat(next.breaker().getReason()).isEqualTo(BreakerReason.BREAKER_REASON_MANUAL);
    assertThat(next.breaker().getPrincipal()).isEqualTo("ada");
    assertThat(next.standing().getBreaker()).isEqualTo(BreakerState.BREAKER_STATE_OPEN);
  }

  @Test
  void trip_leavesAnOpenBreakerWithItsFirstReason() {
    Books spent = exhausted();
    assertThat(BreakerRules.trip(spent, trip("r2"), NOW)).isEqualTo(new Ruling.Keep<Void>(spent, null));
  }

  @Test
  void trip_retriedAfterAResetDoesNotOpenAgain() {
    Books closed = written(BreakerRules.reset(tripped(), reset("r2", 0), NOW));
    assertThat(BreakerRules.trip(closed, trip("r1"), NOW)).isInstanceOf(Ruling.Keep.class);
    assertThat(written(BreakerRules.trip(closed, trip("r3"), NOW)).isBreakerOpen()).isTrue();
  }

  @Test
  void reset_closesAndForgetsTheFailures() {
    Books failed = granted(100);
    failed = failed.with(failed.standing().toBuilder().setConsecutiveFailures(3).build());
    Books open = BreakerRules.afterBooking(failed, 1, 3, NOW);
    Books next = written(BreakerRules.reset(open, reset("r2", 0), NOW));
    assertThat(next.breaker().getState()).isEqualTo(BreakerState.BREAKER_STATE_CLOSED);
    assertThat(next.standing().getBreaker()).isEqualTo(BreakerState.BREAKER_STATE_CLOSED);
    assertThat(next.standing().getBreakerReason()).isEqualTo(BreakerReason.BREAKER_REASON_UNSPECIFIED);
    assertThat(next.standing().getConsecutiveFailures()).isZero();
  }

  @Test
  void reset_afterExhaustionNeedsMoney() {
    assertThat(codeOf(BreakerRules.reset(exhausted(), reset("r2", 0), NOW))).isEqualTo(ErrorCode.ERROR_CODE_INVALID_MONEY);
    Books next = written(BreakerRules.reset(exhausted(), reset("r2", 50), NOW));
    assertThat(next.isBreakerOpen()).isFalse();
    assertThat(next.account().getGrantedMicros()).isEqualTo(60);
    assertThat(next.standing().getCreditMicros()).isEqualTo(50);
  }

  @Test
  void reset_isDoneOncePerRequestId() {
    Books next = written(BreakerRules.reset(exhausted(), reset("r2", 50), NOW));
    assertThat(BreakerRules.reset(next, reset("r2", 50), NOW)).isInstanceOf(Ruling.Keep.class);
    assertThat(codeOf(BreakerRules.reset(next, reset("r2", 51), NOW))).isEqualTo(ErrorCode.ERROR_CODE_REQUEST_ID_REUSED);
    Books again = written(BreakerRules.trip(next, trip("r3"), NOW));
    assertThat(BreakerRules.reset(again, reset("r2", 50), NOW)).isInstanceOf(Ruling.Keep.class);
  }

  @Test
  void reset_ofAClosedBreakerIsRefused() {
    assertThat(codeOf(BreakerRules.reset(granted(5), reset("r2", 0), NOW))).isEqualTo(ErrorCode.ERROR_CODE_INVALID_ARGUMENT);
  }

  @Test
  void reset_needsANameAndAReason() {
    var refusal =
        BreakerRules.validate(ResetRequest.newBuilder().setRequestId("r1").setSwarmId("s1").setReason(" ").build()).orElseThrow();
    assertThat(refusal.fields()).extracting(field -> field.path()).containsExactly("principal", "reason");
    assertThat(BreakerRules.validate(reset("r1", -1)).orElseThrow().code()).isEqualTo(ErrorCode.ERROR_CODE_INVALID_MONEY);
  }

  private static Books tripped() {
    return written(BreakerRules.trip(granted(100), trip("r1"), NOW));
  }

  private static Books exhausted() {
    Books books = granted(10);
    return BreakerRules.afterBooking(books.with(books.account().toBuilder().setSettledMicros(10).build()), 10, 3, NOW);
  }

  private static TripRequest trip(String id) {
    return TripRequest.newBuilder().setRequestId(id).setSwarmId("s1").setPrincipal("ada").setReason("it misbehaves").build();
  }

  private static ResetRequest reset(String id, long grant) {
    return ResetRequest.newBuilder()
        .setRequestId(id)
        .setSwarmId("s1")
        .setPrincipal("ada")
        .setReason("it is repaired")
        .setGrantMicros(grant)
        .build();
  }

  private static ErrorCode codeOf(Ruling<?> ruling) {
    return ((Ruling.Refuse<?>) ruling).refusal().code();
  }
}
