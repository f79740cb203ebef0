package io.infrafabric.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MainTest {
  @Test
  void run_tellsMisuseApartFromFailure() {
    assertThat(Main.run("demo", "--no-such-flag")).isEqualTo(2);
    assertThat(Main.run("ifctl", "task", "submit", "--max-cost", "1e9")).isEqualTo(2);
    assertThat(Main.run("demo", "/no/such/folder")).isEqualTo(2);
  }

  @Test
  void run_helpsWithEveryVerb() {
    assertThat(Main.run("--help")).isZero();
    assertThat(Main.run("ifctl", "task", "submit", "--help")).isZero();
    assertThat(Main.run("ifctl", "swarm", "rank", "--help")).isZero();
    for (String verb : new String[] {"list", "get", "watch", "wait", "cancel", "reduce", "map", "import"}) {
      assertThat(Main.run("ifctl", "plan", verb, "--help")).as(verb).isZero();
    }
    assertThat(Main.run("ifctl", "blocker", "get", "--help")).isZero();
  }

  @Test
  void run_tellsThatNothingAnswers() {
    assertThat(Main.run("ifctl", "--coordinator", "127.0.0.1:1", "task", "get", "t", "-o", "json")).isEqualTo(4);
  }
}
