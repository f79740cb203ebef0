package io.infrafabric.scenarios.planted;

import io.infrafabric.testkit.history.Violation;
import java.util.List;

/**
 * What came of a trial.
 *
 * @param violations what must not be
 * @param surprises what no client should hear, and why the trial counts for nothing
 */
record Verdict(long seed, List<Violation> violations, List<String> surprises, long claims, long unknowns, int faults) {
  boolean isClean() {
    return violations.isEmpty() && surprises.isEmpty();
  }

  @Override
  public String toString() {
    return "seed %d: %d claims, %d unknown outcomes, %d faults; %d violations: %s; %s"
        .formatted(seed, claims, unknowns, faults, violations.size(), violations.stream().limit(5).toList(), surprises.stream().limit(5).toList());
  }
}
