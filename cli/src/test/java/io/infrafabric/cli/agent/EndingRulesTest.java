package io.infrafabric.cli.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.infrafabric.error.RefusedException;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class EndingRulesTest {
  @Test
  void exitCode_saysHowTheClaimEnds() {
    assertThat(EndingRules.of(0, "whatever it said")).isEqualTo(new Ending.Completed());
    assertThat(EndingRules.of(1, "no such host\n")).isEqualTo(new Ending.Failed("exit code 1: no such host", true));
    assertThat(EndingRules.of(137, "")).isEqualTo(new Ending.Failed("exit code 137", true));
    assertThat(EndingRules.of(65, "not JSON")).isEqualTo(new Ending.Failed("exit code 65: not JSON", false));
    assertThat(EndingRules.of(75, "")).isEqualTo(new Ending.Released("exit code 75"));
  }

  @Test
  void reason_fitsIntoTheReport() {
    assertThat(EndingRules.of(1, "x".repeat(5_000))).isInstanceOfSatisfying(Ending.Failed.class, ending -> assertThat(ending.reason()).hasSize(1_000));
  }

  @Test
  void cost_isWhatTheProgramSays_upToTheCap() {
    assertThat(EndingRules.cost(Optional.of("0.002\n"), 7, 10_000)).isEqualTo(2_000);
    assertThat(EndingRules.cost(Optional.of("3"), 7, 10_000)).isEqualTo(10_000);
    assertThat(EndingRules.cost(Optional.of(" \n"), 7, 10_000)).isEqualTo(7);
    assertThat(EndingRules.cost(Optional.empty(), 7, 10_000)).isEqualTo(7);
    assertThatThrownBy(() -> EndingRules.cost(Optional.of("cheap"), 7, 10_000)).isInstanceOf(RefusedException.class);
  }
}
