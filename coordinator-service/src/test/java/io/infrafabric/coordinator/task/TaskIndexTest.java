package io.infrafabric.coordinator.task;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.Samples;
import io.infrafabric.coordinator.v1.Cancelled;
import io.infrafabric.coordinator.v1.Completed;
import io.infrafabric.coordinator.v1.Quarantined;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.coordinator.v1.Waiting;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.Keys;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class TaskIndexTest {
  private final Keys keys = new Keys();
  private final TaskIndex index = new TaskIndex();
  private final Map<String, Entry> there = new HashMap<>();
  private final List<String> heard = new ArrayList<>();
  private long revision = 100;

  TaskIndexTest() {
    index.addListener(
        new TaskIndex.Listener() {
          @Override
          public void onReady(ReadyTask task) {
            heard.add("ready " + task.id());
          }

          @Override
          public void onMayBeReady(TaskId task) {
            heard.add("maybe " + task);
          }

          @Override
          public void onClaimEnded(SwarmId swarm) {
            heard.add("free " + swarm);
          }
        });
  }

  private void put(Task task) {
    String key = keys.task(new TaskId(task.getSpec().getTaskId()));
    Entry entry = Samples.entry(key, task, TaskEventType.TASK_EVENT_TYPE_READY, ++revision);
    index.onChange(key, Optional.ofNullable(there.put(key, entry)), Optional.of(entry));
  }

  private void delete(String id) {
    String key = keys.task(new TaskId(id));
    index.onChange(key, Optional.of(there.remove(key)), Optional.empty());
  }

  private List<String> ready() {
    ReadyWalk walk = index.walk();
    return Stream.generate(walk::next).takeWhile(Optional::isPresent).map(task -> task.orElseThrow().id().value()).toList();
  }

  private static Task waiting(String id, String... dependencies) {
    return Samples.ready(Samples.spec(id).addAllDependsOn(List.of(dependencies)).build()).toBuilder().setWaiting(Waiting.getDefaultInstance()).build();
  }

  @Test
  void whatIsQuarantined_isFoundById_untilItIsRequeued() {
    Task given = Samples.ready(Samples.spec("b").build()).toBuilder().setQuarantined(Quarantined.getDefaultInstance()).build();
    put(given);
    put(given.toBuilder().setSpec(given.getSpec().toBuilder().setTaskId("a")).build());
    assertThat(index.quarantined()).containsExactly(new TaskId("a"), new TaskId("b"));
    put(Samples.ready(Samples.spec("b").build()));
    delete("a");
    assertThat(index.quarantined()).isEmpty();
  }

  @Test
  void whatWaitsForAPerson_isFoundById_untilItDoesNot() {
    Task waits = Samples.ready(Samples.spec("b").build()).toBuilder().setWaiting(Waiting.newBuilder().setAwaitsApproval(true)).build();
    put(waits);
    put(waits.toBuilder().setSpec(waits.getSpec().toBuilder().setTaskId("a")).build());
    put(Samples.ready(Samples.spec("c").build()).toBuilder().setWaiting(Waiting.getDefaultInstance()).build());
    assertThat(index.awaitingApproval()).containsExactly(new TaskId("a"), new TaskId("b"));
    put(waits.toBuilder().setWaiting(Waiting.getDefaultInstance()).build());
    delete("a");
    assertThat(index.awaitingApproval()).isEmpty();
  }

  @Test
  void readyTask_isFoundByOrderAndByRequirement_untilItIsClaimed() {
    Task task = Samples.ready(Samples.spec("t1", "a:b").build());
    put(task);
    assertThat(ready()).containsExactly("t1");
    assertThat(index.requirements()).containsExactly(Requirement.of(task.getSpec()));
    assertThat(index.readyOf(Requirement.of(task.getSpec()))).hasSize(1);

    put(Samples.claimed(task.getSpec(), "fox", 1));
    assertThat(ready()).isEmpty();
    assertThat(index.requirements()).isEmpty();
    assertThat(index.heldBy(new SwarmId("fox"))).containsOnlyKeys(new TaskId("t1"));
    assertThat(heard).containsExactly("ready t1");
  }

  @Test
  void claim_isForgottenWhenItEnds_andItsHolderHasRoom() {
    put(Samples.claimed(Samples.spec("t1").build(), "fox", 1));
    put(Samples.claimed(Samples.spec("t1").build(), "owl", 2));
    assertThat(index.holders()).containsExactly(new SwarmId("owl"));
    delete("t1");
    assertThat(index.holders()).isEmpty();
    assertThat(heard).containsExactly("free fox", "free owl");
  }

  @Test
  void dependent_mayBeReadyWhenADependencyCompletes() {
    put(waiting("t2", "t1", "t0"));
    put(Samples.ready(Samples.spec("t1").build()));
    heard.clear();
    put(Samples.ready(Samples.spec("t1").build()).toBuilder().setCompleted(Completed.getDefaultInstance()).build());
    assertThat(heard).containsExactly("maybe t2");
  }

  @Test
  void waitingTask_isLookedAtWhenItComes_becauseItsDependencyMayHaveCompletedBefore() {
    put(waiting("t2", "t1"));
    assertThat(heard).containsExactly("maybe t2");
  }

  @Test
  void timedTask_isDueAtItsTime() {
    Task task = waiting("t1").toBuilder().setWaiting(Waiting.newBuilder().setNotBefore(Times.toProto(Samples.NOW))).build();
    put(task);
    assertThat(index.due(Samples.NOW.minus(Duration.ofNanos(1)))).isEmpty();
    assertThat(index.due(Samples.NOW)).containsExactly(new TaskId("t1"));
    put(Samples.ready(task.getSpec()));
    assertThat(index.due(Samples.NOW)).isEmpty();
  }

  /** Whatever a task went through, nothing of it is left once it is gone. */
  @Test
  void nothing_isLeftOfATaskThatIsGone() {
    put(waiting("t1", "d1", "d2").toBuilder().setWaiting(Waiting.newBuilder().setNotBefore(Times.toProto(Samples.NOW))).build());
    put(Samples.ready(Samples.spec("t1").build()));
    put(Samples.claimed(Samples.spec("t1").build(), "fox", 1));
    put(Samples.ready(Samples.spec("t1").build()).toBuilder().setCompleted(Completed.getDefaultInstance()).build());
    delete("t1");
    put(Samples.ready(Samples.spec("d1").build()).toBuilder().setCompleted(Completed.getDefaultInstance()).build());
    assertThat(heard).doesNotContain("maybe d1").containsOnlyOnce("maybe t1");
    delete("d1");
    assertThat(ready()).isEmpty();
    assertThat(index.holders()).isEmpty();
    assertThat(index.requirements()).isEmpty();
    assertThat(index.due(Samples.NOW)).isEmpty();
    for (TaskState state : TaskState.values()) {
      assertThat(index.count(state)).isZero();
    }
  }

  private static Task ofPlan(String id, String plan) {
    return Samples.ready(Samples.spec(id, "a:b").setPlanId(plan).build());
  }

  @Test
  void tasksOfACancelledPlan_areNotFoundAnyMore_butCountedUntilTheyEnd() {
    Set<String> cancelled = new HashSet<>();
    List<Consumer<String>> told = new ArrayList<>();
    index.setMembers(
        new TaskMembers() {
          @Override
          public Runnable enter(Task task) {
            return () -> {};
          }

          @Override
          public boolean isWanted(String planId) {
            return !cancelled.contains(planId);
          }

          @Override
          public void onCancelled(Consumer<String> listener) {
            told.add(listener);
          }
        });
    put(ofPlan("t1", "p1"));
    put(ofPlan("t2", "p2"));
    put(ofPlan("t3", "p1"));
    cancelled.add("p1");
    told.getFirst().accept("p1");
    assertThat(ready()).containsExactly("t2");
    put(ofPlan("t4", "p1"));
    put(Samples.ready(Samples.spec("t5", "a:b").build()));
    assertThat(ready()).containsExactly("t2", "t5");
    assertThat(heard).as("what comes late is not told").doesNotContain("ready t4");
    assertThat(index.count(TaskState.TASK_STATE_READY)).isEqualTo(5);
    for (String id : List.of("t1", "t3", "t4")) {
      put(ofPlan(id, "p1").toBuilder().setCancelled(Cancelled.getDefaultInstance()).build());
    }
    assertThat(index.count(TaskState.TASK_STATE_READY)).isEqualTo(2);
    assertThat(ready()).containsExactly("t2", "t5");
  }

  @Test
  void counts_areThoseOfTheStates() {
    put(Samples.ready(Samples.spec("t1").build()));
    put(Samples.ready(Samples.spec("t2").build()));
    put(Samples.claimed(Samples.spec("t2").build(), "fox", 1));
    assertThat(index.count(TaskState.TASK_STATE_READY)).isEqualTo(1);
    assertThat(index.count(TaskState.TASK_STATE_CLAIMED)).isEqualTo(1);
  }
}
