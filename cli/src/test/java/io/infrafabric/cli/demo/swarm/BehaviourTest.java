package io.infrafabric.cli.demo.swarm;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BehaviourTest {
  @Test
  void of_isTheSameForTheSameAttempt() {
    assertThat(Behaviour.of(7, "t", 1)).isEqualTo(Behaviour.of(7, "t", 1));
  }

  @Test
  void of_letsSomeAttemptsFailAndSomeBeReleased() {
    var endings = IntStream.range(0, 500).mapToObj(i -> Behaviour.of(7, "t" + i, 1).ending()).toList();

    assertThat(endings).contains(Behaviour.Ending.FAIL, Behaviour.Ending.RELEASE, Behaviour.Ending.COMPLETE);
    assertThat(endings).filteredOn(Behaviour.Ending.COMPLETE::equals).hasSizeGreaterThan(350);
  }

  @Test
  void of_completesFromTheFourthAttempt() {
    assertThat(IntStream.range(0, 500).mapToObj(i -> Behaviour.of(7, "t" + i, 4).ending())).containsOnly(Behaviour.Ending.COMPLETE);
  }

  @Test
  void of_worksFiveToThirtyMilliseconds() {
    assertThat(IntStream.range(0, 500).mapToObj(i -> Behaviour.of(7, "t" + i, 1).work()))
        .allMatch(work -> work.compareTo(Duration.ofMillis(5)) >= 0 && work.compareTo(Duration.ofMillis(30)) <= 0);
  }
}
