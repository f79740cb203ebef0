package io.infrafabric.kit.grpc;

import io.infrafabric.kit.config.Default;
import io.infrafabric.kit.config.Doc;
import java.time.Duration;

/** How many calls are served at once. May stand as a component in a record of settings. */
public record OverloadSettings(
    @Default("2000") @Doc("Calls that are served at once however slow they are.") int leastCalls,
    @Default("20000") @Doc("Calls that are served at once at most, when they are quick.") int mostCalls,
    @Default("500ms") @Doc("A call that takes longer says that there are too many.") Duration tooLong) {

  /** Refuses what would serve nobody. */
  public OverloadSettings {
    if (leastCalls < 1 || mostCalls < leastCalls) {
      throw new IllegalArgumentException("overload-least-calls must be at least 1, and overload-most-calls not less: not %d and %d".formatted(leastCalls, mostCalls));
    }
    if (!tooLong.isPositive()) {
      throw new IllegalArgumentException("overload-too-long must be more than 0, not " + tooLong);
    }
  }

  /** What fits a coordinator. */
  public static OverloadSettings defaults() {
    return new OverloadSettings(2_000, 20_000, Duration.ofMillis(500));
  }
}
