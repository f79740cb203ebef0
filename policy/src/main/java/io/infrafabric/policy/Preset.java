package io.infrafabric.policy;

import io.infrafabric.governor.v1.PolicyLimits;
import io.infrafabric.governor.v1.PolicyTerms;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** Policies to begin from (spec, decision 8). */
public enum Preset {
  /** One swarm a task, cheap tasks, nearly all capabilities. */
  STRICT(1, 5, 900, 2, "One swarm a task, tasks of at most 5 dollars, nearly all capabilities, two failures."),
  /** What a fabric goes by while no policy was ever applied. */
  PRODUCTION(3, 10, 700, 3, "What a fabric goes by while no policy was ever applied."),
  /** For trying things out. */
  PERMISSIVE(5, 50, 600, 5, "Five swarms a task, tasks of up to 50 dollars, a little more than half of the capabilities, five failures.");

  private final int swarms;
  private final int dollars;
  private final int matchMillis;
  private final int failures;
  private final String about;

  Preset(int swarms, int dollars, int matchMillis, int failures, String about) {
    this.swarms = swarms;
    this.dollars = dollars;
    this.matchMillis = matchMillis;
    this.failures = failures;
    this.about = about;
  }

  /** The preset of a name as documents write it. */
  static Optional<Preset> named(String name) {
    return Arrays.stream(values()).filter(preset -> preset.word().equals(name)).findFirst();
  }

  static String names() {
    return Arrays.stream(values()).map(Preset::word).collect(Collectors.joining(", "));
  }

  /** Its name as documents write it. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  PolicyLimits limits() {
    return PolicyLimits.newBuilder()
        .setMaxSwarmsPerTask(swarms)
        .setMaxCostPerTaskMicros(dollars * 1_000_000L)
        .setMinCapabilityMatchMillis(matchMillis)
        .setFailureThreshold(failures)
        .build();
  }

  /** What it says. */
  public PolicyTerms terms() {
    return PolicyTerms.newBuilder().setLimits(limits()).build();
  }

  /** It as a document. */
  public String document() {
    return """
        # %s
        resource_policy:
          max_swarms_per_task: %d
          max_cost_per_task: %d.00 # US dollars
          min_capability_match: %s
          circuit_breaker_failure_threshold: %d
        """
        .formatted(about, swarms, dollars, BigDecimal.valueOf(matchMillis, 3).stripTrailingZeros().toPlainString(), failures);
  }
}
