package io.infrafabric.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.governor.v1.PolicyLimits;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LimitRulesTest {
  private static final PolicyLimits PRODUCTION = Preset.PRODUCTION.terms().getLimits();

  private static PolicyLimits match(int millis) {
    return PRODUCTION.toBuilder().setMinCapabilityMatchMillis(millis).build();
  }

  @ParameterizedTest
  @CsvSource({"700, 7, 10, true", "700, 6, 10, false", "700, 2, 3, false", "666, 2, 3, true", "667, 2, 3, false", "1000, 3, 3, true", "1000, 2, 3, false",
      "0, 0, 9, true", "1, 0, 9, false", "700, 0, 0, true", "1000, 0, 0, true", "900, 9, 10, true", "900, 8, 9, false"})
  void coverage_isExactAndInclusive(int millis, int matched, int required, boolean covers) {
    assertThat(LimitRules.covers(match(millis), matched, required)).isEqualTo(covers);
  }

  @Test
  void mayLack_isTheMostThatStillCovers() {
    for (int millis = 0; millis <= 1_000; millis++) {
      for (int required = 0; required <= 64; required++) {
        int most = LimitRules.mayLack(match(millis), required);
        assertThat(LimitRules.covers(match(millis), required - most, required)).as("%d of %d at %d", most, required, millis).isTrue();
        assertThat(most < required && LimitRules.covers(match(millis), required - most - 1, required)).as("%d of %d at %d", most + 1, required, millis).isFalse();
      }
    }
  }

  @Test
  void theOtherLimits_areInclusive() {
    assertThat(LimitRules.isTooDear(PRODUCTION, 10_000_000)).isFalse();
    assertThat(LimitRules.isTooDear(PRODUCTION, 10_000_001)).isTrue();
    assertThat(LimitRules.trips(PRODUCTION, 2)).isFalse();
    assertThat(LimitRules.trips(PRODUCTION, 3)).isTrue();
    assertThat(LimitRules.helpers(PRODUCTION, 2)).isEqualTo(2);
    assertThat(LimitRules.helpers(PRODUCTION, 4)).isEqualTo(3);
  }
}
