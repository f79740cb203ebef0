package io.infrafabric.coordinator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.MapTasksRequest;
import io.infrafabric.coordinator.v1.MapTasksResponse;
import io.infrafabric.coordinator.v1.Sharing;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.kit.grpc.Errors;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Fair shares of 100 equal tasks (T8), over every store. */
abstract class SharesContract {
  private static final int TASKS = 100;

  private PlanFixture fabric;
  private final Map<String, String> sessions = new TreeMap<>();

  abstract PlanFixture open();

  @BeforeEach
  void start() {
    fabric = open();
  }

  @AfterEach
  void close() {
    fabric.close();
  }

  private void swarms(int count) {
    for (int i = 0; i < count; i++) {
      String swarm = "s" + i;
      sessions.put(swarm, fabric.swarm(swarm, 3, "a:b"));
    }
  }

  private void map(Sharing sharing) {
    CompletableFuture<MapTasksResponse> answer = new CompletableFuture<>();
    StreamObserver<MapTasksRequest> requests =
        fabric.planStreams.mapTasks(
            new StreamObserver<>() {
              @Override
              public void onNext(MapTasksResponse response) {
                answer.complete(response);
              }

              @Override
              public void onError(Throwable failure) {
                answer.completeExceptionally(failure);
              }

              @Override
              public void onCompleted() {
                // The answer came with onNext.
              }
            });
    requests.onNext(
        MapTasksRequest.newBuilder()
            .setPlanId("m1")
            .setRequestId("r")
            .setTemplate(TaskSpec.newBuilder().addRequiredCapabilities("a:b"))
            .setSharing(sharing)
            .addAllPayloads(Collections.nCopies(TASKS, ByteString.copyFromUtf8("equal")))
            .build());
    requests.onCompleted();
    answer.orTimeout(60, TimeUnit.SECONDS).join();
    fabric.until(() -> fabric.planIndex.counts("m1", "map").of(TaskState.TASK_STATE_READY) == TASKS);
  }

  /** Takes and completes one; false when there is none for this swarm. */
  private boolean work(String swarm) {
    return work(fabric, swarm);
  }

  private boolean work(PlanFixture at, String swarm) {
    Claim claim;
    try {
      claim = at.next(swarm, sessions.get(swarm));
    } catch (StatusRuntimeException refused) {
      assertThat(Errors.refusalOf(refused).orElseThrow().code()).isEqualTo(ErrorCode.ERROR_CODE_NO_TASK_READY);
      return false;
    }
    at.complete(claim, "done");
    return true;
  }

  private List<Integer> completed() {
    Map<String, Integer> taken = fabric.planIndex.counts("m1", "map").taken();
    return sessions.keySet().stream().map(swarm -> taken.getOrDefault(swarm, 0)).toList();
  }

  private boolean done() {
    return fabric.planIndex.counts("m1", "map").of(TaskState.TASK_STATE_COMPLETED) == TASKS;
  }

  @Test
  void greedySwarms_oneAfterTheOther_completeTenEach() {
    swarms(10);
    map(Sharing.SHARING_UNSPECIFIED);
    for (String swarm : sessions.keySet()) {
      for (int i = 0; i < 15; i++) {
        work(swarm);
      }
    }
    assertThat(completed()).containsOnly(10);
  }

  @Test
  void swarmsAtOnce_completeAlmostTheSame() throws Exception {
    swarms(7);
    map(Sharing.SHARING_FAIR);
    workAtOnce(List.of(fabric));
    assertShared();
  }

  /** Each of them has yet to see what the other has just given. */
  @Test
  void swarmsAtOnce_overTwoCoordinators_completeAlmostTheSame() throws Exception {
    swarms(7);
    map(Sharing.SHARING_FAIR);
    try (PlanFixture other = fabric.beside()) {
      other.until(
          () ->
              other.planIndex.counts("m1", "map").of(TaskState.TASK_STATE_READY) == TASKS
                  && other.replica.scan(other.keys.sessions()).size() == sessions.size()
                  && other.replica.scan(other.keys.standings()).size() == sessions.size());
      workAtOnce(List.of(fabric, other));
      fabric.until(this::done);
      assertShared();
    }
  }

  /** Three agents of each swarm take what they get, each at one of the coordinators. */
  private void workAtOnce(List<PlanFixture> coordinators) throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Void>> agents = new ArrayList<>();
      for (String swarm : sessions.keySet()) {
        for (int agent = 0; agent < 3; agent++) {
          PlanFixture at = coordinators.get(agents.size() % coordinators.size());
          agents.add(
              () -> {
                while (!done()) {
                  work(at, swarm);
                }
                return null;
              });
        }
      }
      for (Future<Void> agent : threads.invokeAll(agents, 60, TimeUnit.SECONDS)) {
        agent.get();
      }
    }
  }

  private void assertShared() {
    assertThat(completed().stream().mapToInt(Integer::intValue).sum()).isEqualTo(TASKS);
    assertThat(Collections.max(completed()) - Collections.min(completed())).as("%s", completed()).isLessThanOrEqualTo(2);
  }

  @Test
  void rankedTasks_areForWhoeverTakesThem() {
    swarms(3);
    map(Sharing.SHARING_RANKED);
    while (work("s0")) {
      // takes all
    }
    assertThat(fabric.planIndex.counts("m1", "map").of(TaskState.TASK_STATE_COMPLETED)).isEqualTo(TASKS);
  }
}
