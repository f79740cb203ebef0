package io.infrafabric.coordinator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Shares, whoever asks how often. */
class ShareRulesTest {
  static LongStream seeds() {
    return LongStream.range(0, 200);
  }

  private static boolean ask(int swarm, int[] taken, int[] remaining) {
    if (remaining[0] == 0 || !ShareRules.mayTake(taken[swarm], Arrays.stream(taken).boxed().toList(), remaining[0])) {
      return false;
    }
    taken[swarm]++;
    remaining[0]--;
    return true;
  }

  private static int spread(int[] taken) {
    return Arrays.stream(taken).max().orElseThrow() - Arrays.stream(taken).min().orElseThrow();
  }

  /** Ten swarms that take as many as they get, one after the other, with fifteen tries each (T8). */
  @Test
  void greedySwarms_oneAfterTheOther_getTenEach() {
    int[] taken = new int[10];
    int[] remaining = {100};
    IntStream.range(0, 10).forEach(swarm -> IntStream.range(0, 15).forEach(i -> ask(swarm, taken, remaining)));
    assertThat(remaining[0]).isZero();
    assertThat(taken).containsOnly(10);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void whoeverAsksHowOften_allAreTaken_andNobodyHasTwoMoreThanAnother(long seed) {
    Random random = new Random(seed);
    int swarms = 1 + random.nextInt(12);
    int[] taken = new int[swarms];
    int[] remaining = {random.nextInt(150)};
    while (remaining[0] > 0) {
      int swarm = random.nextInt(swarms);
      int tries = random.nextInt(40);
      for (int i = 0; i < tries; i++) {
        ask(swarm, taken, remaining);
      }
      assertThat(IntStream.range(0, swarms).anyMatch(other -> ask(other, taken.clone(), remaining.clone()))).isEqualTo(remaining[0] > 0);
    }
    assertThat(spread(taken)).isLessThanOrEqualTo(1);
  }

  /** Whoever comes late is owed what it has missed, as far as there is any left. */
  @ParameterizedTest
  @MethodSource("seeds")
  void lateComer_catchesUp(long seed) {
    Random random = new Random(seed);
    int[] taken = {random.nextInt(20), random.nextInt(20), 0};
    int missed = Math.max(taken[0], taken[1]);
    int[] remaining = {3 * missed};
    List<Integer> order = new ArrayList<>(List.of(0, 1, 2));
    while (remaining[0] > 0) {
      Collections.shuffle(order, random);
      order.forEach(swarm -> IntStream.range(0, random.nextInt(5)).forEach(i -> ask(swarm, taken, remaining)));
    }
    assertThat(spread(taken)).isLessThanOrEqualTo(1);
  }
}
