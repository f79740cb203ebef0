package io.infrafabric.coordinator.task;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.infrafabric.coordinator.Samples;
import io.infrafabric.coordinator.v1.PlanPlace;
import io.infrafabric.coordinator.v1.Priority;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.kit.time.Times;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ReadyTaskTest {
  private static ReadyTask task(String id, Priority priority, Duration age) {
    Task task = Samples.ready(Samples.spec(id).setPriority(priority).build());
    return ReadyTask.of(task.toBuilder().setCreatedAt(Times.toProto(Samples.NOW.minus(age))).build());
  }

  private static List<String> ordered(ReadyTask... tasks) {
    return Stream.of(tasks).map(ReadyTask::place).sorted().map(place -> place.task().value()).toList();
  }

  @Test
  void moreUrgentTask_goesFirst() {
    assertThat(
            ordered(
                task("low", Priority.PRIORITY_LOW, Duration.ZERO),
                task("critical", Priority.PRIORITY_CRITICAL, Duration.ZERO),
                task("medium", Priority.PRIORITY_MEDIUM, Duration.ZERO),
                task("high", Priority.PRIORITY_HIGH, Duration.ZERO)))
        .containsExactly("critical", "high", "medium", "low");
  }

  @Test
  void olderTask_goesFirstWithinItsPriority_andTheIdDecidesTies() {
    assertThat(
            ordered(
                task("young", Priority.PRIORITY_HIGH, Duration.ZERO),
                task("b", Priority.PRIORITY_HIGH, Duration.ofSeconds(9)),
                task("a", Priority.PRIORITY_HIGH, Duration.ofSeconds(9))))
        .containsExactly("a", "b", "young");
  }

  @Test
  void oldTask_goesBeforeAYoungerMoreUrgentOne_soThatNothingStarves() {
    Duration justOlder = ReadyTask.AGEING.plusMillis(1);
    assertThat(ordered(task("urgent", Priority.PRIORITY_HIGH, Duration.ZERO), task("old", Priority.PRIORITY_MEDIUM, justOlder)))
        .containsExactly("old", "urgent");
    assertThat(ordered(task("urgent", Priority.PRIORITY_HIGH, Duration.ZERO), task("old", Priority.PRIORITY_MEDIUM, ReadyTask.AGEING.minusMillis(1))))
        .containsExactly("urgent", "old");
    assertThat(ordered(task("critical", Priority.PRIORITY_CRITICAL, Duration.ZERO), task("old", Priority.PRIORITY_LOW, ReadyTask.AGEING.multipliedBy(3).plusMillis(1))))
        .containsExactly("old", "critical");
  }

  @Test
  void ageing_isWhatIsSet() {
    Task old = Samples.ready(Samples.spec("old").setPriority(Priority.PRIORITY_MEDIUM).build()).toBuilder().setCreatedAt(Times.toProto(Samples.NOW.minusSeconds(2))).build();
    Task urgent = Samples.ready(Samples.spec("urgent").setPriority(Priority.PRIORITY_HIGH).build()).toBuilder().setCreatedAt(Times.toProto(Samples.NOW)).build();
    Duration second = Duration.ofSeconds(1);
    assertThat(ReadyTask.of(old, second, 0).place()).isLessThan(ReadyTask.of(urgent, second, 0).place());
    assertThat(ReadyTask.of(old).place()).isGreaterThan(ReadyTask.of(urgent).place());
  }

  @Test
  void filler_goesAfterEverythingElse_howeverUrgentAndOld() {
    Task filler = Samples.ready(Samples.spec("filler").setPriority(Priority.PRIORITY_CRITICAL).build());
    ReadyTask old =
        ReadyTask.of(
            filler.toBuilder().setPlanPlace(PlanPlace.newBuilder().setFiller(true)).setCreatedAt(Times.toProto(Samples.NOW.minus(Duration.ofDays(365)))).build());
    assertThat(ordered(task("low", Priority.PRIORITY_LOW, Duration.ZERO), old)).containsExactly("low", "filler");
    assertThat(old.requirement()).isNotEqualTo(ReadyTask.of(filler).requirement());
  }

  @Test
  void timeBeforeATaskMayBeClaimed_doesNotAgeIt() {
    var notBefore = Times.toProto(Samples.NOW);
    Task early = Samples.ready(Samples.spec("early").setPriority(Priority.PRIORITY_LOW).setNotBefore(notBefore).build());
    ReadyTask submittedLongAgo = ReadyTask.of(early.toBuilder().setCreatedAt(Times.toProto(Samples.NOW.minus(Duration.ofDays(7)))).build());
    assertThat(ordered(task("urgent", Priority.PRIORITY_HIGH, Duration.ZERO), submittedLongAgo)).containsExactly("urgent", "early");
  }

  /** More urgent work than can be done arrives for ever; whatever the mix, everything is served within a bounded time. */
  @Test
  void nothingStarves_underAnyLoadThatIsServedAtAll() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    Duration longest = ReadyTask.AGEING.multipliedBy(3);
    for (int run = 0; run < 20; run++) {
      TreeMap<ReadyTask.Place, Long> waiting = new TreeMap<>();
      int share = random.nextInt(100);
      for (long second = 0; second < 4_000; second++) {
        Priority priority = random.nextInt(100) < share ? Priority.PRIORITY_CRITICAL : Priority.forNumber(1 + random.nextInt(4));
        ReadyTask arrived = task("t" + run + "-" + second, priority, Duration.ofSeconds(-second));
        waiting.put(arrived.place(), second);
        // One is served in each second, and there was a backlog of 50 to begin with.
        if (second >= 50) {
          long since = waiting.pollFirstEntry().getValue();
          assertThat(second - since).as("seed %d, run %d", seed, run).isLessThanOrEqualTo(longest.toSeconds() + 50);
        }
      }
    }
  }

  @Test
  void entry_holdsNoPayload() {
    Task task = Samples.ready(Samples.spec("t1", "a:b").setPayload(ByteString.copyFromUtf8("big")).putLabels("k", "v").build());
    assertThat(ReadyTask.of(task).spec().getPayload()).isEmpty();
    assertThat(ReadyTask.of(task).spec().getLabelsMap()).isEmpty();
  }

  @Test
  void tasksThatWantTheSame_shareARequirement() {
    assertThat(Requirement.of(Samples.spec("t1", "a:b", "c:d").build())).isEqualTo(Requirement.of(Samples.spec("t2", "c:d", "a:b").build()));
    assertThat(Requirement.of(Samples.spec("t1", "a:b").build())).isNotEqualTo(Requirement.of(Samples.spec("t1", "a:b").setMaxCostMicros(1).build()));
  }
}
