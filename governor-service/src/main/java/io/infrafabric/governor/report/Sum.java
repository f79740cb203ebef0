package io.infrafabric.governor.report;

import com.google.protobuf.util.Durations;
import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.governor.spend.SpendRules;
import io.infrafabric.governor.v1.ReportHealth;
import io.infrafabric.governor.v1.ReportLine;
import io.infrafabric.governor.v1.SpendCell;
import io.infrafabric.kit.time.Times;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;

/** One line of a report while it is added up. Sums are exact: what does not fit a long fails. */
final class Sum {
  private static final BigInteger THOUSAND = BigInteger.valueOf(1_000);

  private final ReportLine.Builder line;
  private long completedMillis;

  Sum(String key) {
    line = ReportLine.newBuilder().setKey(key);
  }

  /** What a swarm has now. */
  void has(long grantedMicros, long creditMicros) {
    line.setGrantedMicros(Math.addExact(line.getGrantedMicros(), grantedMicros));
    line.setCreditMicros(Math.addExact(line.getCreditMicros(), creditMicros));
  }

  /** What is promised or not yet booked now. */
  void committed(long micros) {
    line.setCommittedMicros(Math.addExact(line.getCommittedMicros(), micros));
  }

  /** What was booked. */
  void booked(SpendCell cell) {
    line.setSpentMicros(Math.addExact(line.getSpentMicros(), cell.getCostMicros()));
    line.setRefundedMicros(Math.addExact(line.getRefundedMicros(), cell.getRefundedMicros()));
    line.setReferenceMicros(Math.addExact(line.getReferenceMicros(), cell.getReferenceMicros()));
    wasted(SpendRules.isWasted(cell) ? cell.getCostMicros() : 0);
    if (cell.getHelp()) {
      line.setHelpMicros(Math.addExact(line.getHelpMicros(), cell.getCostMicros()));
      return; // the claim is the helper's, and counted with its own cell
    }
    line.setClaims(line.getClaims() + cell.getClaims());
    if (cell.getEnd() == ClaimEnd.CLAIM_END_COMPLETED) {
      line.setClaimsCompleted(line.getClaimsCompleted() + cell.getClaims());
      completedMillis = Math.addExact(completedMillis, cell.getHeldMillis());
    }
    times(cell);
  }

  /** What an account has spent that stands in no cell: from before there were any, or for what was no claim. */
  void apart(long spentMicros, long wastedMicros) {
    line.setSpentMicros(Math.addExact(line.getSpentMicros(), spentMicros));
    wasted(wastedMicros);
  }

  private void wasted(long micros) {
    line.setWastedMicros(Math.addExact(line.getWastedMicros(), micros));
  }

  private void times(SpendCell cell) {
    if (cell.hasFirstClaimedAt() && (!line.hasFirstClaimedAt() || first(cell).isBefore(Times.toInstant(line.getFirstClaimedAt())))) {
      line.setFirstClaimedAt(cell.getFirstClaimedAt());
    }
    if (cell.hasLastEndedAt() && (!line.hasLastEndedAt() || last(cell).isAfter(Times.toInstant(line.getLastEndedAt())))) {
      line.setLastEndedAt(cell.getLastEndedAt());
    }
  }

  private static Instant first(SpendCell cell) {
    return Times.toInstant(cell.getFirstClaimedAt());
  }

  private static Instant last(SpendCell cell) {
    return Times.toInstant(cell.getLastEndedAt());
  }

  /** For what only lines of swarms say. */
  ReportLine.Builder line() {
    return line;
  }

  /**
   * The line.
   *
   * @param ofAllTime only then what is spent may be compared with what was granted
   */
  ReportLine done(boolean ofAllTime) {
    if (ofAllTime && line.getGrantedMicros() > 0) {
      int millis = utilisationMillis(line.getSpentMicros(), line.getGrantedMicros());
      line.setUtilisationMillis(millis).setHealth(health(millis));
    }
    if (line.hasFirstClaimedAt() && line.hasLastEndedAt()) {
      long elapsed = Duration.between(Times.toInstant(line.getFirstClaimedAt()), Times.toInstant(line.getLastEndedAt())).toMillis();
      line.setCompletedTime(Durations.fromMillis(completedMillis));
      if (elapsed > 0) {
        line.setCompletedPerHourMillis(ratio(line.getClaimsCompleted() * Duration.ofHours(1).toMillis(), elapsed));
        line.setSpeedUpMillis(ratio(completedMillis, elapsed));
      }
    }
    return line.build();
  }

  /** Spent of granted in thousandths, rounded down. */
  static int utilisationMillis(long spentMicros, long grantedMicros) {
    return (int) Math.min(Integer.MAX_VALUE, ratio(spentMicros, grantedMicros));
  }

  /** Less than half is healthy, less than four fifths a warning, the rest critical (spec W7). */
  static ReportHealth health(int utilisationMillis) {
    if (utilisationMillis < 500) {
      return ReportHealth.REPORT_HEALTH_HEALTHY;
    }
    return utilisationMillis < 800 ? ReportHealth.REPORT_HEALTH_WARNING : ReportHealth.REPORT_HEALTH_CRITICAL;
  }

  private static long ratio(long part, long whole) {
    return BigInteger.valueOf(part).multiply(THOUSAND).divide(BigInteger.valueOf(whole)).longValueExact();
  }
}
