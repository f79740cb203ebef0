package io.infrafabric.coordinator.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.Samples;
import io.infrafabric.coordinator.task.ReadyTask;
import io.infrafabric.coordinator.task.Requirement;
import io.infrafabric.coordinator.v1.Push;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.kit.store.Replica;
import io.infrafabric.names.TaskId;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PushTimingTest {
  private static ReadyTask heardAt(long nanos) {
    TaskSpec spec = Samples.spec("t1").build();
    return new ReadyTask(new ReadyTask.Place(0, new TaskId("t1")), spec, Requirement.of(spec), 7, 0, Push.getDefaultInstance(), nanos);
  }

  @Test
  void firstOffer_isTimedFromTheCommit() {
    assertThat(PushTiming.of(heardAt(50), false, Optional.empty(), 40)).isEqualTo(new PushTiming.From(50));
    assertThat(PushTiming.of(heardAt(50), false, Optional.of(49L), 50)).isEqualTo(new PushTiming.From(50));
  }

  @Test
  void taskForWhichNobodyHadRoom_isNotTimed() {
    assertThat(PushTiming.of(heardAt(50), false, Optional.of(50L), 40)).isEqualTo(new PushTiming.Waited());
    assertThat(PushTiming.of(heardAt(50), false, Optional.of(90L), 40)).isEqualTo(new PushTiming.Waited());
  }

  @Test
  void taskHeardOfBeforeTheElection_orFoundInASnapshot_isNotTimed() {
    assertThat(PushTiming.of(heardAt(50), false, Optional.empty(), 51)).isEqualTo(new PushTiming.Unheard());
    assertThat(PushTiming.of(heardAt(Replica.LONG_AGO), false, Optional.empty(), 40)).isEqualTo(new PushTiming.Unheard());
    assertThat(PushTiming.of(heardAt(Replica.LONG_AGO), false, Optional.of(90L), -40)).isEqualTo(new PushTiming.Unheard());
  }

  @Test
  void furtherOffer_isNotTimed() {
    assertThat(PushTiming.of(heardAt(50), true, Optional.empty(), 40)).isEqualTo(new PushTiming.Again());
    assertThat(PushTiming.of(heardAt(Replica.LONG_AGO), true, Optional.of(90L), 60)).isEqualTo(new PushTiming.Again());
  }

  @Test
  void clockThatRunsOver_isReadByDifferences() {
    long before = Long.MAX_VALUE - 5;
    assertThat(PushTiming.of(heardAt(before + 10), false, Optional.of(before), before)).isEqualTo(new PushTiming.From(before + 10));
  }
}
