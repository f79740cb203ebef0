package io.infrafabric.governor.account;

import static io.infrafabric.governor.books.BooksFixture.NOW;
import static io.infrafabric.governor.books.BooksFixture.commitments;
import static io.infrafabric.governor.books.BooksFixture.ended;
import static io.infrafabric.governor.books.BooksFixture.granted;
import static io.infrafabric.governor.books.BooksFixture.open;
import static io.infrafabric.governor.books.BooksFixture.written;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.Commitment;
import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.governor.books.Books;
import io.infrafabric.governor.books.Commitments;
import io.infrafabric.governor.books.Ruling;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.BreakerReason;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.DrawOrder;
import io.infrafabric.governor.v1.Settlement;
import io.infrafabric.kit.time.Times;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettlementRulesTest {
  private static final SettlementLimits LIMITS = new SettlementLimits(3, 20, 1);

  @Test
  void booking_movesTheCostFromCreditToSettled() {
    Books next = settle(granted(100), ended("c1", 1, ClaimEnd.CLAIM_END_COMPLETED, 7), open("c2"));
    assertThat(next.account().getSettledMicros()).isEqualTo(7);
    assertThat(next.account().getCreditMicros()).isEqualTo(93);
    assertThat(next.standing().getCreditMicros()).isEqualTo(93);
    assertThat(next.account().getClaimsCompleted()).isEqualTo(1);
    assertThat(next.account().getWastedMicros()).isZero();
    assertThat(next.standing().getSettledClaimIdsList()).containsExactly("c1");
    assertThat(next.standing().getBookedThrough()).isEqualTo(1);
  }

  @Test
  void helpOfOthers_isPaid_andIsNoSuccessOrFailureOfWhoPays() {
    Books before = granted(100);
    before = before.with(before.standing().toBuilder().setConsecutiveFailures(2).build());
    Commitment done = ended("c1", 1, ClaimEnd.CLAIM_END_COMPLETED, 7).toBuilder().setOutOfClaimId("c9").build();
    Commitment failed = ended("c2", 2, ClaimEnd.CLAIM_END_FAILED, 5).toBuilder().setOutOfClaimId("c9").build();
    Books next = settle(before, done, failed);
    assertThat(next.account().getSettledMicros()).isEqualTo(12);
    assertThat(next.account().getWastedMicros()).isEqualTo(5);
    assertThat(next.standing().getSettledClaimIdsList()).containsExactly("c1", "c2");
    assertThat(next.standing().getConsecutiveFailures()).isEqualTo(2);
    assertThat(next.account().getClaimsCompleted() + next.account().getClaimsFailed()).isZero();
    assertThat(next.isBreakerOpen()).isFalse();
  }

  @Test
  void booking_happensOnce() {
    CommitmentsRecord commitments = commitments(ended("c1", 1, ClaimEnd.CLAIM_END_COMPLETED, 7));
    Books once = written(SettlementRules.settle(granted(100), commitments, LIMITS, NOW));
    assertThat(SettlementRules.settle(once, commitments, LIMITS, NOW)).isInstanceOf(Ruling.Keep.class);
    assertThat(SettlementRules.isDue(once.standing(), commitments)).isFalse();
  }

  @Test
  void successWithMoneyLeft_mayWait() {
    assertThat(urgent(granted(100), ended("c1", 1, ClaimEnd.CLAIM_END_COMPLETED, 7), open("c2"))).isFalse();
    assertThat(urgent(granted(100))).isFalse();
  }

  @Test
  void whatMayOpenABreakerOrEndARowOfFailures_isUrgent() {
    for (ClaimEnd end : List.of(ClaimEnd.CLAIM_END_FAILED, ClaimEnd.CLAIM_END_RELEASED, ClaimEnd.CLAIM_END_LOST, ClaimEnd.CLAIM_END_STALLED)) {
      assertThat(urgent(granted(100), ended("c1", 1, end, 0))).as("%s", end).isTrue();
    }
    Books failing = granted(100).with(granted(100).standing().toBuilder().setConsecutiveFailures(1).build());
    assertThat(urgent(failing, ended("c1", 1, ClaimEnd.CLAIM_END_COMPLETED, 1))).isTrue();
  }

  @Test
  void whatBringsTheMoneyNearItsEnd_isUrgent() {
    assertThat(urgent(granted(100), ended("c1", 1, ClaimEnd.CLAIM_END_COMPLETED, 79))).isFalse();
    assertThat(urgent(granted(100), ended("c1", 1, ClaimEnd.CLAIM_END_COMPLETED, 80))).isTrue();
    assertThat(urgent(granted(100), ended("c1", 1, ClaimEnd.CLAIM_END_COMPLETED, 40), ended("c2", 2, ClaimEnd.CLAIM_END_COMPLETED, 40))).isTrue();
  }

  @Test
  void whatLingers_mayCostWhatIsLeftUntilTheMoneyIsLow() {
    CommitmentsRecord lingering = commitments(ended("c1", 1, ClaimEnd.CLAIM_END_COMPLETED, 7));
    assertThat(SettlementRules.mayLinger(granted(100), Optional.empty(), lingering, LIMITS)).hasValue(80);
    assertThat(SettlementRules.isUrgent(lingering, 8)).isFalse();
    assertThat(SettlementRules.isUrgent(lingering, 7)).isTrue();
    assertThat(SettlementRules.isUrgent(commitments(ended("c1", 1, ClaimEnd.CLAIM_END_FAILED, 0)), 8)).isTrue();
  }

  /** It draws by what is promised, whether that is booked or not, and what it was granted so far says nothing of what it will have. */
  @Test
  void whoDrawsOnAParentWithMoney_isNeverNearItsEnd() {
    Books books = granted(1_000);
    Account drawing = books.account().toBuilder().setParentId("acme").setSettledMicros(900).setDraw(DrawOrder.newBuilder().setAmountMicros(5)).build();
    CommitmentsRecord lingering = commitments(ended("c1", 1, ClaimEnd.CLAIM_END_COMPLETED, 7));
    Account rich = Account.newBuilder().setAccountId("acme").setGrantedMicros(1).setCreditMicros(1).build();
    assertThat(SettlementRules.mayLinger(books.with(drawing), Optional.of(rich), lingering, LIMITS)).hasValue(100);
    assertThat(SettlementRules.mayLinger(books.with(drawing), Optional.of(rich.toBuilder().setSettledMicros(1).build()), lingering, LIMITS)).isEmpty();
    assertThat(SettlementRules.mayLinger(books.with(drawing.toBuilder().clearDraw().build()), Optional.of(rich), lingering, LIMITS)).isEmpty();
  }

  @Test
  void soManyThatTheRecordGrows_areUrgent() {
    assertThat(urgent(granted(1_000), completed(SettlementRules.URGENT_CLAIMS - 1))).isFalse();
    assertThat(urgent(granted(1_000), completed(SettlementRules.URGENT_CLAIMS))).isTrue();
  }

  private static Commitment[] completed(int count) {
    return IntStream.rangeClosed(1, count).mapToObj(i -> ended("c" + i, i, ClaimEnd.CLAIM_END_COMPLETED, 1)).toArray(Commitment[]::new);
  }

  private static boolean urgent(Books books, Commitment... commitments) {
    return SettlementRules.mayLinger(books, Optional.empty(), commitments(commitments), LIMITS).isEmpty();
  }

  @Test
  void openClaims_areNotBooked() {
    assertThat(SettlementRules.isDue(granted(100).standing(), commitments(open("c1")))).isFalse();
  }

  @Test
  void booking_followsTheOrderInWhichClaimsEnded() {
    CommitmentsRecord commitments =
        commitments(ended("c2", 2, ClaimEnd.CLAIM_END_COMPLETED, 2), ended("c1", 1, ClaimEnd.CLAIM_END_FAILED, 1));
    Ruling<Settled> ruling = SettlementRules.settle(granted(100), commitments, LIMITS, NOW);
    assertThat(((Ruling.Write<Settled>) ruling).answer().bookings())
        .extracting(Booking::fact)
        .extracting(Settlement::getClaimId, Settlement::getCreditMicros)
        .containsExactly(org.assertj.core.groups.Tuple.tuple("c1", 99L), org.assertj.core.groups.Tuple.tuple("c2", 97L));
  }

  @Test
  void bookedClaims_leaveTheListWhenTheCoordinatorHasDroppedThem() {
    Books once = settle(granted(100), ended("c1", 1, ClaimEnd.CLAIM_END_COMPLETED, 1), ended("c2", 2, ClaimEnd.CLAIM_END_COMPLETED, 1));
    Books twice = settle(once, ended("c2", 2, ClaimEnd.CLAIM_END_COMPLETED, 1), ended("c3", 3, ClaimEnd.CLAIM_END_COMPLETED, 1));
    assertThat(twice.standing().getSettledClaimIdsList()).containsExactly("c2", "c3");
    assertThat(twice.account().getSettledMicros()).isEqualTo(3);
  }

  @Test
  void oneTransaction_booksAtMost256Claims() {
    Commitment[] many = new Commitment[300];
    for (int i = 0; i < many.length; i++) {
      many[i] = ended("c" + i, i + 1, ClaimEnd.CLAIM_END_COMPLETED, 1);
    }
    Books next = settle(granted(1_000), many);
    assertThat(next.account().getSettledMicros()).isEqualTo(256);
    assertThat(next.standing().getBookedThrough()).isEqualTo(256);
    assertThat(settle(next, many).account().getSettledMicros()).isEqualTo(300);
  }

  @ParameterizedTest
  @CsvSource({
    "CLAIM_END_COMPLETED, 0, 0, 1, 0",
    "CLAIM_END_FAILED,    2, 5, 0, 1",
    "CLAIM_END_RELEASED,  1, 5, 0, 0",
    "CLAIM_END_LOST,      1, 5, 0, 0",
    "CLAIM_END_CANCELLED, 1, 5, 0, 0",
    "CLAIM_END_SUPERSEDED, 1, 5, 0, 0",
  })
  void eachEnd_countsInItsOwnWay(ClaimEnd end, int failures, long wasted, long completed, long failed) {
    Books before = granted(100);
    before = before.with(before.standing().toBuilder().setConsecutiveFailures(1).build());
    Books next = settle(before, ended("c1", 1, end, 5));
    assertThat(next.standing().getConsecutiveFailures()).isEqualTo(failures);
    assertThat(next.account().getWastedMicros()).isEqualTo(wasted);
    assertThat(next.account().getClaimsCompleted()).isEqualTo(completed);
    assertThat(next.account().getClaimsFailed()).isEqualTo(failed);
  }

  @Test
  void theLastMoney_opensTheBreaker() {
    Books next = settle(granted(10), ended("c1", 1, ClaimEnd.CLAIM_END_COMPLETED, 10));
    assertThat(next.breaker().getState()).isEqualTo(BreakerState.BREAKER_STATE_OPEN);
    assertThat(next.breaker().getReason()).isEqualTo(BreakerReason.BREAKER_REASON_BUDGET_EXHAUSTED);
    assertThat(next.standing().getBreaker()).isEqualTo(BreakerState.BREAKER_STATE_OPEN);
    assertThat(next.standing().getBreakerReason()).isEqualTo(BreakerReason.BREAKER_REASON_BUDGET_EXHAUSTED);
  }

  /** It waits for its parent's money and not for a person; three failures stop it as any other. */
  @Test
  void theLastMoneyOfASwarmThatDraws_opensNoBreaker() {
    Books drawing = granted(10).with(granted(10).account().toBuilder().setDraw(DrawOrder.newBuilder().setAmountMicros(5)).build());
    Books next = settle(drawing, ended("c1", 1, ClaimEnd.CLAIM_END_COMPLETED, 10));
    assertThat(next.isBreakerOpen()).isFalse();
    assertThat(next.account().getCreditMicros()).isZero();
    Books failed =
        settle(drawing, ended("c1", 1, ClaimEnd.CLAIM_END_FAILED, 1), ended("c2", 2, ClaimEnd.CLAIM_END_FAILED, 1), ended("c3", 3, ClaimEnd.CLAIM_END_FAILED, 1));
    assertThat(failed.breaker().getReason()).isEqualTo(BreakerReason.BREAKER_REASON_REPEATED_FAILURES);
  }

  @Test
  void whatIsBooked_isNotedInItsHour() {
    Books next = settle(granted(10), ended("c1", 1, ClaimEnd.CLAIM_END_COMPLETED, 4), ended("c2", 2, ClaimEnd.CLAIM_END_LOST, 3));
    assertThat(next.account().getSpendHoursList()).singleElement().satisfies(hour -> assertThat(hour.getMicros()).isEqualTo(7));
    assertThat(Times.toInstant(next.account().getFirstSpendAt())).isEqualTo(NOW);
  }

  @Test
  void freeWork_opensNoBreakerWithoutMoney() {
    Books next = settle(granted(0), ended("c1", 1, ClaimEnd.CLAIM_END_COMPLETED, 0));
    assertThat(next.isBreakerOpen()).isFalse();
  }

  @Test
  void threeFailuresInARow_openTheBreakerAndALaterSuccessLeavesItOpen() {
    Books next =
        settle(
            granted(100),
            ended("c1", 1, ClaimEnd.CLAIM_END_FAILED, 1),
            ended("c2", 2, ClaimEnd.CLAIM_END_LOST, 1),
            ended("c3", 3, ClaimEnd.CLAIM_END_FAILED, 1),
            ended("c4", 4, ClaimEnd.CLAIM_END_FAILED, 1),
            ended("c5", 5, ClaimEnd.CLAIM_END_COMPLETED, 1));
    assertThat(next.breaker().getReason()).isEqualTo(BreakerReason.BREAKER_REASON_REPEATED_FAILURES);
    assertThat(next.isBreakerOpen()).isTrue();
    assertThat(next.standing().getConsecutiveFailures()).isZero();
  }

  @Test
  void twoFailuresASuccessAndTwoFailures_leaveTheBreakerClosed() {
    Books next =
        settle(
            granted(100),
            ended("c1", 1, ClaimEnd.CLAIM_END_FAILED, 1),
            ended("c2", 2, ClaimEnd.CLAIM_END_FAILED, 1),
            ended("c3", 3, ClaimEnd.CLAIM_END_COMPLETED, 1),
            ended("c4", 4, ClaimEnd.CLAIM_END_FAILED, 1),
            ended("c5", 5, ClaimEnd.CLAIM_END_FAILED, 1));
    assertThat(next.isBreakerOpen()).isFalse();
  }

  @Test
  void committed_countsPromisesOfOpenAndCostsOfUnbookedClaims() {
    Books once = settle(granted(100), ended("c1", 1, ClaimEnd.CLAIM_END_COMPLETED, 4));
    CommitmentsRecord commitments =
        commitments(ended("c1", 1, ClaimEnd.CLAIM_END_COMPLETED, 4), ended("c2", 2, ClaimEnd.CLAIM_END_COMPLETED, 3), open("c3"));
    assertThat(Commitments.committedMicros(commitments, once.standing())).isEqualTo(13);
  }

  private static Books settle(Books books, Commitment... commitments) {
    return written(SettlementRules.settle(books, commitments(commitments), LIMITS, NOW));
  }
}
