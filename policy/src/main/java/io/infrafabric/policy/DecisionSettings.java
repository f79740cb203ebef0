package io.infrafabric.policy;

import io.infrafabric.kit.config.Default;
import io.infrafabric.kit.config.Doc;
import io.infrafabric.kit.nats.StreamSpec;
import io.infrafabric.names.Subjects;
import java.time.Duration;
import java.util.List;

/** What is recorded of decisions, so that they can be made again. */
public record DecisionSettings(
    @Default("1000") @Doc("Allowed decisions recorded a second, at most; those above are counted. Denied ones are always recorded.") int perSecond,
    @Default("168h") @Doc("How long decisions are kept.") Duration keep,
    @Default("720h") @Doc("How long violations are kept.") Duration keepViolations) {
  private static final long DECISIONS_BYTES = 512L << 20;
  private static final long VIOLATIONS_BYTES = 128L << 20;

  /** Refuses what could not work. */
  public DecisionSettings {
    if (perSecond < 0 || perSecond > 100_000) {
      throw new IllegalArgumentException("decisions-per-second is 0 to 100000, not " + perSecond);
    }
    if (!keep.isPositive() || !keepViolations.isPositive()) {
      throw new IllegalArgumentException("decisions-keep and decisions-keep-violations are more than 0");
    }
  }

  /** A thousand a second, for a week. */
  public static DecisionSettings defaults() {
    return new DecisionSettings(1_000, Duration.ofDays(7), Duration.ofDays(30));
  }

  /** The streams that they go to. */
  public List<StreamSpec> streams() {
    return List.of(
        StreamSpec.of(Subjects.DECISIONS_STREAM, keep, Subjects.DECISIONS).maxBytes(DECISIONS_BYTES),
        StreamSpec.of(Subjects.VIOLATIONS_STREAM, keepViolations, Subjects.VIOLATIONS).maxBytes(VIOLATIONS_BYTES));
  }
}
