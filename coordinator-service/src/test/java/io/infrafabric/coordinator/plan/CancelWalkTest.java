package io.infrafabric.coordinator.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.infrafabric.coordinator.Samples;
import io.infrafabric.coordinator.v1.MappingRecord;
import io.infrafabric.coordinator.v1.PhaseEnd;
import io.infrafabric.coordinator.v1.PhaseRecord;
import io.infrafabric.coordinator.v1.PlanRecord;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.TaskId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CancelWalkTest {
  private static final PhaseRecord LISTED = PhaseRecord.newBuilder().setName("a").addAllTaskIds(List.of("a1", "a2", "a3")).build();
  private static final PhaseRecord UNFILLED = PhaseRecord.newBuilder().setName("each").setMapped(true).build();

  private static PlanRecord plan(PhaseRecord... phases) {
    return PlanRecord.newBuilder().setPlanId("p1").setWholeAt(Times.toProto(Samples.NOW)).addFillerIds("idle").addAllPhases(List.of(phases)).build();
  }

  private static CancelWalk walk(PlanRecord plan, String... held) {
    Set<String> ids = Set.of(held);
    return new CancelWalk(plan, id -> ids.contains(id.value()));
  }

  /** What the walk gives while nothing has an outcome. */
  private static List<CancelWalk.Member> until(CancelWalk walk, boolean idle) {
    List<CancelWalk.Member> met = new ArrayList<>();
    for (Optional<CancelWalk.Member> next = walk.next(idle); next.isPresent(); next = walk.next(false)) {
      met.add(next.get());
    }
    return met;
  }

  private static List<String> ids(List<CancelWalk.Member> members) {
    return members.stream().map(CancelWalk.Member::id).map(TaskId::value).toList();
  }

  @Test
  void heldTasks_areFirst_andThenEveryTaskOnce_aPartAtATime() {
    CancelWalk walk = walk(plan(LISTED), "a3");
    assertThat(ids(until(walk, true))).containsExactly("a3");
    assertThat(walk.next(false)).as("what is under way may tell of more").isEmpty();
    assertThat(ids(until(walk, true))).containsExactly("idle");
    assertThat(ids(until(walk, true))).containsExactly("a1", "a2", "a3");
    assertThat(walk.isAtTheEnd()).isFalse();
    assertThat(walk.next(true)).isEmpty();
    assertThat(walk.isAtTheEnd()).isTrue();
  }

  @Test
  void ends_areCountedByPhase_andNotOfFillersNorTwiceOfWhatWasHeld() {
    CancelWalk walk = walk(plan(LISTED), "a3");
    TaskState[] states = {TaskState.TASK_STATE_COMPLETED, TaskState.TASK_STATE_QUARANTINED, TaskState.TASK_STATE_CANCELLED};
    List<CancelWalk.Member> before = new ArrayList<>(until(walk, true));
    before.addAll(until(walk, true));
    before.forEach(member -> walk.ended(member, TaskState.TASK_STATE_CANCELLED));
    List<CancelWalk.Member> counted = until(walk, true);
    for (int i = 0; i < states.length; i++) {
      walk.ended(counted.get(i), states[i]);
    }
    assertThat(walk.ends()).containsOnlyKeys("a").containsEntry("a", PhaseEnd.newBuilder().setCompleted(1).setFailed(2).setCancelled(1).build());
    assertThatThrownBy(() -> walk.ended(counted.getFirst(), TaskState.TASK_STATE_READY)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void filledMapping_isWalkedOverWhole() {
    PhaseRecord filled = UNFILLED.toBuilder().setMapping(MappingRecord.newBuilder().setChildren(1_000).setWholeAt(Times.toProto(Samples.NOW))).build();
    CancelWalk walk = walk(plan(filled));
    assertThat(ids(until(walk, true))).containsExactly("idle");
    assertThat(ids(until(walk, true))).hasSize(1_000).startsWith(MappingRules.childId("p1", "each", 0)).endsWith(MappingRules.childId("p1", "each", 999));
  }

  /** A stream of which children are missing has had no more than a window of them under way. */
  @Test
  void mappingThatHasNotEnded_isWalkedOverAsFarAsThereCanBeChildren() {
    CancelWalk walk = walk(plan(UNFILLED));
    until(walk, true);
    List<CancelWalk.Member> first = until(walk, true);
    assertThat(first).hasSize(256);
    walk.ended(first.get(255), TaskState.TASK_STATE_CANCELLED);
    List<CancelWalk.Member> more = until(walk, true);
    assertThat(more.getFirst().place()).isEqualTo(256);
    assertThat(more.getLast().place()).isEqualTo(255 + 256);
    assertThat(walk.next(true)).isEmpty();
    assertThat(walk.isAtTheEnd()).isTrue();
    assertThat(walk.ends().get("each").getCancelled()).isEqualTo(1);
  }
}
