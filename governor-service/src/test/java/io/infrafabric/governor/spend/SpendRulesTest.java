package io.infrafabric.governor.spend;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.Commitment;
import io.infrafabric.governor.v1.SpendCell;
import io.infrafabric.governor.v1.SpendRecord;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.kit.time.Times;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SpendRulesTest {
  private static final Instant T0 = Instant.parse("2026-11-30T10:00:00Z");
  private static final SpendRecord EMPTY = SpendRecord.newBuilder().setSlot("20261130").setSwarmId("fox").build();

  private static Spend spend(String model, String taskClass, ClaimEnd end, long cost) {
    return new Spend(model, taskClass, end.getNumber(), false, false, cost, 1, 2 * cost, Optional.of(T0), Optional.of(T0.plusSeconds(10)));
  }

  private static long cost(SpendRecord record) {
    return record.getCellsList().stream().mapToLong(SpendCell::getCostMicros).sum();
  }

  @Test
  void slots_areDaysInUtc_thatSortAsTheyFollow() {
    assertThat(SpendRules.slot(Instant.parse("2026-11-30T23:59:59.999Z"))).isEqualTo("20261130");
    assertThat(SpendRules.slot(Instant.parse("2026-12-01T00:00:00Z"))).isEqualTo("20261201");
    assertThat(SpendRules.BEFORE).isGreaterThan("20261201");
  }

  @Test
  void line_isBookedAsWhatItSays_atThePriceOfWhoDidTheWork() {
    Commitment line =
        Commitment.newBuilder()
            .setTaskClass("security")
            .setEnd(ClaimEnd.CLAIM_END_FAILED)
            .setMaxCostMicros(100)
            .setCostMicros(30)
            .setClaimedAt(Times.toProto(T0))
            .setAt(Times.toProto(T0.plusSeconds(5)))
            .build();
    Standing worker = Standing.newBuilder().setModel("haiku").setCostPerHourMicros(2_000_000).build();
    assertThat(SpendRules.of(line, worker, 15_000_000))
        .isEqualTo(new Spend("haiku", "security", ClaimEnd.CLAIM_END_FAILED.getNumber(), false, false, 30, 70, 225, Optional.of(T0), Optional.of(T0.plusSeconds(5))));
    Commitment help = line.toBuilder().setOutOfClaimId("c1").setUnmatched(true).setMaxCostMicros(30).clearClaimedAt().build();
    assertThat(SpendRules.of(help, worker, 0))
        .isEqualTo(new Spend("haiku", "security", ClaimEnd.CLAIM_END_FAILED.getNumber(), true, true, 30, 0, 0, Optional.empty(), Optional.of(T0.plusSeconds(5))));
  }

  @ParameterizedTest
  @CsvSource({
    "1000000, 2000000, 15000000, 7500000", // haiku beside sonnet
    "18000000, 18000000, 45000000, 45000000", // $18 against $45 (G14)
    "1, 2, 1, 1", // half a micro-dollar is rounded up
    "1, 3, 1, 0",
    "7, 0, 15000000, 7", // without a price of an hour there are no hours to compare
    "7, 2000000, 0, 0", // the reference model has no price
    "1000000000000000, 2000000, 15000000, 7500000000000000",
  })
  void referencePrice_isThatOfTheSameHours(long cost, long price, long reference, long expected) {
    assertThat(SpendRules.referenceMicros(cost, price, reference)).isEqualTo(expected);
  }

  @Test
  void bookingsOfOneKind_areOneCell() {
    SpendRecord record = SpendRules.add(EMPTY, "ops", List.of(spend("haiku", "docs", ClaimEnd.CLAIM_END_COMPLETED, 3), spend("haiku", "docs", ClaimEnd.CLAIM_END_FAILED, 4)));
    record = SpendRules.add(record, "ops", List.of(spend("haiku", "docs", ClaimEnd.CLAIM_END_COMPLETED, 5)));
    record = SpendRules.add(record, "other", List.of(spend("haiku", "docs", ClaimEnd.CLAIM_END_COMPLETED, 6)));
    assertThat(record.getCellsList()).extracting(SpendCell::getCostMicros).containsExactly(8L, 4L, 6L);
    SpendCell first = record.getCells(0);
    assertThat(first.getClaims()).isEqualTo(2);
    assertThat(first.getRefundedMicros()).isEqualTo(2);
    assertThat(first.getReferenceMicros()).isEqualTo(16);
    assertThat(first.getHeldMillis()).isEqualTo(20_000);
  }

  @Test
  void cell_knowsItsFirstClaimAndItsLastEnd() {
    Spend early = new Spend("m", "c", ClaimEnd.CLAIM_END_COMPLETED.getNumber(), false, false, 1, 0, 0, Optional.of(T0.minusSeconds(60)), Optional.of(T0));
    Spend late = new Spend("m", "c", ClaimEnd.CLAIM_END_COMPLETED.getNumber(), false, false, 1, 0, 0, Optional.of(T0), Optional.of(T0.plusSeconds(60)));
    Spend untimed = new Spend("m", "c", ClaimEnd.CLAIM_END_COMPLETED.getNumber(), false, false, 1, 0, 0, Optional.empty(), Optional.empty());
    for (List<Spend> order : List.of(List.of(early, late, untimed), List.of(untimed, late, early))) {
      SpendCell cell = SpendRules.add(EMPTY, "a", order).getCells(0);
      assertThat(Times.toInstant(cell.getFirstClaimedAt())).isEqualTo(T0.minusSeconds(60));
      assertThat(Times.toInstant(cell.getLastEndedAt())).isEqualTo(T0.plusSeconds(60));
    }
    assertThat(SpendRules.add(EMPTY, "a", List.of(untimed)).getCells(0).hasFirstClaimedAt()).isFalse();
  }

  @Test
  void endThatOnlyANewerCoordinatorKnows_isKeptAsItIs_andIsWaste() {
    Spend newer = SpendRules.of(Commitment.newBuilder().setEndValue(99).setCostMicros(4).build(), Standing.getDefaultInstance(), 0);
    SpendCell cell = SpendRules.add(EMPTY, "a", List.of(newer)).getCells(0);
    assertThat(cell.getEndValue()).isEqualTo(99);
    assertThat(SpendRules.isWasted(cell)).isTrue();
  }

  @ParameterizedTest
  @EnumSource(value = ClaimEnd.class, mode = EnumSource.Mode.EXCLUDE, names = "UNRECOGNIZED")
  void whatDidNotEndInACompletion_isWaste(ClaimEnd end) {
    SpendCell cell = SpendCell.newBuilder().setEnd(end).build();
    boolean nothing = end == ClaimEnd.CLAIM_END_COMPLETED || end == ClaimEnd.CLAIM_END_UNSPECIFIED;
    assertThat(SpendRules.isWasted(cell)).isEqualTo(!nothing);
    if (end == ClaimEnd.CLAIM_END_COMPLETED) {
      assertThat(SpendRules.isWasted(cell.toBuilder().setHelp(true).setUnmatched(true).build())).as("help of who had nothing of what it needs").isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void howeverManyKindsThereAre_theRecordStaysSmall_andItsSumsAreExact(long seed) {
    Random random = new Random(seed);
    SpendRecord record = EMPTY;
    SpendRecord before = EMPTY.toBuilder().setSlot(SpendRules.BEFORE).build();
    long spent = 0;
    for (int i = 0; i < 2_000; i++) {
      ClaimEnd end = ClaimEnd.forNumber(1 + random.nextInt(5));
      long cost = random.nextLong(1_000_000);
      spent += cost;
      record = SpendRules.add(record, "account-" + random.nextInt(3), List.of(spend("m" + random.nextInt(5), "class-" + random.nextInt(500), end, cost)));
      if (random.nextInt(50) == 0) {
        before = SpendRules.fold(before, record);
        record = EMPTY;
      }
      assertThat(cost(record) + cost(before)).as("seed %d", seed).isEqualTo(spent);
    }
    List<SpendCell> all = new ArrayList<>(record.getCellsList());
    all.addAll(before.getCellsList());
    assertThat(all.stream().mapToLong(SpendCell::getClaims).sum()).isEqualTo(2_000);
    assertThat(before.getCellsCount()).isBetween(SpendRules.MOST_CELLS, SpendRules.MOST_CELLS + 5);
    assertThat(before.getSerializedSize()).isLessThan(16 * 1024);
    assertThat(before.getCellsList()).anyMatch(cell -> cell.getTaskClass().equals(SpendRules.OTHER));
  }
}
