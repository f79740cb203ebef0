package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.CoordinatorFixture.KEYS;
import static io.infrafabric.coordinator.CoordinatorFixture.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.stub.StreamObserver;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.CancelPlanRequest;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.coordinator.v1.FailTaskRequest;
import io.infrafabric.coordinator.v1.MapTasksRequest;
import io.infrafabric.coordinator.v1.MapTasksResponse;
import io.infrafabric.coordinator.v1.Phase;
import io.infrafabric.coordinator.v1.Plan;
import io.infrafabric.coordinator.v1.ReleaseTaskRequest;
import io.infrafabric.coordinator.v1.RequeueTaskRequest;
import io.infrafabric.coordinator.v1.SubmitPlanRequest;
import io.infrafabric.coordinator.v1.SubmitTaskRequest;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.kit.grpc.Errors;
import io.infrafabric.testkit.store.FaultyStore;
import io.infrafabric.testkit.store.MemoryStore;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A coordinator that has not heard yet that a plan is cancelled adds nothing to it and makes nothing of it ready: the transaction knows. */
class PlanCancelStaleCopyTest {
  private final MemoryStore memory = new MemoryStore();
  private final FaultyStore way = new FaultyStore(memory, 1);
  private final CoordinatorFixture first = new CoordinatorFixture(memory, memory);
  private final CoordinatorFixture lagging = new CoordinatorFixture(memory, way);
  private final String fox = first.swarm(Samples.standing("fox", "a:b").setMaxConcurrent(100));

  @BeforeEach
  void submit() {
    Phase.Builder work = Phase.newBuilder().setName("work");
    for (String id : new String[] {"released", "spent", "ready"}) {
      work.addTasks(TaskSpec.newBuilder().setTaskId(id).setMaxAttempts(id.equals("spent") ? 1 : 3));
    }
    Phase.Builder side = Phase.newBuilder().setName("side").setIndependent(true).addTasks(TaskSpec.newBuilder().setTaskId("before")).addTasks(TaskSpec.newBuilder().setTaskId("after").addDependsOn("before"));
    Plan plan = Plan.newBuilder().setPlanId("p1").addPhases(work).addPhases(side).build();
    first.plans.submitPlan(SubmitPlanRequest.newBuilder().setRequestId("r1").setPlan(plan).build());
    first.settle();
  }

  @AfterEach
  void close() {
    first.close();
    lagging.close();
  }

  /** The one that lags knows all there is but that. */
  private void cancelUnheard() {
    lagging.caughtUp();
    way.holdWatches();
    first.plans.cancelPlan(CancelPlanRequest.newBuilder().setRequestId("c1").setPlanId("p1").build());
  }

  private Claim claim(String task) {
    return first.claims.claimTask(ClaimTaskRequest.newBuilder().setRequestId("claim-" + task).setTaskId(task).setSwarmId("fox").setSessionId(fox).build()).getClaim();
  }

  @Test
  void taskIsNotAdded() {
    cancelUnheard();
    TaskSpec more = TaskSpec.newBuilder().setTaskId("more").setPlanId("p1").build();
    assertRefused(ErrorCode.ERROR_CODE_PLAN_ENDED, () -> lagging.tasks.submitTask(SubmitTaskRequest.newBuilder().setRequestId("r2").setSpec(more).build()));
    assertThat(memory.entries(KEYS.tasks())).hasSize(5);
  }

