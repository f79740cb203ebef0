package io.infrafabric.testkit.history;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.coordinator.v1.Waiting;
import io.infrafabric.testkit.history.Violation.Invariant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Bad histories are found out, and good ones are not accused. */
class HistoryRulesTest {
  private final TaskHistory task = new TaskHistory();

  private List<Invariant> found() {
    return HistoryRules.judge(task.versions()).stream().map(Violation::invariant).distinct().toList();
  }

  private List<Invariant> foundWhenQuiet() {
    return HistoryRules.judgeQuiet(task.versions(), Set.of("t")).stream().map(Violation::invariant).distinct().toList();
  }

  /** The fence of the claim that was just added. */
  private long fence() {
    return task.revision();
  }

  @Test
  void goodHistory_hasNoViolation() {
    task.waiting(Waiting.newBuilder().addOpenDependencies("a").build()).ready().claimed("one", "c1");
    long first = fence();
    task.progressed("one", "c1", first).parked("one", "c1", first).progressed("one", "c1", first).released(first);
    task.claimed("two", "c2");
    task.completed(fence()).deleted();

    assertThat(HistoryRules.judgeQuiet(task.versions(), Set.of("t"))).isEmpty();
  }

  @Test
  void claimOverALiveClaim_breaksI1() {
    task.ready().claimed("one", "c1").claimed("two", "c2");
    assertThat(found()).containsExactly(Invariant.I1_SINGLE_HOLDER);
  }

  @Test
  void claimOverAParkedClaim_breaksI1() {
    task.ready().claimed("one", "c1");
    task.parked("one", "c1", fence()).claimed("two", "c2");
    assertThat(found()).containsExactly(Invariant.I1_SINGLE_HOLDER);
  }

  @Test
  void claimThatChangesHands_breaksI1() {
    task.ready().claimed("one", "c1");
    task.progressed("two", "c1", fence());
    assertThat(found()).contains(Invariant.I1_SINGLE_HOLDER);
  }

  @Test
  void fenceThatShrinks_breaksI3() {
    task.ready().claimed("one", "c1");
    long first = fence();
    task.released(first).claimed("two", "c2", first, TaskEventType.TASK_EVENT_TYPE_CLAIMED);
    assertThat(found()).containsExactly(Invariant.I3_FENCE_GROWTH);
  }

  @Test
  void fenceThatChangesWithinAClaim_breaksI3() {
    task.ready().claimed("one", "c1");
    task.parked("one", "c1", fence() + 100);
    assertThat(found()).containsExactly(Invariant.I3_FENCE_GROWTH);
  }

  @Test
  void inheritedClaim_hasAFenceOfItsOwn_andTheOldOneIsStale() {
    task.ready().claimed("one", "c1");
    long first = fence();
    task.claimed("one", "c1", 0, TaskEventType.TASK_EVENT_TYPE_INHERITED);
    long second = fence();
    task.progressed("one", "c1", second);
    assertThat(found()).isEmpty();
    task.completed(first);
    assertThat(found()).containsExactly(Invariant.I4_NO_STALE_EFFECT);
  }

  @Test
  void inheritedClaim_withAFenceThatIsNotItsRevision_breaksI3() {
    task.ready().claimed("one", "c1");
    task.claimed("one", "c1", fence() + 100, TaskEventType.TASK_EVENT_TYPE_INHERITED);
    assertThat(found()).containsExactly(Invariant.I3_FENCE_GROWTH);
  }

  @Test
  void fenceOfZeroAfterTheClaim_breaksI3() {
    task.ready().claimed("one", "c1").parked("one", "c1", 0);
    assertThat(found()).containsExactly(Invariant.I3_FENCE_GROWTH);
  }

  @Test
  void completionWithAnOldFence_breaksI4() {
    task.ready().claimed("one", "c1");
    long old = fence();
    task.released(old).claimed("two", "c2").completed(old);
    assertThat(found()).containsExactly(Invariant.I4_NO_STALE_EFFECT);
  }

  @Test
  void completionWithoutAClaim_breaksI4() {
    task.ready().completed(7);
    assertThat(found()).containsExactly(Invariant.I4_NO_STALE_EFFECT);
  }

  @Test
  void moreClaimsThanAttempts_breakI5() {
    for (int claim = 1; claim <= 3; claim++) {
      task.ready().claimed("one", "c" + claim);
      task.released(fence());
    }
    assertThat(found()).containsExactly(Invariant.I5_ATTEMPT_BOUND);
  }

  @Test
  void claimsAfterARequeue_areCountedAnew() {
    for (int claim = 1; claim <= 2; claim++) {
      task.ready().claimed("one", "c" + claim);
      task.released(fence());
    }
    task.quarantined().ready().claimed("one", "c3");
    assertThat(found()).isEmpty();
  }

  @Test
  void attemptsBeforeTheCompaction_areCounted() {
    for (int claim = 1; claim <= 3; claim++) {
      task.ready().claimed("one", "c" + claim);
      task.released(fence());
    }
    List<Version> tail = task.versions().subList(4, task.versions().size());
    assertThat(HistoryRules.judge(tail)).extracting(Violation::invariant).containsExactly(Invariant.I5_ATTEMPT_BOUND);
  }

  @Test
  void completedTaskThatIsReadyAgain_breaksI6() {
    task.ready().claimed("one", "c1");
    task.completed(fence()).ready();
    assertThat(found()).containsExactly(Invariant.I6_TERMINAL_IS_FINAL);
  }

  @Test
  void completedTaskWithAnotherOutcome_breaksI6() {
    task.ready().claimed("one", "c1");
    long fence = fence();
    task.completed(fence).completed(fence + 1);
    assertThat(found()).containsExactly(Invariant.I6_TERMINAL_IS_FINAL);
  }

  @Test
  void failedTaskThatIsCompleted_breaksI6() {
    task.ready().claimed("one", "c1");
    long fence = fence();
    task.failed(fence).completed(fence);
    assertThat(found()).containsExactly(Invariant.I6_TERMINAL_IS_FINAL);
  }

  @Test
  void acknowledgedTaskThatIsNowhere_breaksI2() {
    assertThat(foundWhenQuiet()).containsExactly(Invariant.I2_NO_LOSS);
  }

  @Test
  void taskThatIsHeldForEver_breaksI2() {
    task.ready().claimed("one", "c1");
    assertThat(foundWhenQuiet()).containsExactly(Invariant.I2_NO_LOSS);
    assertThat(found()).isEmpty();
  }

  @Test
  void taskThatWaitsForNothing_breaksI2() {
    task.waiting(Waiting.getDefaultInstance());
    assertThat(foundWhenQuiet()).containsExactly(Invariant.I2_NO_LOSS);
  }

  @Test
  void taskThatIsDeletedBeforeItsEnd_breaksI2() {
    task.ready().deleted();
    assertThat(foundWhenQuiet()).containsExactly(Invariant.I2_NO_LOSS);
  }

  @Test
  void recordThatCannotBeRead_isSaid() {
    task.versions().add(new Version(99, TaskHistory.KEY, Optional.of(ByteString.copyFromUtf8("\u0007 nonsense"))));
    assertThat(found()).containsExactly(Invariant.WELL_FORMED);
  }
}
