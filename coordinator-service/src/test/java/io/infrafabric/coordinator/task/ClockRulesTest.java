package io.infrafabric.coordinator.task;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.Samples;
import io.infrafabric.coordinator.v1.Parked;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.kit.time.Times;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ClockRulesTest {
  /** ADR 28: the deadline is a promise about the task, the progress time-out one about its holder. */
  @Test
  void parkedTask_keepsItsDeadline_andNoProgressIsAwaited() {
    Task claimed =
        Samples.claimed(
            Samples.spec("t").setDeadline(Times.toProto(Samples.NOW.plusSeconds(60))).setProgressTimeout(Times.toProto(Duration.ofSeconds(5))).build(), "fox", 1);
    Task parked = claimed.toBuilder().setParked(Parked.newBuilder().setClaim(claimed.getClaimed()).setSince(Times.toProto(Samples.NOW))).build();
    assertThat(ClockRules.deadline(parked)).isEqualTo(ClockRules.deadline(claimed)).contains(Samples.NOW.plusSeconds(60));
    assertThat(ClockRules.isOverdue(parked, Samples.NOW.plusSeconds(60))).isTrue();
    assertThat(ClockRules.isStalled(claimed, Samples.NOW.plusSeconds(60))).isTrue();
    assertThat(ClockRules.isStalled(parked, Samples.NOW.plusSeconds(60))).isFalse();
  }
}
