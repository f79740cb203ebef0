package io.infrafabric.governor.breaker;

import static io.infrafabric.governor.books.BooksFixture.NOW;
import static io.infrafabric.governor.books.BooksFixture.granted;
import static io.infrafabric.governor.books.BooksFixture.written;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.Commitment;
import io.infrafabric.governor.books.Books;
import io.infrafabric.governor.books.Ruling;
import io.infrafabric.governor.v1.BreakerEvent;
import io.infrafabric.governor.v1.BreakerEventType;
import io.infrafabric.governor.v1.BreakerState;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** From open over half open to closed, of a swarm and of a capability. */
class ProbeRulesTest {
  private static final Instant DUE = NOW.plus(Duration.ofMinutes(5));

  private static Books failing(String required) {
    Books books = granted(100);
    for (int i = 1; i <= 3; i++) {
      books = BreakerVectorsTest.after(books, BreakerVectorsTest.claim("F:" + required, i), CellRulesTest.TRIED, NOW);
      if (!required.isEmpty()) {
        books = BreakerVectorsTest.after(books, BreakerVectorsTest.claim("C:c:other", i), CellRulesTest.TRIED, NOW);
      }
    }
    return books;
  }

  private static Books halfOpen(String required) {
    return written(ProbeRules.halfOpen(failing(required), DUE));
  }

  private static Commitment probe(ClaimEnd end, long number) {
    return Commitment.newBuilder().setClaimId("p").setTaskId("try").setEnd(end).addProbes(number).build();
  }

  @Test
  void breaker_isHalfOpened_whenItIsTime_once() {
    Books open = failing("");
    assertThat(ProbeRules.next(open.breaker())).hasValue(DUE);
    assertThat(ProbeRules.halfOpen(open, DUE.minusNanos(1))).isInstanceOf(Ruling.Keep.class);
    Books half = written(ProbeRules.halfOpen(open, DUE));
    assertThat(half.standing().getBreaker()).isEqualTo(BreakerState.BREAKER_STATE_HALF_OPEN);
    assertThat(half.standing().getProbe()).isEqualTo(1);
    assertThat(half.breaker().getEventsList()).extracting(BreakerEvent::getType).containsExactly(BreakerEventType.BREAKER_EVENT_TYPE_HALF_OPENED);
    assertThat(ProbeRules.next(half.breaker())).isEmpty();
    assertThat(ProbeRules.halfOpen(half, DUE.plus(Duration.ofDays(1)))).as("a second governor").isInstanceOf(Ruling.Keep.class);
  }

  @ParameterizedTest
  @CsvSource({
    "CLAIM_END_COMPLETED, CLOSED, CLOSED",
    "CLAIM_END_FAILED, OPEN, OPENED",
    "CLAIM_END_STALLED, OPEN, OPENED",
    "CLAIM_END_LOST, OPEN, OPENED",
    "CLAIM_END_RELEASED, OPEN, OPENED",
    // Not the swarm's doing: another one is let through.
    "CLAIM_END_CANCELLED, HALF_OPEN, HALF_OPENED",
    "CLAIM_END_SUPERSEDED, HALF_OPEN, HALF_OPENED",
    "CLAIM_END_REVOKED, HALF_OPEN, HALF_OPENED",
  })
  void endOfTheProbe_decides(ClaimEnd end, String state, String event) {
    for (String required : new String[] {"", "a:x"}) {
      Books next = BreakerVectorsTest.after(halfOpen(required), probe(end, 1), CellRulesTest.TRIED, DUE.plusSeconds(1));
      assertThat(Cells.of(next, required).getState()).as(required).isEqualTo(BreakerState.valueOf("BREAKER_STATE_" + state));
      assertThat(next.breaker().getEventsList()).extracting(BreakerEvent::getType).containsExactly(BreakerEventType.valueOf("BREAKER_EVENT_TYPE_" + event));
    }
  }

  @Test
  void probeOfACapability_isSaidInTheStanding_andItsSuccessForgetsWhatWentWrongInIt() {
    Books half = halfOpen("a:x");
    assertThat(half.standing().getBreaker()).isEqualTo(BreakerState.BREAKER_STATE_CLOSED);
    assertThat(half.standing().getStops(0).getState()).isEqualTo(BreakerState.BREAKER_STATE_HALF_OPEN);
    assertThat(half.standing().getStops(0).getProbe()).isEqualTo(1);
    assertThat(half.standing().getCountsCount()).isEqualTo(1);
    Books closed = BreakerVectorsTest.after(half, probe(ClaimEnd.CLAIM_END_COMPLETED, 1), CellRulesTest.TRIED, DUE);
    assertThat(BreakerVectorsTest.stops(closed)).isEmpty();
    assertThat(closed.standing().getCountsCount()).isZero();
  }

  @Test
  void anotherClaim_closesNothing() {
    Books half = halfOpen("");
    assertThat(BreakerVectorsTest.after(half, BreakerVectorsTest.claim("C:", 9), CellRulesTest.TRIED, DUE).standing().getBreaker())
        .isEqualTo(BreakerState.BREAKER_STATE_HALF_OPEN);
    assertThat(BreakerVectorsTest.after(half, probe(ClaimEnd.CLAIM_END_COMPLETED, 2), CellRulesTest.TRIED, DUE).standing().getBreaker())
        .as("the probe of another time")
        .isEqualTo(BreakerState.BREAKER_STATE_HALF_OPEN);
  }

  @Test
  void nextProbe_hasAnotherNumber() {
    Books again = BreakerVectorsTest.after(halfOpen(""), probe(ClaimEnd.CLAIM_END_FAILED, 1), CellRulesTest.TRIED, DUE);
    Books half = written(ProbeRules.halfOpen(again, DUE.plus(Duration.ofMinutes(10))));
    assertThat(half.standing().getProbe()).isEqualTo(2);
  }
}
