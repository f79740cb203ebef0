package io.infrafabric.coordinator.blocker;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.Samples;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.BlockerEventType;
import io.infrafabric.coordinator.v1.BlockerRecord;
import io.infrafabric.coordinator.v1.BlockerState;
import io.infrafabric.coordinator.v1.Completed;
import io.infrafabric.coordinator.v1.Failed;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.names.TaskId;
import io.infrafabric.policy.ActivePolicy;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class NextRulesTest {
  private final Map<String, Task> tasks = new HashMap<>();

  private static Blocker.Builder blocker(BlockerState state) {
    return Blocker.newBuilder().setBlockerId("b-1").setTaskId("t1").setSwarmId("fox").setFence(100).setType("weather").setState(state);
  }

  private static Task parked(Blocker.Builder blocker) {
    return BlockerRules.park(Samples.claimed(Samples.spec("t1").build(), "fox", 1), blocker.build(), Samples.NOW);
  }

  private NextRules.Next next(Blocker.Builder blocker) {
    return next(blocker, parked(blocker));
  }

  private NextRules.Next next(Blocker.Builder blocker, Task task) {
    return NextRules.next(blocker.build(), Optional.of(task), (TaskId id) -> Optional.ofNullable(tasks.get(id.value())), ActivePolicy.first().limits());
  }

  private static Task ready(String id) {
    return Samples.ready(Samples.spec(id).build());
  }

  @Test
  void openBlocker_asksForHelp_orAPersonWhenNobodyKnowsForWhat() {
    assertThat(next(blocker(BlockerState.BLOCKER_STATE_OPEN).addNeeds("a:b"))).isEqualTo(new NextRules.Next.Ask(1));
    assertThat(next(blocker(BlockerState.BLOCKER_STATE_OPEN))).isInstanceOf(NextRules.Next.Escalate.class);
  }

  @Test
  void escalatedBlocker_restsUntilAPersonComes_andAsksAgainForWhatNobodyCould() {
    String told = "it names no needs, and none are known for blockers of type weather";
    assertThat(next(blocker(BlockerState.BLOCKER_STATE_ESCALATED).setDetail(told))).isEqualTo(new NextRules.Next.Rest());
    assertThat(next(blocker(BlockerState.BLOCKER_STATE_ESCALATED).addNeeds("a:b").addUnmetNeeds("a:b"))).isEqualTo(new NextRules.Next.Ask(1));
  }

  @Test
  void blockerThatWaits_isDoneWhenAllOfItIs() {
    Blocker.Builder waiting = blocker(BlockerState.BLOCKER_STATE_WAITING).addHelpTaskIds("h1").addWaitsForTaskIds("w1");
    tasks.put("h1", ready("h1"));
    tasks.put("w1", ready("w1").toBuilder().setCompleted(Completed.getDefaultInstance()).build());
    assertThat(next(waiting)).isEqualTo(new NextRules.Next.Rest());
    tasks.put("h1", tasks.get("w1"));
    assertThat(next(waiting)).isEqualTo(new NextRules.Next.Finish("done: h1, w1"));
    assertThat(next(waiting.clone().addUnmetNeeds("a:b"))).isInstanceOf(NextRules.Next.Escalate.class);
  }

  @Test
  void taskThatWillNotBeCompleted_isForAPerson_once_andGoesOnIfItIsAfterAll() {
    Blocker.Builder waiting = blocker(BlockerState.BLOCKER_STATE_WAITING).addWaitsForTaskIds("w1");
    assertThat(next(waiting)).isEqualTo(new NextRules.Next.Escalate("task w1, which it waits for, is not there any more", Optional.of(new TaskId("w1"))));
    tasks.put("w1", ready("w1").toBuilder().setFailed(Failed.getDefaultInstance()).build());
    String why = "task w1, which it waits for, is FAILED";
    assertThat(next(waiting)).isEqualTo(new NextRules.Next.Escalate(why, Optional.of(new TaskId("w1"))));
    Blocker.Builder escalated = waiting.clone().setState(BlockerState.BLOCKER_STATE_ESCALATED).setDetail(why);
    assertThat(next(escalated)).isEqualTo(new NextRules.Next.Rest());
    tasks.put("w1", ready("w1").toBuilder().setCompleted(Completed.getDefaultInstance()).build());
    assertThat(next(escalated)).isInstanceOf(NextRules.Next.Finish.class);
  }

  @Test
  void copyThatHasLessThanWasWrittenWithTheBlocker_isBehind_untilTheWatchIsFurther() {
    BlockerRecord raised = BlockerRecord.newBuilder().setEvent(BlockerEventType.BLOCKER_EVENT_TYPE_RAISED).build();
    assertThat(isBehind(raised, 6, 6)).as("the task is as it was before").isTrue();
    assertThat(isBehind(raised, 7, 6)).as("the task is known from an own commit").isFalse();
    assertThat(isBehind(raised, 0, 7)).as("the task is gone").isFalse();
    Blocker helped = blocker(BlockerState.BLOCKER_STATE_WAITING).addHelpTaskIds("h1").build();
    BlockerRecord record = BlockerRecord.newBuilder().setBlocker(helped).setEvent(BlockerEventType.BLOCKER_EVENT_TYPE_HELPED).build();
    assertThat(isBehind(record, 7, 6)).as("its help is not there yet").isTrue();
    assertThat(isBehind(record, 7, 7)).as("its help is gone").isFalse();
    tasks.put("h1", ready("h1"));
    assertThat(isBehind(record, 7, 6)).isFalse();
    assertThat(isBehind(record, 6, 6)).isTrue();
    assertThat(isBehind(record.toBuilder().setEvent(BlockerEventType.BLOCKER_EVENT_TYPE_ESCALATED).build(), 6, 6)).as("its task was not written with it").isFalse();
  }

  /** A blocker of revision 7. */
  private boolean isBehind(BlockerRecord record, long taskRevision, long told) {
    return NextRules.isBehind(record, 7, taskRevision, id -> Optional.ofNullable(tasks.get(id.value())), told);
  }

  @Test
  void blockerOfAClaimThatHasEnded_isAbandoned() {
    Blocker.Builder open = blocker(BlockerState.BLOCKER_STATE_OPEN).addNeeds("a:b");
    assertThat(next(open, Samples.claimed(Samples.spec("t1").build(), "owl", 2))).isInstanceOf(NextRules.Next.Abandon.class);
    assertThat(next(open, BlockerRules.park(Samples.claimed(Samples.spec("t1").build(), "owl", 2), open.build(), Samples.NOW))).isInstanceOf(NextRules.Next.Abandon.class);
    assertThat(NextRules.next(open.build(), Optional.empty(), id -> Optional.empty(), ActivePolicy.first().limits())).isInstanceOf(NextRules.Next.Abandon.class);
  }
}
