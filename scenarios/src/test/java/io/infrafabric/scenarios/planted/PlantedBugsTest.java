package io.infrafabric.scenarios.planted;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The checker proves itself: every bug that is planted is found, and a fabric without one is not accused. The seeds follow from
 * {@code IF_CHAOS_SEED}, or from the clock; threads take their own time, so that a seed repeats the faults and not every step.
 */
class PlantedBugsTest {
  private static final Logger LOG = LoggerFactory.getLogger(PlantedBugsTest.class);
  private static final int CHANCES = 12;

  private final Random seeds = new Random(seed());

  private static long seed() {
    String given = System.getenv().getOrDefault("IF_CHAOS_SEED", "");
    return given.isEmpty() ? System.nanoTime() : Long.parseLong(given);
  }

  @ParameterizedTest
  @EnumSource(Planted.class)
  void plantedBug_isFound(Planted planted) {
    List<Verdict> verdicts = new ArrayList<>();
    boolean found = false;
    while (!found && verdicts.size() < CHANCES) {
      verdicts.add(Trial.of(planted.bug(), seeds.nextLong()));
      found = planted.isFound(verdicts.getLast());
    }
    LOG.info("{} found: {}", planted, verdicts.getLast());
    assertThat(found).as("%s in %s", planted, verdicts).isTrue();
  }

  @Test
  void fabricWithoutABug_isNotAccused() {
    Verdict verdict = Trial.of(new Bug() {}, seeds.nextLong());
    LOG.info("no bug: {}", verdict);
    assertThat(verdict.isClean()).as(verdict.toString()).isTrue();
    assertThat(verdict.claims()).as(verdict.toString()).isPositive();
    assertThat(verdict.unknowns()).as("a trial without an unknown outcome says nothing: " + verdict).isPositive();
  }
}
