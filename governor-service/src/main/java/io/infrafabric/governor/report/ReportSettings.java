package io.infrafabric.governor.report;

import io.infrafabric.kit.config.Default;
import io.infrafabric.kit.config.Doc;

/** How far back reports look day by day. A component in a record of settings. */
public record ReportSettings(
    @Doc("Days of which each is kept by itself for reports, this one counted; what is older is kept as one sum. 1 to 400.") @Default("31") int days) {
  private static final int MOST_DAYS = 400;

  /** Refuses what makes no sense. */
  public ReportSettings {
    if (days < 1 || days > MOST_DAYS) {
      throw new IllegalArgumentException("report-days must be 1 to " + MOST_DAYS + ", not " + days);
    }
  }

  /** Those of a governor that is told nothing. */
  public static ReportSettings defaults() {
    return new ReportSettings(31);
  }
}
