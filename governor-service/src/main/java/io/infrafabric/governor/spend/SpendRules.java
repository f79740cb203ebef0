package io.infrafabric.governor.spend;

import com.google.protobuf.Timestamp;
import io.infrafabric.coordinator.v1.Commitment;
import io.infrafabric.governor.v1.SpendCell;
import io.infrafabric.governor.v1.SpendRecord;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.kit.time.Times;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Adds bookings up. Pure; money in micro-USD, days in UTC. */
public final class SpendRules {
  /** Cells of one record; what has no room goes into one cell for each end. Keeps the record within a few KiB. */
  public static final int MOST_CELLS = 48;

  /** The slot of all days that are not kept one by one any more. */
  public static final String BEFORE = "before";

  /** Account, model and kind of work of what had no room. No id is written like this. */
  public static final String OTHER = "(other)";

  private SpendRules() {}

  private record Kind(String account, String model, String taskClass, int end, boolean help, boolean unmatched) {
    static Kind of(SpendCell cell) {
      return new Kind(cell.getAccountId(), cell.getModel(), cell.getTaskClass(), cell.getEndValue(), cell.getHelp(), cell.getUnmatched());
    }

    Kind other() {
      return new Kind(OTHER, OTHER, OTHER, end, help, unmatched);
    }
  }

  /** The slot of the day of a moment: {@code 20261130}. */
  public static String slot(Instant now) {
    return slot(now.atOffset(ZoneOffset.UTC).toLocalDate());
  }

  /** The slot of a day. */
  public static String slot(LocalDate day) {
    return DateTimeFormatter.BASIC_ISO_DATE.format(day);
  }

  /**
   * What an ended line of the commitments is booked as.
   *
   * @param worker the standing of whoever did the work
   * @param referenceMicrosPerHour the price of the reference model; 0 when it has none
   */
  public static Spend of(Commitment ended, Standing worker, long referenceMicrosPerHour) {
    long cost = Math.max(0, ended.getCostMicros());
    return new Spend(
        worker.getModel(),
        ended.getTaskClass(),
        ended.getEndValue(),
        !ended.getOutOfClaimId().isEmpty(),
        ended.getUnmatched(),
        cost,
        Math.max(0, ended.getMaxCostMicros() - cost),
        referenceMicros(cost, worker.getCostPerHourMicros(), referenceMicrosPerHour),
        instant(ended.getClaimedAt()),
        instant(ended.getAt()));
  }

  /**
   * What a cost would be at another price of an hour, rounded half up. A worker without a price of an hour has no hours to compare: then it is what it
   * was, so that no saving is shown that nobody measured.
   */
  static long referenceMicros(long costMicros, long microsPerHour, long referenceMicrosPerHour) {
    if (referenceMicrosPerHour == 0) {
      return 0;
    }
    if (microsPerHour <= 0) {
      return costMicros;
    }
    BigInteger price = BigInteger.valueOf(microsPerHour);
    return BigInteger.valueOf(costMicros)
        .multiply(BigInteger.valueOf(referenceMicrosPerHour))
        .add(price.shiftRight(1))
        .divide(price)
        .longValueExact();
  }

  /** The record with some bookings under an account added. */
  public static SpendRecord add(SpendRecord record, String account, List<Spend> spends) {
    Map<Kind, SpendCell> cells = cells(record);
    spends.forEach(spend -> merge(cells, cell(account, spend)));
    return record.toBuilder().clearCells().addAllCells(cells.values()).build();
  }

  /** The record of all days before with one more day. */
  public static SpendRecord fold(SpendRecord before, SpendRecord day) {
    Map<Kind, SpendCell> cells = cells(before);
    day.getCellsList().forEach(cell -> merge(cells, cell));
    return before.toBuilder().clearCells().addAllCells(cells.values()).build();
  }

  /** Whether money was spent for nothing: on an attempt that did not end in a completion, or on a helper who had nothing of what the help needs. */
  public static boolean isWasted(SpendCell cell) {
    return switch (cell.getEnd()) {
      case CLAIM_END_COMPLETED -> cell.getUnmatched();
      case CLAIM_END_UNSPECIFIED -> false; // no attempt at all
      case CLAIM_END_FAILED, CLAIM_END_RELEASED, CLAIM_END_LOST, CLAIM_END_CANCELLED, CLAIM_END_STALLED, CLAIM_END_SUPERSEDED, CLAIM_END_REVOKED, UNRECOGNIZED -> true;
    };
  }

  private static Map<Kind, SpendCell> cells(SpendRecord record) {
    Map<Kind, SpendCell> cells = new LinkedHashMap<>();
    record.getCellsList().forEach(cell -> cells.put(Kind.of(cell), cell));
    return cells;
  }

  private static SpendCell cell(String account, Spend spend) {
    SpendCell.Builder cell =
        SpendCell.newBuilder()
            .setAccountId(account)
            .setModel(spend.model())
            .setTaskClass(spend.taskClass())
            .setEndValue(spend.endNumber())
            .setHelp(spend.help())
            .setUnmatched(spend.unmatched())
            .setClaims(1)
            .setCostMicros(spend.costMicros())
            .setRefundedMicros(spend.refundedMicros())
            .setReferenceMicros(spend.referenceMicros());
    if (spend.claimedAt().isPresent() && spend.endedAt().isPresent()) {
      Instant claimed = spend.claimedAt().get();
      Instant ended = spend.endedAt().get();
      cell.setFirstClaimedAt(Times.toProto(claimed)).setLastEndedAt(Times.toProto(ended));
      cell.setHeldMillis(Math.max(0, Duration.between(claimed, ended).toMillis()));
    }
    return cell.build();
  }

  private static void merge(Map<Kind, SpendCell> cells, SpendCell cell) {
    Kind kind = Kind.of(cell);
    if (!cells.containsKey(kind) && cells.size() >= MOST_CELLS) {
      kind = kind.other();
      cell = cell.toBuilder().setAccountId(OTHER).setModel(OTHER).setTaskClass(OTHER).build();
    }
    cells.merge(kind, cell, SpendRules::sum);
  }

  private static SpendCell sum(SpendCell one, SpendCell other) {
    SpendCell.Builder sum =
        one.toBuilder()
            .setClaims(one.getClaims() + other.getClaims())
            .setCostMicros(Math.addExact(one.getCostMicros(), other.getCostMicros()))
            .setRefundedMicros(Math.addExact(one.getRefundedMicros(), other.getRefundedMicros()))
            .setReferenceMicros(Math.addExact(one.getReferenceMicros(), other.getReferenceMicros()))
            .setHeldMillis(one.getHeldMillis() + other.getHeldMillis());
    if (other.hasFirstClaimedAt() && (!one.hasFirstClaimedAt() || isBefore(other.getFirstClaimedAt(), one.getFirstClaimedAt()))) {
      sum.setFirstClaimedAt(other.getFirstClaimedAt());
    }
    if (other.hasLastEndedAt() && (!one.hasLastEndedAt() || isBefore(one.getLastEndedAt(), other.getLastEndedAt()))) {
      sum.setLastEndedAt(other.getLastEndedAt());
    }
    return sum.build();
  }

  private static boolean isBefore(Timestamp one, Timestamp other) {
    return Times.toInstant(one).isBefore(Times.toInstant(other));
  }

  private static Optional<Instant> instant(Timestamp at) {
    return at.getSeconds() > 0 ? Optional.of(Times.toInstant(at)) : Optional.empty();
  }
}
