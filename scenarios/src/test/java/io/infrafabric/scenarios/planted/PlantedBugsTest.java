package io.infrafabric.scenarios.planted;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The checker proves itself: every bug that is planted is found, and a fabric without one is not accused. The seeds follow from
 * {@code IF_CHAOS_SEED}, or from the clock; threads take their own time, so that a seed repeats the faults and not every step. A
 * trial waits more than it works, so that a few run at once, each in a fabric of its own.
 */
class PlantedBugsTest {
  private static final Logger LOG = LoggerFactory.getLogger(PlantedBugsTest.class);
  private static final int CHANCES = 40;
  private static final int AT_ONCE = 2;

  /** A fabric without a bug gets this long to come to rest, however slow the machine is. */
  private static final Duration PATIENT = Duration.ofSeconds(120);

  /** One with a bug may never do so, and is not waited for when nothing has moved for so long. */
  private static final Duration IMPATIENT = Duration.ofSeconds(8);

  private static final long SEED = seed();
  private static final Map<Planted, Future<Hunt>> HUNTS = new EnumMap<>(Planted.class);
  private static ExecutorService hunters;
  private static Future<Verdict> innocent;

  /** The trials of a bug, the last one of which may have found it. */
  private record Hunt(boolean found, List<Verdict> verdicts) {}

  private static long seed() {
    String given = System.getenv().getOrDefault("IF_CHAOS_SEED", "");
    return given.isEmpty() ? System.nanoTime() : Long.parseLong(given);
  }

  @BeforeAll
  static void begin() {
    hunters = Executors.newFixedThreadPool(AT_ONCE, Thread.ofPlatform().daemon(true).name("trial-", 0).factory());
    innocent = hunters.submit(() -> Trial.of(new Bug() {}, SEED, PATIENT));
    for (Planted planted : Planted.values()) {
      HUNTS.put(planted, hunters.submit(hunt(planted)));
    }
  }

  private static Callable<Hunt> hunt(Planted planted) {
    return () -> {
      Random seeds = new Random(SEED + 1 + planted.ordinal());
      List<Verdict> verdicts = new ArrayList<>();
      boolean found = false;
      while (!found && verdicts.size() < CHANCES) {
        verdicts.add(Trial.of(planted.bug(), seeds.nextLong(), IMPATIENT));
        found = planted.isFound(verdicts.getLast());
      }
      return new Hunt(found, verdicts);
    };
  }

  @AfterAll
  static void end() {
    hunters.shutdownNow();
  }

  @ParameterizedTest
  @EnumSource(Planted.class)
  void plantedBug_isFound(Planted planted) throws ExecutionException, InterruptedException {
    Hunt hunt = HUNTS.get(planted).get();
    LOG.info("{} in trial {}: {}", planted, hunt.verdicts().size(), hunt.verdicts().getLast());
    assertThat(hunt.found()).as("%s in %s", planted, hunt.verdicts()).isTrue();
  }

  @Test
  void fabricWithoutABug_isNotAccused() throws ExecutionException, InterruptedException {
    Verdict verdict = innocent.get();
    LOG.info("no bug: {}", verdict);
    assertThat(verdict.isClean()).as(verdict.toString()).isTrue();
    assertThat(verdict.claims()).as(verdict.toString()).isPositive();
    assertThat(verdict.unknowns()).as("a trial without an unknown outcome says nothing: " + verdict).isPositive();
  }
}
