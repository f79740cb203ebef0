package io.infrafabric.coordinator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.Samples;
import io.infrafabric.coordinator.v1.Cancelled;
import io.infrafabric.coordinator.v1.Completed;
import io.infrafabric.coordinator.v1.PlanPlace;
import io.infrafabric.coordinator.v1.Quarantined;
import io.infrafabric.coordinator.v1.Stragglers;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.Ids;
import io.infrafabric.names.TaskId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StragglerRulesTest {
  private static final Stragglers TWICE = StragglerRules.complete(Stragglers.getDefaultInstance());
  private static final Task CLAIMED = child("t1");
  private static final Task DONE = Samples.ready(Samples.spec("t2").build()).toBuilder().setCompleted(Completed.getDefaultInstance()).build();
  private static final Task CANCELLED = DONE.toBuilder().setCancelled(Cancelled.getDefaultInstance()).build();
  private static final Task QUARANTINED = DONE.toBuilder().setQuarantined(Quarantined.getDefaultInstance()).build();

  private static Task child(String id) {
    return Samples.claimed(Samples.spec(id, "a:b").addDependsOn("d").setNeedsApproval(true).setMaxCostMicros(7).build(), "fox", 1).toBuilder()
        .setPlanPlace(PlanPlace.newBuilder().setPhase("map").setTwinned(true))
        .build();
  }

  private static Instant after(int seconds) {
    return Samples.NOW.plusSeconds(seconds);
  }

  private static Task took(String id, long millis) {
    Task task = child(id);
    return task.toBuilder().setCompleted(Completed.newBuilder().setClaim(task.getClaimed()).setAt(Times.toProto(Samples.NOW.plusMillis(millis)))).build();
  }

  @Test
  void limit_isTheFactorTimesTheMedian_onceEnoughAreCompleted() {
    assertThat(TWICE.getFactorPercent()).isEqualTo(200);
    assertThat(TWICE.getMinCompleted()).isEqualTo(5);
    assertThat(StragglerRules.limit(TWICE, 4, Optional.of(Duration.ofSeconds(10)))).isEmpty();
    assertThat(StragglerRules.limit(TWICE, 5, Optional.empty())).isEmpty();
    assertThat(StragglerRules.limit(TWICE, 5, Optional.of(Duration.ofSeconds(10)))).contains(Duration.ofSeconds(20));
    assertThat(StragglerRules.limit(TWICE, 5, Optional.of(Duration.ofMillis(3)))).as("never less than a second").contains(Duration.ofSeconds(1));
    Stragglers half = TWICE.toBuilder().setFactorPercent(150).build();
    assertThat(StragglerRules.limit(half, 5, Optional.of(Duration.ofMillis(1_001)))).contains(Duration.ofNanos(1_501_500_000));
  }

  @Test
  void runs_areCountedAsLongAsTheyAreSo() {
    Runs runs = new Runs();
    assertThat(runs.median()).isEmpty();
    List<Runnable> undo = IntStream.of(9_000, 1_000, 3_000, 3_000).mapToObj(millis -> runs.enter(took("t" + millis, millis))).toList();
    assertThat(runs.completed()).isEqualTo(4);
    assertThat(runs.median()).contains(Duration.ofSeconds(3));
    undo.get(2).run();
    undo.get(3).run();
    assertThat(runs.completed()).isEqualTo(2);
    assertThat(runs.median()).as("the lower of two").contains(Duration.ofSeconds(1));
    Runnable ends = runs.enter(CLAIMED);
    assertThat(runs.running()).isEqualTo(Map.of(new TaskId("t1"), Samples.NOW));
    ends.run();
    assertThat(runs.areRunning()).isFalse();
    runs.enter(CLAIMED.toBuilder().setTwinId("tw-1").build());
    assertThat(runs.areRunning()).as("it has its twin").isFalse();
  }

  @Test
  void tasksOverTheLimit_areStragglers_longestFirst() {
    Map<TaskId, Instant> running = Map.of(new TaskId("a"), after(5), new TaskId("b"), after(0), new TaskId("c"), after(5), new TaskId("d"), after(6));
    Duration limit = Duration.ofSeconds(10);
    assertThat(StragglerRules.due(running, limit, after(15))).containsExactly(new TaskId("b"));
    assertThat(StragglerRules.due(running, limit, after(16))).containsExactly(new TaskId("b"), new TaskId("a"), new TaskId("c"));
  }

  @Test
  void onlyAClaimedTaskOfSuchAPhase_getsATwin_andOnlyOne() {
    Duration limit = Duration.ofSeconds(10);
    assertThat(StragglerRules.mayHaveTwin(CLAIMED, limit, after(11))).isTrue();
    assertThat(StragglerRules.mayHaveTwin(CLAIMED, limit, after(10))).isFalse();
    assertThat(StragglerRules.mayHaveTwin(CLAIMED.toBuilder().setTwinId("tw-1").build(), limit, after(11))).isFalse();
    assertThat(StragglerRules.mayHaveTwin(CLAIMED.toBuilder().clearPlanPlace().build(), limit, after(11))).isFalse();
    assertThat(StragglerRules.mayHaveTwin(took("t1", 20_000), limit, after(30))).isFalse();
    Task.Builder crowded = CLAIMED.toBuilder();
    IntStream.range(0, 64).forEach(i -> crowded.getSpecBuilder().addExcludeSwarmIds("s" + i));
    assertThat(StragglerRules.mayHaveTwin(crowded.build(), limit, after(11))).as("its holder could not be kept from it").isFalse();
  }

  @Test
  void twin_isTheSameWork_forAnybodyButTheHolder() {
    Task twin = StragglerRules.ready(CLAIMED, after(11)).build();
    assertThat(twin.hasReady()).isTrue();
    assertThat(twin.getTwinOf()).isEqualTo("t1");
    assertThat(twin.hasPlanPlace()).as("so that it counts for no phase").isFalse();
    assertThat(twin.getSpec().getExcludeSwarmIdsList()).containsExactly("fox");
    assertThat(twin.getSpec().getNeedsApproval()).isFalse();
    assertThat(twin.getSpec().toBuilder().setTaskId("t1").clearExcludeSwarmIds().setNeedsApproval(true).build()).isEqualTo(CLAIMED.getSpec());
    assertThat(Ids.isId(twin.getSpec().getTaskId())).isTrue();
    assertThat(StragglerRules.twinId("t1")).isEqualTo(new TaskId(twin.getSpec().getTaskId())).isNotEqualTo(StragglerRules.twinId("t2"));
  }

  @Test
  void firstOfTheTwo_decides() {
    Task twin = Samples.ready(Samples.spec("tw-1").build());
    assertThat(StragglerRules.next(CLAIMED, twin)).isEqualTo(new StragglerRules.Next.Rest());
    assertThat(StragglerRules.next(CLAIMED, DONE)).isEqualTo(new StragglerRules.Next.Adopt());
    assertThat(StragglerRules.next(Samples.ready(CLAIMED.getSpec()), DONE)).as("given back meanwhile").isEqualTo(new StragglerRules.Next.Adopt());
    for (Task failed : List.of(CANCELLED, QUARANTINED)) {
      assertThat(StragglerRules.next(CLAIMED, failed)).isEqualTo(new StragglerRules.Next.Rest());
      assertThat(StragglerRules.next(failed, twin)).isEqualTo(new StragglerRules.Next.Cancel());
      assertThat(StragglerRules.next(failed, DONE)).isEqualTo(new StragglerRules.Next.Rest());
    }
    assertThat(StragglerRules.next(DONE, twin)).isEqualTo(new StragglerRules.Next.Cancel());
    assertThat(StragglerRules.next(DONE, DONE)).as("both were done: the first stays").isEqualTo(new StragglerRules.Next.Rest());
  }
}
