package io.infrafabric.cli.demo.swarm;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.v1.TaskSpec;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LanePlanTest {
  private static final List<TaskSpec> SPECS = LanePlan.specs();

  @Test
  void specs_areSeventyWithIdsOfTheirOwn() {
    assertThat(SPECS).hasSize(70).extracting(TaskSpec::getTaskId).doesNotHaveDuplicates();
  }

  @Test
  void specs_canBeDoneInSomeOrder() {
    Set<String> done = new HashSet<>();
    for (int round = 1; round <= LanePlan.PHASES; round++) {
      Set<String> ready = new HashSet<>();
      SPECS.stream().filter(spec -> done.containsAll(spec.getDependsOnList())).forEach(spec -> ready.add(spec.getTaskId()));
      done.addAll(ready);
    }
    assertThat(done).hasSize(70);
  }

  @Test
  void specs_dependAcrossLanes() {
    assertThat(SPECS).filteredOn(spec -> spec.getDependsOnCount() == 2).hasSize(21);
  }

  @Test
  void skills_ofEachLaneAreHeldByThreeSwarms() {
    for (TaskSpec spec : SPECS) {
      long able =
          IntStream.rangeClosed(1, LanePlan.LANES)
              .filter(swarm -> LanePlan.skills(swarm).containsAll(spec.getRequiredCapabilitiesList()))
              .count();
      assertThat(able).isEqualTo(3);
    }
  }
}
