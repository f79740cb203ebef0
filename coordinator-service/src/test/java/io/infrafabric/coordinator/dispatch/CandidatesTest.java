package io.infrafabric.coordinator.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.names.SwarmId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CandidatesTest {
  private static final List<SwarmId> SWARMS = IntStream.range(0, 40).mapToObj(i -> new SwarmId("s" + i)).toList();

  @Test
  void pick_isThatOfALookAtAll_whateverIsTaken() {
    for (long seed = 0; seed < 500; seed++) {
      Random random = new Random(seed);
      Map<SwarmId, Integer> room = new HashMap<>();
      SWARMS.forEach(swarm -> room.put(swarm, random.nextInt(3)));
      Candidates candidates = new Candidates(SWARMS, swarm -> room.get(swarm) > 0);
      for (int task = 0; task < 60; task++) {
        Set<SwarmId> tried = new HashSet<>();
        SWARMS.stream().filter(swarm -> random.nextInt(4) == 0).forEach(tried::add);
        Optional<SwarmId> expected = SWARMS.stream().filter(swarm -> room.get(swarm) > 0 && !tried.contains(swarm)).findFirst();
        Optional<SwarmId> picked = candidates.pick(swarm -> !tried.contains(swarm));
        assertThat(picked).as("seed %d, task %d", seed, task).isEqualTo(expected);
        picked.ifPresent(swarm -> room.merge(swarm, -1, Integer::sum));
      }
    }
  }

  @Test
  void thoseWhoAreFull_areLookedAtOnce() {
    AtomicInteger looks = new AtomicInteger();
    List<SwarmId> chosen = new ArrayList<>();
    Candidates candidates =
        new Candidates(
            SWARMS,
            swarm -> {
              looks.incrementAndGet();
              return swarm.equals(SWARMS.getLast());
            });
    for (int task = 0; task < 100; task++) {
      candidates.pick(swarm -> true).ifPresent(chosen::add);
    }
    assertThat(chosen).hasSize(100).containsOnly(SWARMS.getLast());
    assertThat(looks).hasValue(SWARMS.size() - 1 + 100);
  }
}
