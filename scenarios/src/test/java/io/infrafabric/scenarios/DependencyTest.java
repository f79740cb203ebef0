package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.SubmitTasksRequest;
import io.infrafabric.coordinator.v1.SubmittedTask;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.error.Refusal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Tasks that wait for others (I12). */
@ExtendWith(SharedFabric.class)
class DependencyTest {
  private static final Duration SOON = Duration.ofSeconds(60);

  private final RunningFabric fabric;
  private final FabricClient client;
  private final String skill = Unique.capability();
  private final String swarm = Unique.id("patient");
  private final String a = Unique.id("a");
  private final String b = Unique.id("b");
  private final String c = Unique.id("c");
  private final String d = Unique.id("d");
  private String session;

  DependencyTest(RunningFabric fabric) {
    this.fabric = fabric;
    this.client = fabric.client();
  }

  @BeforeEach
  void register() {
    client.register(swarm, 0, 100, skill);
    session = client.open(swarm, Duration.ofMinutes(1));
  }

  private TaskSpec spec(String task, String... after) {
    return TaskSpec.newBuilder().setTaskId(task).addRequiredCapabilities(skill).addAllDependsOn(List.of(after)).build();
  }

  private List<SubmittedTask> submit(TaskSpec... specs) {
    return client
        .tasks()
        .submitTasks(SubmitTasksRequest.newBuilder().setRequestId(FabricClient.request()).addAllSpecs(List.of(specs)).build())
        .getTasksList();
  }

  private Refusal refused(String task) {
    Refusal refusal = Refused.by(() -> client.claim(task, swarm, session));
    assertThat(refusal.code()).isEqualTo(ErrorCode.ERROR_CODE_TASK_NOT_READY);
    return refusal;
  }

  private void complete(String task) {
    client.complete(client.claim(task, swarm, session), "done", 0);
  }

  private void awaitReady(String task) {
    await().atMost(SOON).pollInterval(Duration.ofMillis(50)).until(() -> client.task(task).hasReady());
  }

  /** At the revision of each claim, everything that the task waits for was completed. */
  private void judge(String... tasks) {
    TaskHistory history = TaskHistory.of(fabric);
    for (String task : tasks) {
      long claimed = history.first(task, Task::hasClaimed);
      assertThat(claimed).as("claim of %s", task).isPositive();
      for (String dependency : client.task(task).getSpec().getDependsOnList()) {
        assertThat(history.first(dependency, Task::hasCompleted)).as("completion of %s before %s", dependency, task).isBetween(1L, claimed - 1);
      }
    }
  }

  @Test
  void chain_isReadyLinkByLink() {
    List<SubmittedTask> submitted = submit(spec(c, b), spec(b, a), spec(a));
    assertThat(submitted).extracting(SubmittedTask::getTaskId).containsExactly(c, b, a);
    assertThat(submitted)
        .extracting(SubmittedTask::getState)
        .containsExactly(TaskState.TASK_STATE_WAITING, TaskState.TASK_STATE_WAITING, TaskState.TASK_STATE_READY);
    assertThat(refused(b).message()).contains(b).contains("for " + a);
    assertThat(refused(c).message()).contains("for " + b);

    complete(a);
    awaitReady(b);
    refused(c);
    complete(b);
    awaitReady(c);
    complete(c);
    judge(a, b, c);
  }

  @Test
  void diamond_isReadyWhenBothSidesAreDone_andNamesOnlyWhatIsOpen() {
    submit(spec(a), spec(b, a), spec(c, a), spec(d, b, c));
    complete(a);
    awaitReady(b);
    awaitReady(c);
    assertThat(refused(d).message()).contains("for " + b + ", " + c);
    complete(b);
    await().atMost(SOON).untilAsserted(() -> assertThat(refused(d).message()).contains(c).doesNotContain(b + ","));
    complete(c);
    awaitReady(d);
    complete(d);
    judge(a, b, c, d);
  }

  @Test
  void claimThatWaitsForAFailedTask_isNotReady() {
    submit(spec(a), spec(b, a));
    client.fail(client.claim(a, swarm, session), "impossible", false);
    assertThat(refused(b).message()).contains("for " + a);
    assertThat(client.task(b).getWaiting().getOpenDependenciesList()).containsExactly(a);
  }

  @Test
  void dependentsSubmittedWhileTheirDependencyEnds_areAllReadyInTheEnd() throws Exception {
    submit(spec(a));
    Claim claim = client.claim(a, swarm, session);
    List<String> dependents = new ArrayList<>();
    List<Callable<Object>> calls = new ArrayList<>();
    try (FabricClient other = fabric.clientOf(1)) {
      for (int i = 0; i < 30; i++) {
        String dependent = Unique.id("late");
        dependents.add(dependent);
        FabricClient door = i % 2 == 0 ? client : other;
        calls.add(() -> door.submit(spec(dependent, a)));
        if (i == 15) {
          calls.add(() -> client.complete(claim, "done", 0));
        }
      }
      assertThat(Race.of(calls).refusals()).isEmpty();
    }
    dependents.forEach(this::awaitReady);
  }

  @Test
  void cycle_isRefusedNamingIt_andNothingIsWritten() {
    Refusal refusal = Refused.by(() -> submit(spec(a), spec(b, a, d), spec(c, b), spec(d, c)));
    assertThat(refusal.code()).isEqualTo(ErrorCode.ERROR_CODE_INVALID_ARGUMENT);
    assertThat(refusal.message()).contains(b).contains(c).contains(d).doesNotContain(a + ",");
    assertThat(refusal.fields()).isNotEmpty();
    assertNothingWritten(a, b, c, d);
    assertThat(Refused.by(() -> client.submit(spec(a, a))).message()).contains("itself");
    assertNothingWritten(a);
  }

  @Test
  void unknownDependency_isRefusedNamingIt_andNothingIsWritten() {
    Refusal alone = Refused.by(() -> client.submit(spec(b, a)));
    assertThat(alone.code()).isEqualTo(ErrorCode.ERROR_CODE_TASK_NOT_FOUND);
    assertThat(alone.message()).contains(a);
    Refusal together = Refused.by(() -> submit(spec(c), spec(d, c, a)));
    assertThat(together.code()).isEqualTo(ErrorCode.ERROR_CODE_TASK_NOT_FOUND);
    assertThat(together.message()).contains(a);
    assertThat(together.fields()).isNotEmpty();
    assertNothingWritten(b, c, d);
  }

  private void assertNothingWritten(String... tasks) {
    TaskHistory history = TaskHistory.of(fabric);
    for (String task : tasks) {
      assertThat(history.of(task)).as(task).isEmpty();
    }
  }
}
