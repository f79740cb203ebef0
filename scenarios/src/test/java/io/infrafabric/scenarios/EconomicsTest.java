package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.bench.economics.EconomicsBench;
import io.infrafabric.bench.economics.SprintResult;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A small sprint under the governor (the large one is {@code ./fabric bench economics}): nothing beyond the budgets, and nobody helps with what is none of its business. */
class EconomicsTest {
  @Test
  void governedSprint_spendsNothingBeyondItsBudgets_andHasNoUnqualifiedHelper() throws Exception {
    EconomicsBench.Settings small = new EconomicsBench.Settings(3, 2, 4, 3, 1, 1, 2_000, 120, Map.of());
    try (RunningFabric fabric = RunningFabric.startWithoutChassis()) {
      SprintResult result = EconomicsBench.governed(small, fabric.fabric().coordinators().getFirst().address(), fabric.fabric().governor().address());
      assertThat(result.whole()).as("%s", result).isTrue();
      assertThat(result.overspentMicros()).isZero();
      assertThat(result.helpers()).as("there was something to help with").isPositive();
      assertThat(result.unqualifiedHelpers()).isZero();
      assertThat(result.unqualifiedClaims()).isZero();
      assertThat(result.spentMicros()).isPositive().isLessThan(result.referenceMicros());
    }
  }
}
