package io.infrafabric.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.governor.v1.PolicyLimits;
import io.infrafabric.governor.v1.PolicyProblem;
import io.infrafabric.names.Limits;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class PolicyDocumentTest {
  private static PolicyLimits limits(int swarms, long costMicros, int matchMillis, int failures) {
    return PolicyLimits.newBuilder()
        .setMaxSwarmsPerTask(swarms)
        .setMaxCostPerTaskMicros(costMicros)
        .setMinCapabilityMatchMillis(matchMillis)
        .setFailureThreshold(failures)
        .build();
  }

  private static PolicyLimits sound(String text) {
    PolicyDocument document = PolicyDocument.read(text);
    assertThat(document.problems()).isEmpty();
    return document.terms().getLimits();
  }

  private static List<String> problems(String text) {
    PolicyDocument document = PolicyDocument.read(text);
    assertThat(document.isSound()).isFalse();
    return document.problems().stream().map(PolicyDocumentTest::line).toList();
  }

  private static String line(PolicyProblem problem) {
    return problem.getLine() + " " + problem.getPath() + ": " + problem.getDescription();
  }

  @Test
  void document_isReadExactly() {
    assertThat(
            sound(
                """
                resource_policy:
                  max_swarms_per_task: 2
                  max_cost_per_task: 0.000001
                  min_capability_match: 0.667  # two of three are not enough
                  circuit_breaker_failure_threshold: 4
                """))
        .isEqualTo(limits(2, 1, 667, 4));
  }

  @Test
  void whatIsLeftOut_isAsInThePreset() {
    assertThat(sound("resource_policy: {max_swarms_per_task: 4}")).isEqualTo(limits(4, 10_000_000, 700, 3));
    assertThat(sound("preset: strict")).isEqualTo(limits(1, 5_000_000, 900, 2));
    assertThat(sound("preset: permissive\nresource_policy:\n  max_cost_per_task: 12.50\n")).isEqualTo(limits(5, 12_500_000, 600, 5));
  }

  @ParameterizedTest
  @EnumSource(Preset.class)
  void preset_asADocument_saysWhatThePresetSays(Preset preset) {
    assertThat(sound(preset.document())).isEqualTo(preset.terms().getLimits());
  }

  @Test
  void presets_areThoseOfTheSpecification() {
    assertThat(Preset.STRICT.terms().getLimits()).isEqualTo(limits(1, 5_000_000, 900, 2));
    assertThat(Preset.PRODUCTION.terms().getLimits()).isEqualTo(limits(3, 10_000_000, 700, 3));
    assertThat(Preset.PERMISSIVE.terms().getLimits()).isEqualTo(limits(5, 50_000_000, 600, 5));
  }

  @Test
  void everyProblem_isToldAtOnce_withItsLine_andTheNearestKnownKey() {
    assertThat(
            problems(
                """
                preset: production
                resource_polcy: {}
                resource_policy:
                  max_swarms_per_task: 6
                  max_cost_per_task: -1
                  min_capabilty_match: 0.8
                  circuit_breaker_failure_threshold: 0
                """))
        .containsExactly(
            "2 resource_polcy: no such key: did you mean resource_policy?",
            "4 resource_policy.max_swarms_per_task: a whole number from 1 to 5 is expected, not \"6\"",
            "5 resource_policy.max_cost_per_task: a number from 0 to 1000000000 with at most 6 decimals is expected, not \"-1\"",
            "6 resource_policy.min_capabilty_match: no such key: did you mean min_capability_match?",
            "7 resource_policy.circuit_breaker_failure_threshold: a whole number from 1 to 100 is expected, not \"0\"");
  }

  @ParameterizedTest
  @CsvSource({"max_swarms_per_task, 1, 5, 0, 6", "max_swarms_per_task, 3, 3, 3.5, three", "min_capability_match, 0, 1, 1.001, 0.7001",
      "max_cost_per_task, 0, 1000000000, 1000000000.000001, 0.0000001", "circuit_breaker_failure_threshold, 1, 100, 101, 1e1"})
  void ranges_areInclusive(String key, String least, String most, String beyond, String foreign) {
    for (String good : List.of(least, most)) {
      assertThat(PolicyDocument.read("resource_policy: {" + key + ": " + good + "}").problems()).as(good).isEmpty();
    }
    for (String bad : List.of(beyond, foreign, "[]", "''")) {
      assertThat(problems("resource_policy: {" + key + ": " + bad + "}")).as(bad).singleElement().asString().startsWith("1 resource_policy." + key + ":");
    }
  }

  @Test
  void largestAmount_isThatOfTheFabric() {
    assertThat(sound("resource_policy: {max_cost_per_task: 1000000000}").getMaxCostPerTaskMicros()).isEqualTo(Limits.MONEY_MICROS);
  }

  @Test
  void profilesOfSwarms_areNoPartOfIt() {
    assertThat(problems("swarm_profiles: {fox: {}}")).containsExactly("1 swarm_profiles: no such key; known are preset, resource_policy, circuit_breaker, relations, conditions");
  }

  @Test
  void aKeyGivenTwice_isRefused() {
    assertThat(problems("resource_policy:\n  max_swarms_per_task: 1\n  max_swarms_per_task: 5\n"))
        .containsExactly("3 resource_policy.max_swarms_per_task: it is given twice");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "# nothing\n", "- a\n", "just text", "a: [", "preset: strict\n\tx: 1", "resource_policy: 5", "preset: best", "? [a]\n: b"})
  void whatIsNoPolicy_isRefused(String text) {
    assertThat(problems(text)).isNotEmpty();
  }

  @Test
  void tooLargeADocument_isRefusedUnread() {
    assertThat(problems("#".repeat(PolicyDocument.MOST_BYTES + 1))).containsExactly("0 : at most 32768 bytes, not 32769");
  }

  @Test
  void documentThatReferencesItself_isReadInAMoment() {
    assertThat(problems("resource_policy: &a\n  max_swarms_per_task: *a\n")).containsExactly("1 resource_policy.max_swarms_per_task: a text is expected here");
  }
}
