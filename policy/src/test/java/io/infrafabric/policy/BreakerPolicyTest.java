package io.infrafabric.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.governor.v1.OpenClaims;
import io.infrafabric.governor.v1.PolicyTerms;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What documents say of breakers. */
class BreakerPolicyTest {
  private static BreakerPolicy sound(String text) {
    PolicyDocument document = PolicyDocument.read(text);
    assertThat(document.problems()).isEmpty();
    return BreakerPolicy.of(document.terms());
  }

  @Test
  void document_isReadExactly() {
    assertThat(
            sound(
                """
                resource_policy:
                  circuit_breaker_failure_threshold: 4
                circuit_breaker:
                  open_claims: park
                  capability_failure_threshold: 2
                  no_progress_threshold: 5
                  slo_violation_threshold: 0
                  half_open_after: 30s
                  half_open_max: 2h
                  flap_window: 1d
                """))
        .isEqualTo(
            new BreakerPolicy(
                4, 2, 5, 0, OpenClaims.OPEN_CLAIMS_PARK, Optional.of(Duration.ofSeconds(30)), Duration.ofHours(2), Duration.ofDays(1)));
  }

  @Test
  void whatIsLeftOut_isAsByDefault() {
    BreakerPolicy usual =
        new BreakerPolicy(3, 3, 3, 3, OpenClaims.OPEN_CLAIMS_FINISH, Optional.empty(), Duration.ofHours(1), Duration.ofMinutes(10));
    assertThat(sound("preset: production")).isEqualTo(usual);
    assertThat(sound("circuit_breaker: {}")).isEqualTo(usual);
    assertThat(sound("circuit_breaker: {half_open_after: off}")).isEqualTo(usual);
    assertThat(sound("preset: strict\ncircuit_breaker: {open_claims: revoke}").capabilityFailureThreshold()).isEqualTo(2);
  }

  /** A policy that was applied before there was any of this. */
  @ParameterizedTest
  @EnumSource(Preset.class)
  void termsOfOld_sayTheSame(Preset preset) {
    PolicyTerms old = PolicyTerms.newBuilder().setLimits(preset.limits()).build();
    assertThat(BreakerPolicy.of(old)).isEqualTo(sound(preset.document()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "open_claims|finnish|one of finish, park, revoke is expected, not \"finnish\"",
        "capability_failure_threshold|0|a whole number from 1 to 100 is expected, not \"0\"",
        "no_progress_threshold|101|a whole number from 0 to 100 is expected, not \"101\"",
        "slo_violation_threshold|-1|a whole number from 0 to 100 is expected, not \"-1\"",
        "half_open_after|5|off, or a time such as 30s, 5m or 1h from 1s to 7d is expected, not \"5\"",
        "half_open_after|999ms|off, or a time such as 30s, 5m or 1h from 1s to 7d is expected, not \"999ms\"",
        "half_open_after|2h|at most half_open_max is expected, which is PT1H",
        "half_open_max|8d|a time such as 30s, 5m or 1h from 1s to 7d is expected, not \"8d\"",
        "flap_window|soon|a time such as 30s, 5m or 1h from 0s to 7d is expected, not \"soon\"",
        "half_open|1m|no such key: did you mean half_open_max?",
      })
  void whatIsWrong_isToldWithItsPath(String key, String value, String description) {
    assertThat(PolicyDocument.read("circuit_breaker: {" + key + ": " + value + "}").problems())
        .singleElement()
        .satisfies(
            problem -> {
              assertThat(problem.getPath()).isEqualTo("circuit_breaker." + key);
              assertThat(problem.getDescription()).isEqualTo(description);
            });
  }
}
