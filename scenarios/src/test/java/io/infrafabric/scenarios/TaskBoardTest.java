package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.cli.fabric.Requests;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.CancelTaskRequest;
import io.infrafabric.coordinator.v1.CancelTaskResponse;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ListTasksRequest;
import io.infrafabric.coordinator.v1.ListTasksResponse;
import io.infrafabric.coordinator.v1.PlanProgress;
import io.infrafabric.coordinator.v1.Reducer;
import io.infrafabric.coordinator.v1.SubmitTasksRequest;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.coordinator.v1.TaskState;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What the task board promised of many agents on one board, with its own numbers (T2, T3, T7, T8). */
@ExtendWith(SharedFabric.class)
class TaskBoardTest {
  private final RunningFabric fabric;
  private final FabricClient client;
  private final MappedPlan plan;

  TaskBoardTest(RunningFabric fabric) {
    this.fabric = fabric;
    this.client = fabric.client();
    this.plan = new MappedPlan(client);
  }

  private List<String> post(int tasks) {
    SubmitTasksRequest.Builder all = SubmitTasksRequest.newBuilder().setRequestId(FabricClient.request());
    for (int i = 0; i < tasks; i++) {
      all.addSpecs(TaskSpec.newBuilder().setTaskId(Unique.id("posted")).addRequiredCapabilities(plan.skill()));
    }
    client.tasks().submitTasks(all.build());
    return all.getSpecsList().stream().map(TaskSpec::getTaskId).toList();
  }

  private void swarms(int count, int maxConcurrent) {
    for (int i = 0; i < count; i++) {
      plan.swarm(maxConcurrent);
    }
  }

  /** Each swarm asks once, all at the same time. */
  private Race<Optional<Claim>> allAskAtOnce() throws InterruptedException {
    return Race.of(plan.sessions().keySet().stream().<Callable<Optional<Claim>>>map(swarm -> () -> plan.next(client, swarm)).toList());
  }

  private static List<String> claimed(Race<Optional<Claim>> race) {
    assertThat(race.refusals()).isEmpty();
    return race.answers().stream().flatMap(Optional::stream).map(Claim::getTaskId).toList();
  }

  @Test
  void fiveAgents_andTenTasks_makeFiveDifferentClaims() throws Exception {
    swarms(5, 1);
    List<String> tasks = post(10);
    assertThat(claimed(allAskAtOnce())).hasSize(5).doesNotHaveDuplicates().isSubsetOf(tasks);
    assertThat(tasks.stream().filter(task -> client.task(task).hasReady())).hasSize(5);
  }

  @Test
  void tenAgents_andOneTask_makeOneClaim() throws Exception {
    swarms(10, 1);
    List<String> tasks = post(1);
    assertThat(claimed(allAskAtOnce())).isEqualTo(tasks);
  }

  private PlanProgress awaitProgress(int completed, int failed) {
    await().atMost(MappedPlan.SOON).until(() -> plan.progress().getCompleted() == completed && plan.progress().getFailed() == failed);
    return plan.progress();
  }

  private List<String> children(TaskState... states) {
    List<String> found = new ArrayList<>();
    ListTasksRequest.Builder request = ListTasksRequest.newBuilder().setPlanId(plan.id()).setPageSize(500).addAllStates(List.of(states));
    do {
      ListTasksResponse page = client.tasks().listTasks(request.build());
      page.getTasksList().forEach(task -> found.add(task.getSpec().getTaskId()));
      request.setPageToken(page.getNextPageToken());
    } while (!request.getPageToken().isEmpty());
    return found;
  }

  private Callable<Void> doing(String swarm, int tasks) {
    return () -> {
      for (int i = 0; i < tasks; i++) {
        Claim claim = plan.awaitNext(client, swarm);
        plan.complete(client, claim, claim.getSpec().getPayload().toStringUtf8());
      }
      return null;
    };
  }

  /** T7: is_complete of the board was never true when one task had failed. */
  @Test
  void ofAThousandChildren_halfDoneIsFiftyPercent_andFailedOnesAreFinished() throws Exception {
    int children = 1_000;
    swarms(10, 5);
    assertThat(plan.map(client, FabricClient.request(), children).getChildren()).isEqualTo(children);
    assertThat(Race.of(plan.sessions().keySet().stream().map(swarm -> doing(swarm, children / 20)).toList()).refusals()).isEmpty();

    PlanProgress half = awaitProgress(500, 0);
    assertThat(half.getPercent()).isEqualTo(50.0);
    assertThat(half).isEqualTo(PlanProgress.newBuilder().setTotal(children).setCompleted(500).setPending(500).setPercent(50.0).build());
    assertThat(Refused.by(() -> plan.result(Reducer.REDUCER_MERGE_ALL, 0)).code()).isEqualTo(ErrorCode.ERROR_CODE_PLAN_NOT_COMPLETE);

    for (String swarm : plan.sessions().keySet()) {
      client.fail(plan.awaitNext(client, swarm), "it cannot be done", false);
    }
    assertThat(awaitProgress(500, 10)).isEqualTo(half.toBuilder().setFailed(10).setPending(490).build());

    List<Callable<CancelTaskResponse>> cancels = new ArrayList<>();
    for (String left : children(TaskState.TASK_STATE_READY)) {
      CancelTaskRequest request = CancelTaskRequest.newBuilder().setRequestId(FabricClient.request()).setTaskId(left).build();
      cancels.add(() -> Requests.retrying(MappedPlan.SOON, () -> client.tasks().cancelTask(request)));
    }
    assertThat(cancels).hasSize(490);
    assertThat(Race.of(cancels).refusals()).isEmpty();
    assertThat(awaitProgress(500, 500))
        .isEqualTo(
            PlanProgress.newBuilder().setTotal(children).setCompleted(500).setFailed(500).setCancelled(490).setPercent(50.0).setComplete(true).build());
    assertThat(plan.reduce(Reducer.REDUCER_MERGE_ALL, 0, true).getResults()).isEqualTo(500);
    assertThat(children(TaskState.TASK_STATE_FAILED)).hasSize(10);
  }

  /** T8: a greedy board gives the first six agents 15 each, the seventh 10 and the last three nothing. */
  @Test
  void greedyAgents_oneAfterTheOther_getNoMoreThanTheirShare() throws Exception {
    int tasks = 100;
    int tries = 15;
    swarms(10, tries);
    plan.map(client, FabricClient.request(), tasks);
    await().atMost(MappedPlan.SOON).until(() -> children(TaskState.TASK_STATE_READY).size() == tasks);
    Map<String, Integer> got = new TreeMap<>();
    try (FabricClient other = fabric.clientOf(1)) {
      for (String swarm : plan.sessions().keySet()) {
        got.put(swarm, 0);
        for (int i = 0; i < tries; i++) {
          plan.next(i % 2 == 0 ? client : other, swarm).ifPresent(claim -> got.merge(swarm, 1, Integer::sum));
        }
      }
    }
    assertThat(got.values().stream().mapToInt(Integer::intValue).sum()).as("%s", got).isEqualTo(tasks);
    assertThat(Collections.max(got.values()) - Collections.min(got.values())).as("%s", got).isLessThanOrEqualTo(2);
  }
}
