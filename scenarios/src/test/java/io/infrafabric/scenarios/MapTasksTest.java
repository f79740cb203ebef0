package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonParser;
import io.grpc.StatusRuntimeException;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimNextRequest;
import io.infrafabric.coordinator.v1.GetPlanRequest;
import io.infrafabric.coordinator.v1.MapTasksResponse;
import io.infrafabric.coordinator.v1.Phase;
import io.infrafabric.coordinator.v1.Plan;
import io.infrafabric.coordinator.v1.PlanProgress;
import io.infrafabric.coordinator.v1.PlanServiceGrpc;
import io.infrafabric.coordinator.v1.RaiseBlockerRequest;
import io.infrafabric.coordinator.v1.ReducePlanRequest;
import io.infrafabric.coordinator.v1.ReducePlanResponse;
import io.infrafabric.coordinator.v1.Reducer;
import io.infrafabric.coordinator.v1.ResolveBlockerRequest;
import io.infrafabric.coordinator.v1.SubmitPlanRequest;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.kit.grpc.Errors;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Very many tasks of one kind, what their results make, and who gets them (O1-O3, T8). */
@ExtendWith(SharedFabric.class)
class MapTasksTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  private final RunningFabric fabric;
  private final FabricClient client;
  private final String skill = Unique.capability();
  private final String plan = Unique.id("map");

  MapTasksTest(RunningFabric fabric) {
    this.fabric = fabric;
    this.client = fabric.client();
  }

  private PlanServiceGrpc.PlanServiceBlockingStub plans() {
    return PlanServiceGrpc.newBlockingStub(client.coordinator());
  }

  private PlanProgress progress() {
    return plans().getPlan(GetPlanRequest.newBuilder().setPlanId(plan).build()).getProgress();
  }

  private String swarm(int maxConcurrent, Map<String, String> sessions) {
    String swarm = Unique.id("mapper");
    client.register(swarm, 0, maxConcurrent, skill);
    sessions.put(swarm, client.open(swarm, Duration.ofMinutes(2)));
    return swarm;
  }

  private MapTasksResponse map(FabricClient door, String requestId, int children) {
    return MappedPlan.fill(door, plan, requestId, TaskSpec.newBuilder().addRequiredCapabilities(skill).build(), children);
  }

  /** What is ready for the swarm now, if anything. */
  private static Optional<Claim> next(FabricClient door, String swarm, String session) {
    try {
      return Optional.of(
          door.claims()
              .claimNext(ClaimNextRequest.newBuilder().setRequestId(FabricClient.request()).setSwarmId(swarm).setSessionId(session).build())
              .getClaim());
    } catch (StatusRuntimeException refused) {
      assertThat(Errors.toRefusal(refused).code()).isEqualTo(ErrorCode.ERROR_CODE_NO_TASK_READY);
      return Optional.empty();
    }
  }

  private static Claim awaitNext(FabricClient door, String swarm, String session) {
    return await()
        .atMost(SOON)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> next(door, swarm, session), Optional::isPresent)
        .orElseThrow();
  }

  private ReducePlanResponse reduce(Reducer reducer, int quorum, boolean partial) {
    return plans()
        .reducePlan(ReducePlanRequest.newBuilder().setPlanId(plan).setReducer(reducer).setQuorum(quorum).setPartial(partial).build());
  }

  private String result(Reducer reducer, int quorum) {
    return reduce(reducer, quorum, false).getResult().toStringUtf8();
  }

  /** Every third child has another answer; the last one has the best score. */
  private static String answer(Claim claim, int children) {
    int child = Integer.parseInt(claim.getSpec().getPayload().toStringUtf8());
    return child == children - 1 ? "{\"score\": 9, \"answer\": 41}" : child % 3 == 0 ? "{\"score\": 2, \"answer\": 40}" : "{\"score\": 1, \"answer\": 42}";
  }

  @Test
  void children_areDoneOnceEach_atAnyCoordinator_andEveryReducerFoldsThem() throws Exception {
    int children = 60;
    Map<String, String> sessions = new TreeMap<>();
    String swarm = swarm(100, sessions);
    String request = FabricClient.request();
    assertThat(map(client, request, children).getChildren()).isEqualTo(children);
    String first;
    try (FabricClient other = fabric.clientOf(1)) {
      assertThat(map(other, request, children).getChildren()).as("the same stream again, elsewhere").isEqualTo(children);
      assertThat(progress().getTotal()).isEqualTo(children);
      Claim one = awaitNext(client, swarm, sessions.get(swarm));
      first = answer(one, children);
      client.complete(one, first, 0);
      assertThat(Refused.by(() -> result(Reducer.REDUCER_MAJORITY_VOTE, 0)).code()).isEqualTo(ErrorCode.ERROR_CODE_PLAN_NOT_COMPLETE);
      AtomicInteger done = new AtomicInteger(1);
      List<Callable<Void>> agents = new ArrayList<>();
      for (FabricClient door : List.of(client, other, client, other)) {
        agents.add(
            () -> {
              while (done.get() < children) {
                Optional<Claim> claim = next(door, swarm, sessions.get(swarm));
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
    await().atMost(SOON).until(() -> progress().getComplete());
    assertThat(progress().getCompleted()).isEqualTo(children);
    assertThat(result(Reducer.REDUCER_FIRST, 0)).isEqualTo(first);
    assertThat(result(Reducer.REDUCER_BEST_SCORE, 0)).isEqualTo("{\"score\": 9, \"answer\": 41}");
    assertThat(result(Reducer.REDUCER_MAJORITY_VOTE, 0)).isEqualTo("{\"score\": 1, \"answer\": 42}");
    assertThat(result(Reducer.REDUCER_QUORUM, 21)).as("there are 20 of the other").isEqualTo("{\"score\": 1, \"answer\": 42}");
    assertThat(Refused.by(() -> result(Reducer.REDUCER_QUORUM, 40)).code()).isEqualTo(ErrorCode.ERROR_CODE_NO_RESULT);
    ReducePlanResponse merged = reduce(Reducer.REDUCER_MERGE_ALL, 0, false);
    assertThat(merged.getResults()).isEqualTo(children);
    assertThat(JsonParser.parseString(merged.getResult().toStringUtf8()).getAsJsonArray()).as("each different one once").hasSize(3);
  }

  @Test
  void halfOfAMapping_isToldAsHalf_andReducedOnlyWhenThatIsAskedFor() {
    Map<String, String> sessions = new TreeMap<>();
    String swarm = swarm(100, sessions);
    map(client, FabricClient.request(), 10);
    for (int i = 0; i < 5; i++) {
      client.complete(awaitNext(client, swarm, sessions.get(swarm)), "\"yes\"", 0);
    }
    await().atMost(SOON).until(() -> progress().getPercent() == 50.0);
    assertThat(progress().getPending()).isEqualTo(5);
    assertThat(Refused.by(() -> result(Reducer.REDUCER_MERGE_ALL, 0)).code()).isEqualTo(ErrorCode.ERROR_CODE_PLAN_NOT_COMPLETE);
    assertThat(reduce(Reducer.REDUCER_MERGE_ALL, 0, true).getResult().toStringUtf8()).isEqualTo("[\"yes\"]");
    assertThat(result(Reducer.REDUCER_QUORUM, 5)).isEqualTo("\"yes\"");
    assertThat(Refused.by(() -> result(Reducer.REDUCER_QUORUM, 6)).code()).isEqualTo(ErrorCode.ERROR_CODE_PLAN_NOT_COMPLETE);
  }

  /** T8: ten swarms at once, 100 equal tasks. */
  @Test
  void equalTasks_areSharedOutEvenly() throws Exception {
    int tasks = 100;
    Map<String, String> sessions = new TreeMap<>();
    for (int i = 0; i < 10; i++) {
      swarm(3, sessions);
    }
    map(client, FabricClient.request(), tasks);
    AtomicInteger done = new AtomicInteger();
    Map<String, Integer> completed = new ConcurrentHashMap<>();
    List<Callable<Void>> agents = new ArrayList<>();
    sessions.forEach(
        (swarm, session) ->
            agents.add(
                () -> {
                  while (done.get() < tasks) {
                    Optional<Claim> claim = next(client, swarm, session);
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
    Map<String, String> sessions = new TreeMap<>();
    String swarm = swarm(1, sessions);
    String session = sessions.get(swarm);
    TaskSpec.Builder spec = TaskSpec.newBuilder().addRequiredCapabilities(skill);
    Plan phases =
        Plan.newBuilder()
            .setPlanId(plan)
            .addPhases(Phase.newBuilder().setName("work").addTasks(spec.clone().setTaskId(plan + "-a")))
            .addPhases(Phase.newBuilder().setName("after").addTasks(spec.clone().setTaskId(plan + "-b")))
            .addFillers(spec.clone().setTaskId(plan + "-idle"))
            .build();
    plans().submitPlan(SubmitPlanRequest.newBuilder().setRequestId(FabricClient.request()).setPlan(phases).build());
    await().atMost(SOON).until(() -> List.of("-a", "-idle").stream().allMatch(task -> client.task(plan + task).hasReady()));
    Claim stopped = awaitNext(client, swarm, session);
    assertThat(stopped.getTaskId()).as("never a filler before work").isEqualTo(plan + "-a");
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
    Claim meanwhile = awaitNext(client, swarm, session);
    assertThat(meanwhile.getTaskId()).as("the next phase is not open").isEqualTo(plan + "-idle");
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
    client.complete(awaitNext(client, swarm, session), "done", 0);
    await().atMost(SOON).until(() -> progress().getComplete());
    assertThat(progress().getTotal()).as("a filler does not count").isEqualTo(2);
  }
}
