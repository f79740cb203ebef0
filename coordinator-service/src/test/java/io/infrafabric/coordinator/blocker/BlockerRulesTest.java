package io.infrafabric.coordinator.blocker;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.Samples;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.kit.time.Times;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class BlockerRulesTest {
  private static Blocker blocker(String id) {
    return Blocker.newBuilder().setBlockerId(id).build();
  }

  private static Task released(Task task, String blocker, Instant now) {
    return BlockerRules.released(task, blocker(blocker), 0, now, OptionalLong.empty());
  }

  @Test
  void timeParked_isFromTheFirstBlockerToTheLast_andAddsUp() {
    Instant start = Samples.NOW;
    Task claimed = Samples.claimed(Samples.spec("t").build(), "fox", 1);
    Task one = BlockerRules.park(claimed, blocker("b-1"), start);
    Task two = BlockerRules.park(one, blocker("b-2"), start.plusSeconds(10));
    Task half = released(two, "b-1", start.plusSeconds(30));
    assertThat(half.hasParked()).isTrue();
    Task on = released(half, "b-2", start.plusSeconds(60));
    assertThat(on.hasClaimed()).isTrue();
    assertThat(Times.toDuration(on.getParkedFor())).isEqualTo(Duration.ofSeconds(60));
    Task again = released(BlockerRules.park(on, blocker("b-3"), start.plusSeconds(100)), "b-3", start.plusSeconds(103));
    assertThat(Times.toDuration(again.getParkedFor())).isEqualTo(Duration.ofSeconds(63));
    Task backwards = released(BlockerRules.park(on, blocker("b-3"), start.plusSeconds(100)), "b-3", start.plusSeconds(99));
    assertThat(Times.toDuration(backwards.getParkedFor())).as("clocks of two coordinators differ").isEqualTo(Duration.ofSeconds(60));
  }
}
