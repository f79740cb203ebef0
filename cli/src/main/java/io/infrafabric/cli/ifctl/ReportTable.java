package io.infrafabric.cli.ifctl;

import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import io.infrafabric.cli.output.Money;
import io.infrafabric.cli.output.Table;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.ReportHealth;
import io.infrafabric.governor.v1.ReportLine;
import io.infrafabric.governor.v1.ReportResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Reports for people, and every figure of them for spreadsheets. */
final class ReportTable {
  private ReportTable() {}

  /** In dollars and percent, with the total at the end. */
  static Table of(ReportResponse report, String by) {
    Table table = Table.of(by, "GRANTED", "LEFT", "COMMITTED", "SPENT", "REFUNDED", "WASTED", "OF SPENT", reference(report), "USED", "HEALTH", "CLAIMS", "DONE");
    report.getLinesList().forEach(line -> row(table, line, line.getKey()));
    return row(table, report.getTotal(), "TOTAL");
  }

  private static String reference(ReportResponse report) {
    return report.getReferenceModel().isEmpty() ? "REFERENCE" : "ALL " + report.getReferenceModel().toUpperCase(Locale.ROOT);
  }

  private static Table row(Table table, ReportLine line, String key) {
    return table.row(
        key,
        Money.dollars(line.getGrantedMicros()),
        Money.dollars(line.getCreditMicros()),
        Money.dollars(line.getCommittedMicros()),
        Money.dollars(line.getSpentMicros()),
        Money.dollars(line.getRefundedMicros()),
        Money.dollars(line.getWastedMicros()),
        line.getSpentMicros() == 0 ? "" : percent(1_000.0 * line.getWastedMicros() / line.getSpentMicros()),
        line.getReferenceMicros() == 0 ? "" : Money.dollars(line.getReferenceMicros()),
        line.getHealth() == ReportHealth.REPORT_HEALTH_UNSPECIFIED ? "" : percent(line.getUtilisationMillis()),
        word(line.getHealth(), "REPORT_HEALTH_"),
        line.getClaims(),
        line.getClaimsCompleted());
  }

  /** What stands below the table: how quick the work was, as far as its times were recorded, and how often somebody qualified. */
  static List<String> notes(ReportResponse report) {
    List<String> notes = new ArrayList<>();
    ReportLine total = report.getTotal();
    if (total.hasFirstClaimedAt() && total.hasLastEndedAt()) {
      notes.add(
          String.format(
              Locale.ROOT,
              "%d completed from %s to %s: %.1f an hour, %.2f at once",
              total.getClaimsCompleted(),
              Timestamps.toString(total.getFirstClaimedAt()),
              Timestamps.toString(total.getLastEndedAt()),
              total.getCompletedPerHourMillis() / 1e3,
              total.getSpeedUpMillis() / 1e3));
    }
    if (report.getRankings() > 0) {
      notes.add(
          String.format(
              Locale.ROOT,
              "%d of %d rankings found somebody (%s), since this governor was started",
              report.getRankingsAnswered(),
              report.getRankings(),
              percent(1_000.0 * report.getRankingsAnswered() / report.getRankings())));
    }
    if (report.getUnreadableSwarmIdsCount() > 0) {
      notes.add("not, or not all, in these figures, because records of theirs cannot be read: " + String.join(", ", report.getUnreadableSwarmIdsList()));
    }
    return notes;
  }

  /** Every figure in the units of the contract: micro-dollars, thousandths, milliseconds. The last line is the total, with no key. */
  static Table figures(ReportResponse report) {
    Table table =
        Table.of(
            "key", "granted_micros", "credit_micros", "committed_micros", "spent_micros", "refunded_micros", "wasted_micros", "help_micros", "reference_micros",
            "utilisation_millis", "health", "claims", "claims_completed", "first_claimed_at", "last_ended_at", "completed_time_millis",
            "completed_per_hour_millis", "speed_up_millis", "model", "account_id", "cost_per_hour_micros", "reputation_millis", "breaker");
    report.getLinesList().forEach(line -> figures(table, line, line.getKey()));
    return figures(table, report.getTotal(), "");
  }

  private static Table figures(Table table, ReportLine line, String key) {
    return table.row(
        key,
        line.getGrantedMicros(),
        line.getCreditMicros(),
        line.getCommittedMicros(),
        line.getSpentMicros(),
        line.getRefundedMicros(),
        line.getWastedMicros(),
        line.getHelpMicros(),
        line.getReferenceMicros(),
        line.getHealth() == ReportHealth.REPORT_HEALTH_UNSPECIFIED ? "" : line.getUtilisationMillis(),
        word(line.getHealth(), "REPORT_HEALTH_"),
        line.getClaims(),
        line.getClaimsCompleted(),
        line.hasFirstClaimedAt() ? Timestamps.toString(line.getFirstClaimedAt()) : "",
        line.hasLastEndedAt() ? Timestamps.toString(line.getLastEndedAt()) : "",
        line.hasCompletedTime() ? Durations.toMillis(line.getCompletedTime()) : "",
        line.getCompletedPerHourMillis(),
        line.getSpeedUpMillis(),
        line.getModel(),
        line.getAccountId(),
        line.getCostPerHourMicros(),
        line.getReputationMillis(),
        line.getBreaker() == BreakerState.BREAKER_STATE_UNSPECIFIED ? "" : word(line.getBreaker(), "BREAKER_STATE_"));
  }

  private static String word(Enum<?> value, String prefix) {
    return value.name().endsWith("_UNSPECIFIED") ? "" : value.name().replace(prefix, "").toLowerCase(Locale.ROOT);
  }

  private static String percent(double millis) {
    return String.format(Locale.ROOT, "%.1f%%", millis / 10);
  }
}
