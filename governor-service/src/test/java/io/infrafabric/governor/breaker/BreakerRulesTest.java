package io.infrafabric.governor.breaker;

import static io.infrafabric.governor.books.BooksFixture.NOW;
import static io.infrafabric.governor.books.BooksFixture.ended;
import static io.infrafabric.governor.books.BooksFixture.granted;
import static io.infrafabric.governor.books.BooksFixture.written;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.governor.books.Books;
import io.infrafabric.governor.books.Ruling;
import io.infrafabric.governor.money.Purses;
import io.infrafabric.governor.v1.BreakerEvent;
import io.infrafabric.governor.v1.BreakerEventType;
import io.infrafabric.governor.v1.BreakerReason;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.CapabilityBreaker;
import io.infrafabric.governor.v1.CapabilityCount;
import io.infrafabric.governor.v1.CapabilityStop;
import io.infrafabric.governor.v1.DrawOrder;
import io.infrafabric.governor.v1.ResetRequest;
import io.infrafabric.governor.v1.TripRequest;
import io.infrafabric.policy.BreakerPolicy;
import org.junit.jupiter.api.Test;

class BreakerRulesTest {
  private static final BreakerPolicy POLICY = BreakerPolicy.ofThreshold(3);

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
    assertThat(BreakerRules.trip(spent, trip("r2"), POLICY, NOW)).isEqualTo(new Ruling.Keep<Void>(spent, null));
  }

  @Test
  void trip_retriedAfterAResetDoesNotOpenAgain() {
    Books closed = written(BreakerRules.reset(tripped(), reset("r2", 0), NOW));
    assertThat(BreakerRules.trip(closed, trip("r1"), POLICY, NOW)).isInstanceOf(Ruling.Keep.class);
    assertThat(written(BreakerRules.trip(closed, trip("r3"), POLICY, NOW)).isBreakerOpen()).isTrue();
  }

  @Test
  void reset_closesAndForgetsTheFailures() {
    Books failed = granted(100);
    failed = failed.with(failed.standing().toBuilder().setConsecutiveFailures(3).build());
    Books open = EndedRules.after(failed.breaker(), failed, ended("c1", 1, ClaimEnd.CLAIM_END_FAILED, 1), 1, POLICY, NOW);
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

  /** What it was stopped by is no matter: without money it must not go on. */
  @Test
  void reset_needsMoneyToo_whenTheLastOfItWasSpentWhileTheBreakerWasOpen() {
    Books open = tripped();
    Books spent = open.with(open.account().toBuilder().setSettledMicros(100).build());
    spent = EndedRules.after(spent.breaker(), spent, ended("c1", 1, ClaimEnd.CLAIM_END_COMPLETED, 100), 100, POLICY, NOW);
    assertThat(spent.breaker().getReason()).isEqualTo(BreakerReason.BREAKER_REASON_MANUAL);
    assertThat(codeOf(BreakerRules.reset(spent, reset("r2", 0), NOW))).isEqualTo(ErrorCode.ERROR_CODE_INVALID_MONEY);
    assertThat(written(BreakerRules.reset(spent, reset("r2", 1), NOW)).isBreakerOpen()).isFalse();
    Books charged = EndedRules.afterCharge(spent, 100, NOW);
    assertThat(codeOf(BreakerRules.reset(charged, reset("r2", 0), NOW))).isEqualTo(ErrorCode.ERROR_CODE_INVALID_MONEY);
    Books draws = spent.with(spent.account().toBuilder().setDraw(DrawOrder.newBuilder().setAmountMicros(5)).build());
    assertThat(written(BreakerRules.reset(draws, reset("r2", 0), NOW)).isBreakerOpen()).as("it waits for its parent's money").isFalse();
    Books never = written(BreakerRules.trip(granted(0), trip("r1"), POLICY, NOW));
    assertThat(written(BreakerRules.reset(never, reset("r2", 0), NOW)).isBreakerOpen()).as("it has spent nothing").isFalse();
  }

  /** Money that came from its organisation is money. */
  @Test
  void reset_afterExhaustionNeedsNoGrant_whenMoneyCameOtherwise() {
    Books open = exhausted();
    Books richer = open.with(Purses.with(open.account(), Purses.dollars(open.account()).receive(50)));
    Books next = written(BreakerRules.reset(richer, reset("r2", 0), NOW));
    assertThat(next.isBreakerOpen()).isFalse();
    assertThat(next.account().getGrantedMicros()).isEqualTo(60);
  }

  @Test
  void probeThatIsCompleted_closesNoBreakerOfWhoHasSpentItsMoneyMeanwhile() {
    Books failed = granted(100).with(granted(100).account().toBuilder().setSettledMicros(100).build());
    CapabilityBreaker tried = CellRules.halfOpen(CapabilityBreaker.getDefaultInstance(), 1, NOW);
    Books half = Cells.put(failed.breaker(), failed, tried, BreakerEventType.BREAKER_EVENT_TYPE_HALF_OPENED, "", NOW);
    var free = ended("c1", 1, ClaimEnd.CLAIM_END_COMPLETED, 0).toBuilder().addProbes(1).build();
    Books next = EndedRules.after(half.breaker(), half, free, 0, POLICY, NOW);
    assertThat(next.breaker().getReason()).isEqualTo(BreakerReason.BREAKER_REASON_BUDGET_EXHAUSTED);
    assertThat(next.isBreakerOpen()).isTrue();
  }

  @Test
  void reset_isDoneOncePerRequestId() {
    Books next = written(BreakerRules.reset(exhausted(), reset("r2", 50), NOW));
    assertThat(BreakerRules.reset(next, reset("r2", 50), NOW)).isInstanceOf(Ruling.Keep.class);
    assertThat(codeOf(BreakerRules.reset(next, reset("r2", 51), NOW))).isEqualTo(ErrorCode.ERROR_CODE_REQUEST_ID_REUSED);
    Books again = written(BreakerRules.trip(next, trip("r3"), POLICY, NOW));
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

  @Test
  void tripOfACapability_stopsWhatRequiresItAlone() {
    Books next = written(BreakerRules.trip(granted(100), trip("r1").toBuilder().setCapability("code:java").build(), POLICY, NOW));
    assertThat(next.isBreakerOpen()).isFalse();
    assertThat(next.standing().getBreaker()).isEqualTo(BreakerState.BREAKER_STATE_CLOSED);
    assertThat(next.standing().getStopsList()).extracting(CapabilityStop::getCapability, CapabilityStop::getState, CapabilityStop::getReason)
        .containsExactly(org.assertj.core.groups.Tuple.tuple("code:java", BreakerState.BREAKER_STATE_OPEN, BreakerReason.BREAKER_REASON_MANUAL));
    assertThat(next.breaker().getEventsList()).extracting(BreakerEvent::getType, BreakerEvent::getCapability, BreakerEvent::getPrincipal)
        .containsExactly(org.assertj.core.groups.Tuple.tuple(BreakerEventType.BREAKER_EVENT_TYPE_OPENED, "code:java", "ada"));
  }

  @Test
  void resetOfTheWhole_leavesACapabilityStopped_andForgetsWhatElseWentWrong() {
    Books books = granted(100);
    books = books.with(books.standing().toBuilder().addCounts(count("code:java", 2)).addCounts(count("code:rust", 1)).setConsecutiveFailures(2).setConsecutiveStalls(1).build());
    books = written(BreakerRules.trip(books, trip("r1").toBuilder().setCapability("code:java").build(), POLICY, NOW));
    books = written(BreakerRules.trip(books, trip("r2"), POLICY, NOW));
    Books next = written(BreakerRules.reset(books, reset("r3", 0), NOW));
    assertThat(next.isBreakerOpen()).isFalse();
    assertThat(next.standing().getStopsCount()).isEqualTo(1);
    assertThat(next.standing().getCountsList()).extracting(CapabilityCount::getCapability).containsExactly("code:java");
    assertThat(next.standing().getConsecutiveFailures() + next.standing().getConsecutiveStalls()).isZero();
    Books all = written(BreakerRules.reset(next, reset("r4", 0).toBuilder().setCapability("code:java").build(), NOW));
    assertThat(all.standing().getStopsCount() + all.standing().getCountsCount()).isZero();
    assertThat(all.breaker().getEventsList()).singleElement().extracting(BreakerEvent::getType).isEqualTo(BreakerEventType.BREAKER_EVENT_TYPE_CLOSED);
  }

  @Test
  void resetOfACapability_thatIsClosed_namesThoseThatAreNot() {
    Books books = written(BreakerRules.trip(granted(100), trip("r1").toBuilder().setCapability("code:java").build(), POLICY, NOW));
    assertThat(((Ruling.Refuse<?>) BreakerRules.reset(books, reset("r2", 0), NOW)).refusal().message()).contains("nothing to reset", "code:java");
    assertThat(BreakerRules.validate(reset("r3", 5).toBuilder().setCapability("code:java").build()).orElseThrow().fields())
        .extracting(field -> field.path())
        .containsExactly("grant_micros");
    assertThat(BreakerRules.validate(trip("r3").toBuilder().setCapability("java!").build()).orElseThrow().fields())
        .extracting(field -> field.path())
        .containsExactly("capability");
  }

  private static CapabilityCount count(String capability, int failures) {
    return CapabilityCount.newBuilder().setCapability(capability).setFailures(failures).build();
  }

  private static Books tripped() {
    return written(BreakerRules.trip(granted(100), trip("r1"), POLICY, NOW));
  }

  private static Books exhausted() {
    Books books = granted(10);
    Books spent = books.with(books.account().toBuilder().setSettledMicros(10).build());
    return EndedRules.after(spent.breaker(), spent, ended("c1", 1, ClaimEnd.CLAIM_END_COMPLETED, 10), 10, POLICY, NOW);
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
