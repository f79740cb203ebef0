package io.infrafabric.testkit.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is planned. */
class NemesisTest {
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void everyKindIsAmongTheFaultsOfARun(long seed) {
    List<Fault> plan = Nemesis.plan(ChaosSettings.FAULTS, new Random(seed));
    assertThat(plan).hasSize(ChaosSettings.FAULTS).contains(Fault.values());
    assertThat(plan).as("a thousand swarms come once").containsOnlyOnce(Fault.EXPIRE_SESSIONS);
  }

  /** Sessions end in any run: that one did is no sign that a thousand were lost at once. */
  @Test
  void stormBites_whenNineInTenOfItsSessionsEnd() {
    assertThat(Storm.isOne(1)).isFalse();
    assertThat(Storm.isOne(899)).isFalse();
    assertThat(Storm.isOne(900)).isTrue();
    assertThat(Storm.isOne(Storm.SWARMS)).isTrue();
  }

  @Test
  void seedMakesThePlan() {
    assertThat(Nemesis.plan(40, new Random(7))).isEqualTo(Nemesis.plan(40, new Random(7))).isNotEqualTo(Nemesis.plan(40, new Random(8)));
  }
}
