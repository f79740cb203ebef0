package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonParser;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.Phase;
import io.infrafabric.coordinator.v1.Plan;
import io.infrafabric.coordinator.v1.RaiseBlockerRequest;
import io.infrafabric.coordinator.v1.ReducePlanResponse;
import io.infrafabric.coordinator.v1.Reducer;
import io.infrafabric.coordinator.v1.ResolveBlockerRequest;
import io.infrafabric.coordinator.v1.SubmitPlanRequest;
import io.infrafabric.coordinator.v1.TaskSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Very many tasks of one kind, what their results make, and who gets them (O1-O3, T8). */
@ExtendWith(SharedFabric.class)
class MapTasksTest {
  private static final Duration SOON = MappedPlan.SOON;

  private final RunningFabric fabric;
  private final FabricClient client;
  private final MappedPlan plan;

  MapTasksTest(RunningFabric fabric) {
    this.fabric = fabric;
    this.client = fabric.client();
    this.plan = new MappedPlan(client);
  }

  /** Every third child has another answer; the last one has the best score. */
  private static String answer(Claim claim, int children) {
    int child = Integer.parseInt(claim.getSpec().getPayload().toStringUtf8());
    return child == children - 1 ? "{\"score\": 9, \"answer\": 41}" : child % 3 == 0 ? "{\"score\": 2, \"answer\": 40}" : "{\"score\": 1, \"answer\": 42}";
  }

  @Test
  void children_areDoneOnceEach_atAnyCoordinator_andEveryReducerFoldsThem() throws Exception {
    int children = 60;
    String swarm = plan.swarm(100);
    String request = FabricClient.request();
    assertThat(plan.map(client, request, children).getChildren()).isEqualTo(children);
    String first;
    try (FabricClient other = fabric.clientOf(1)) {
      assertThat(plan.map(other, request, children).getChildren()).as("the same stream again, elsewhere").isEqualTo(children);
      assertThat(plan.progress().getTotal()).isEqualTo(children);
      Claim one = plan.awaitNext(client, swarm);
      first = answer(one, children);
      client.complete(one, first, 0);
      assertThat(Refused.by(() -> plan.result(Reducer.REDUCER_MAJORITY_VOTE, 0)).code()).isEqualTo(ErrorCode.ERROR_CODE_PLAN_NOT_COMPLETE);
      AtomicInteger done = new AtomicInteger(1);
      List<Callable<Void>> agents = new ArrayList<>();
      for (FabricClient door : List.of(client, other, client, other)) {
        agents.add(
            () -> {
              while (done.get() < children) {
                Optional<Claim> claim = plan.next(door, swarm);
                if (claim.isPresent()) {
                  door.complete(claim.get(), answer(claim.get(), children), 0);
                  done.incrementAndGet();
                }
              }
              return null;
            });
      }
      assertThat(Race.of(agents).refusals()).isEmpty();
    }
    await().atMost(SOON).until(() -> plan.progress().getComplete());
    assertThat(plan.progress().getCompleted()).isEqualTo(children);
    assertThat(plan.result(Reducer.REDUCER_FIRST, 0)).isEqualTo(first);
    assertThat(plan.result(Reducer.REDUCER_BEST_SCORE, 0)).isEqualTo("{\"score\": 9, \"answer\": 41}");
    assertThat(plan.result(Reducer.REDUCER_MAJORITY_VOTE, 0)).isEqualTo("{\"score\": 1, \"answer\": 42}");
    assertThat(plan.result(Reducer.REDUCER_QUORUM, 21)).as("there are 20 of the other").isEqualTo("{\"score\": 1, \"answer\": 42}");
    assertThat(Refused.by(() -> plan.result(Reducer.REDUCER_QUORUM, 40)).code()).isEqualTo(ErrorCode.ERROR_CODE_NO_RESULT);
    ReducePlanResponse merged = plan.reduce(Reducer.REDUCER_MERGE_ALL, 0, false);
    assertThat(merged.getResults()).isEqualTo(children);
    assertThat(JsonParser.parseString(merged.getResult().toStringUtf8()).getAsJsonArray()).as("each different one once").hasSize(3);
  }