  @Test
  void childIsNotAdded_andAMappingDoesNotEnd() {
    CompletableFuture<MapTasksResponse> answer = new CompletableFuture<>();
    StreamObserver<MapTasksRequest> stream =
        lagging.planStreams.mapTasks(
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
    stream.onNext(MapTasksRequest.newBuilder().setRequestId("m").setPlanId("m1").setTemplate(TaskSpec.getDefaultInstance()).addPayloads(ByteString.copyFromUtf8("0")).build());
    Awaitility.await().until(() -> memory.entries(KEYS.tasks()).size() == 6);
    first.caughtUp();
    way.holdWatches();
    first.plans.cancelPlan(CancelPlanRequest.newBuilder().setRequestId("c1").setPlanId("m1").build());
    stream.onNext(MapTasksRequest.newBuilder().addPayloads(ByteString.copyFromUtf8("1")).build());
    stream.onCompleted();
    Throwable refused = answer.handle((done, failure) -> failure).orTimeout(20, TimeUnit.SECONDS).join();
    assertThat(Errors.toRefusal(refused).code()).isEqualTo(ErrorCode.ERROR_CODE_PLAN_ENDED);
    assertThat(memory.entries(KEYS.tasks())).hasSize(6);
  }

  @Test
  void taskIsNotMadeReady() {
    Claim before = claim("before");
    first.claims.completeTask(CompleteTaskRequest.newBuilder().setRequestId("r2").setTaskId("before").setSwarmId("fox").setFence(before.getFence()).build());
    assertThat(first.task("after").hasWaiting()).as("nobody has looked at it yet").isTrue();
    cancelUnheard();
    assertThat(lagging.readiness.runOnce(lagging.now())).isPositive();
    lagging.caughtUp();
    lagging.readiness.runOnce(lagging.now());
    lagging.caughtUp();
    assertThat(first.task("after").hasWaiting()).isTrue();
  }

  @Test
  void taskThatIsGivenBack_isCancelled() {
    Claim claim = claim("released");
    cancelUnheard();
    TaskState state =
        lagging.claims
            .releaseTask(ReleaseTaskRequest.newBuilder().setRequestId("r2").setTaskId("released").setSwarmId("fox").setFence(claim.getFence()).build())
            .getState();
    assertThat(state).isEqualTo(TaskState.TASK_STATE_CANCELLED);
  }

  @Test
  void quarantinedTask_isNotRequeued() {
    Claim claim = claim("spent");
    first.claims.failTask(FailTaskRequest.newBuilder().setRequestId("r2").setTaskId("spent").setSwarmId("fox").setFence(claim.getFence()).setRetryable(true).build());
    cancelUnheard();
    RequeueTaskRequest requeue = RequeueTaskRequest.newBuilder().setRequestId("r3").setPrincipal("ada").addTaskIds("spent").build();
    assertRefused(ErrorCode.ERROR_CODE_PLAN_ENDED, () -> lagging.tasks.requeueTask(requeue));
    assertThat(first.task("spent").hasQuarantined()).isTrue();
  }

  /** What it gives out although nobody is to have it is taken back with all the rest. */
  @Test
  void claimThatWasMadeMeanwhile_isCancelledWithThePlan() {
    cancelUnheard();
    Claim claim = lagging.claims.claimTask(ClaimTaskRequest.newBuilder().setRequestId("r2").setTaskId("ready").setSwarmId("fox").setSessionId(fox).build()).getClaim();
    first.settle();
    assertThat(first.task("ready").hasCancelled()).isTrue();
    assertThat(first.task("ready").getAttempts(0).getFence()).isEqualTo(claim.getFence());
    assertThat(first.book("fox").getCommitmentsList()).as("nothing stays promised").isEmpty();
  }

  /** A copy in which the task is in quarantine still, though an operator has given it another chance before the cancellation. */
  @Test
  void taskThatWasRequeuedUnheard_isCancelledToo() {
    Claim claim = claim("spent");
    first.claims.failTask(FailTaskRequest.newBuilder().setRequestId("r2").setTaskId("spent").setSwarmId("fox").setFence(claim.getFence()).setRetryable(true).build());
    lagging.caughtUp();
    way.holdWatches();
    first.tasks.requeueTask(RequeueTaskRequest.newBuilder().setRequestId("r3").setPrincipal("ada").addTaskIds("spent").build());
    lagging.plans.cancelPlan(CancelPlanRequest.newBuilder().setRequestId("c1").setPlanId("p1").build());
    Awaitility.await()
        .until(
            () -> {
              lagging.cancellations.runOnce(lagging.now());
              return first.task("spent").hasCancelled();
            });
  }
}