  @Test
  void halfOfAMapping_isToldAsHalf_andReducedOnlyWhenThatIsAskedFor() {
    String swarm = plan.swarm(100);
    plan.map(client, FabricClient.request(), 10);
    for (int i = 0; i < 5; i++) {
      client.complete(plan.awaitNext(client, swarm), "\"yes\"", 0);
    }
    await().atMost(SOON).until(() -> plan.progress().getPercent() == 50.0);
    assertThat(plan.progress().getPending()).isEqualTo(5);
    assertThat(Refused.by(() -> plan.result(Reducer.REDUCER_MERGE_ALL, 0)).code()).isEqualTo(ErrorCode.ERROR_CODE_PLAN_NOT_COMPLETE);
    assertThat(plan.reduce(Reducer.REDUCER_MERGE_ALL, 0, true).getResult().toStringUtf8()).isEqualTo("[\"yes\"]");
    assertThat(plan.result(Reducer.REDUCER_QUORUM, 5)).isEqualTo("\"yes\"");
    assertThat(Refused.by(() -> plan.result(Reducer.REDUCER_QUORUM, 6)).code()).isEqualTo(ErrorCode.ERROR_CODE_PLAN_NOT_COMPLETE);
  }

  /** T8: ten swarms at once, 100 equal tasks. */
  @Test
  void equalTasks_areSharedOutEvenly() throws Exception {
    int tasks = 100;
    for (int i = 0; i < 10; i++) {
      plan.swarm(3);
    }
    plan.map(client, FabricClient.request(), tasks);
    AtomicInteger done = new AtomicInteger();
    Map<String, Integer> completed = new ConcurrentHashMap<>();
    List<Callable<Void>> agents = new ArrayList<>();
    plan.sessions().keySet().forEach(
        swarm ->
            agents.add(
                () -> {
                  while (done.get() < tasks) {
                    Optional<Claim> claim = plan.next(client, swarm);
                    if (claim.isPresent()) {
                      client.complete(claim.get(), "done", 0);
                      completed.merge(swarm, 1, Integer::sum);
                      done.incrementAndGet();
                    }
                  }
                  return null;
                }));
    assertThat(Race.of(agents).refusals()).isEmpty();
    assertThat(completed.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(tasks);
    assertThat(completed).hasSize(10);
    assertThat(Collections.max(completed.values()) - Collections.min(completed.values())).as("%s", completed).isLessThanOrEqualTo(2);
  }

  /** O3: what is blocked is not idle. */
  @Test
  void swarmThatABlockerHasStopped_getsAFillerMeanwhile() {
    String swarm = plan.swarm(1);
    TaskSpec.Builder spec = TaskSpec.newBuilder().addRequiredCapabilities(plan.skill());
    Plan phases =
        Plan.newBuilder()
            .setPlanId(plan.id())
            .addPhases(Phase.newBuilder().setName("work").addTasks(spec.clone().setTaskId(plan.id() + "-a")))
            .addPhases(Phase.newBuilder().setName("after").addTasks(spec.clone().setTaskId(plan.id() + "-b")))
            .addFillers(spec.clone().setTaskId(plan.id() + "-idle"))
            .build();
    plan.plans().submitPlan(SubmitPlanRequest.newBuilder().setRequestId(FabricClient.request()).setPlan(phases).build());
    await().atMost(SOON).until(() -> List.of("-a", "-idle").stream().allMatch(task -> client.task(plan.id() + task).hasReady()));
    Claim stopped = plan.awaitNext(client, swarm);
    assertThat(stopped.getTaskId()).as("never a filler before work").isEqualTo(plan.id() + "-a");
    Blocker blocker =
        client
            .claims()
            .raiseBlocker(
                RaiseBlockerRequest.newBuilder()
                    .setRequestId(FabricClient.request())
                    .setTaskId(stopped.getTaskId())
                    .setSwarmId(swarm)
                    .setFence(stopped.getFence())
                    .setType("weather")
                    .build())
            .getBlocker();
    Claim meanwhile = plan.awaitNext(client, swarm);
    assertThat(meanwhile.getTaskId()).as("the next phase is not open").isEqualTo(plan.id() + "-idle");
    client.complete(meanwhile, "done", 0);
    client
        .claims()
        .resolveBlocker(
            ResolveBlockerRequest.newBuilder()
                .setRequestId(FabricClient.request())
                .setTaskId(blocker.getTaskId())
                .setBlockerId(blocker.getBlockerId())
                .setPrincipal("ada")
                .build());
    client.complete(stopped, "done", 0);
    client.complete(plan.awaitNext(client, swarm), "done", 0);
    await().atMost(SOON).until(() -> plan.progress().getComplete());
    assertThat(plan.progress().getTotal()).as("a filler does not count").isEqualTo(2);
  }
}
