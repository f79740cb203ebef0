package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.CoordinatorFixture.KEYS;
import static io.infrafabric.coordinator.CoordinatorFixture.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.CancelTaskRequest;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.coordinator.v1.FailTaskRequest;
import io.infrafabric.coordinator.v1.GetPlanRequest;
import io.infrafabric.coordinator.v1.GetPlanResponse;
import io.infrafabric.coordinator.v1.GetTaskRequest;
import io.infrafabric.coordinator.v1.ListPlansRequest;
import io.infrafabric.coordinator.v1.Phase;
import io.infrafabric.coordinator.v1.Plan;
import io.infrafabric.coordinator.v1.PlanProgress;
import io.infrafabric.coordinator.v1.PlanState;
import io.infrafabric.coordinator.v1.PlanSummary;
import io.infrafabric.coordinator.v1.ReducePlanRequest;
import io.infrafabric.coordinator.v1.ReducePlanResponse;
import io.infrafabric.coordinator.v1.Reducer;
import io.infrafabric.coordinator.v1.RequeueTaskRequest;
import io.infrafabric.coordinator.v1.SubmitPlanRequest;
import io.infrafabric.coordinator.v1.SubmitPlanResponse;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.coordinator.v1.WatchPlanRequest;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.names.TaskId;
import io.infrafabric.testkit.store.MemoryStore;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Plans whose tasks leave the store, and what is said of them afterwards. */
class PlanArchiveTest {
  private static final Duration A_DAY = Duration.ofHours(24);

  private final MemoryStore memory = new MemoryStore();
  private final CoordinatorFixture fabric = CoordinatorFixture.inMemory(memory);
  private final String fox = fabric.swarm(Samples.standing("fox").setMaxConcurrent(100));
  private int requests;

  @AfterEach
  void close() {
    fabric.close();
  }

  private String request() {
    return "r" + ++requests;
  }

  private static TaskSpec.Builder spec(String id) {
    return TaskSpec.newBuilder().setTaskId(id).setMaxAttempts(1);
  }

  private static Plan twoPhases() {
    return Plan.newBuilder()
        .setPlanId("p1")
        .addPhases(Phase.newBuilder().setName("work").addTasks(spec("w1")).addTasks(spec("w2")).addTasks(spec("w3")))
        .addPhases(Phase.newBuilder().setName("side").setIndependent(true).addTasks(spec("s1")))
        .addFillers(spec("idle"))
        .build();
  }

  private SubmitPlanResponse submit(Plan plan) {
    SubmitPlanResponse submitted = fabric.plans.submitPlan(SubmitPlanRequest.newBuilder().setRequestId(request()).setPlan(plan).build());
    fabric.settle();
    return submitted;
  }

  private Claim claim(String task) {
    String session = fabric.open("fox"); // the same one, or another when its time is over
    return fabric.claims.claimTask(ClaimTaskRequest.newBuilder().setRequestId(request()).setTaskId(task).setSwarmId("fox").setSessionId(session).build()).getClaim();
  }

  private void complete(String task) {
    Claim claim = claim(task);
    fabric.claims.completeTask(
        CompleteTaskRequest.newBuilder()
            .setRequestId(request())
            .setTaskId(task)
            .setSwarmId("fox")
            .setFence(claim.getFence())
            .setResult(ByteString.copyFromUtf8("{\"of\":\"" + task + "\"}"))
            .build());
    fabric.settle();
  }

  /** Uses up the only attempt. */
  private void quarantine(String task) {
    Claim claim = claim(task);
    fabric.claims.failTask(
        FailTaskRequest.newBuilder()
            .setRequestId(request())
            .setTaskId(task)
            .setSwarmId("fox")
            .setFence(claim.getFence())
            .setReason("no")
            .setRetryable(true)
            .build());
    fabric.settle();
    assertThat(fabric.task(task).hasQuarantined()).isTrue();
  }

  private void cancel(String task) {
    fabric.tasks.cancelTask(CancelTaskRequest.newBuilder().setRequestId(request()).setTaskId(task).build());
    fabric.settle();
  }

  private GetPlanResponse plan() {
    return fabric.plans.getPlan(GetPlanRequest.newBuilder().setPlanId("p1").build());
  }

  private String progress() {
    PlanProgress now = plan().getProgress();
    return "%d total, %d completed, %d failed, %d pending, %d running%s"
        .formatted(now.getTotal(), now.getCompleted(), now.getFailed(), now.getPending(), now.getRunning(), now.getComplete() ? ", complete" : "");
  }

  private ReducePlanResponse reduce(boolean partial) {
    return fabric.plans.reducePlan(ReducePlanRequest.newBuilder().setPlanId("p1").setReducer(Reducer.REDUCER_MERGE_ALL).setPartial(partial).build());
  }

  private List<String> stored(String... tasks) {
    return Stream.of(tasks).filter(task -> fabric.replica.get(KEYS.task(new TaskId(task))).isPresent()).toList();
  }

  /** The governor has booked and the relay published all there is, and so much time passes. */
  private void pass(Duration time) {
    Standing.Builder standing = Samples.standing("fox").setMaxConcurrent(100);
    fabric.book("fox").getCommitmentsList().forEach(commitment -> standing.addSettledClaimIds(commitment.getClaimId()));
    fabric.standing(standing.build());
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> {
              fabric.settle();
              return fabric.book("fox").getCommitmentsList().isEmpty();
            });
    CoordinatorFixture.put(memory, KEYS.relayCursor("coordinator"), ByteString.copyFromUtf8(Long.toString(memory.revision())));
    fabric.caughtUp();
    fabric.advance(time);
    fabric.settle();
  }

  /** Rounds of the archiver until nothing goes any more. */
  private void archive() {
    for (int quiet = 0; quiet < 3; quiet++) {
      fabric.caughtUp();
      if (fabric.archiver.runOnce(fabric.now()) > 0) {
        quiet = 0;
      }
      fabric.settle();
    }
  }

  @Test
  void tasksOfAPlan_goWhenAllOfItIsOver_andItsRetentionHasPassed_andAllIsToldAsBefore() {
    submit(twoPhases());
    complete("w1");
    complete("w2");
    cancel("w3");
    pass(A_DAY);
    archive();
    assertThat(stored("w1", "w2", "w3", "s1")).as("s1 is not done").hasSize(4);
    assertThat(plan().getPlan().hasOverAt()).isFalse();

    complete("s1");
    assertThat(plan().getPlan().hasOverAt()).isTrue();
    String before = progress();
    assertThat(before).isEqualTo("4 total, 3 completed, 1 failed, 0 pending, 0 running, complete");
    pass(A_DAY.minusSeconds(1));
    archive();
    assertThat(stored("w1", "w2", "w3", "s1")).as("its results are still at hand").hasSize(4);
    String merged = reduce(true).getResult().toStringUtf8();

    pass(Duration.ofSeconds(1));
    archive();
    assertThat(stored("w1", "w2", "w3", "s1")).isEmpty();
    assertThat(progress()).isEqualTo(before);
    assertThat(fabric.plans.watchPlan(WatchPlanRequest.newBuilder().setPlanId("p1").build()).next().getProgress().getCompleted()).isEqualTo(3);
    assertThat(fabric.tasks.getTask(GetTaskRequest.newBuilder().setTaskId("w1").build()).getTask().hasCompleted()).isTrue();
    assertThat(reduce(true).getResult().toStringUtf8()).isEqualTo(merged).contains("w1").contains("w2").contains("s1");
    assertRefused(ErrorCode.ERROR_CODE_PLAN_NOT_COMPLETE, () -> reduce(false));
    fabric.bus.goAway();
    assertRefused(ErrorCode.ERROR_CODE_UNAVAILABLE, () -> reduce(true));
    assertThat(progress()).isEqualTo(before);
  }

  @Test
  void recordOfAPlan_staysForAsLongAsTheLinesOfItsTasks_andThenItsIdIsFree() {
    submit(twoPhases());
    Stream.of("w1", "w2", "w3", "s1").forEach(this::complete);
    pass(A_DAY);
    archive();
    assertThat(fabric.planArchiver.runOnce(fabric.now())).as("the filler is not done").isZero();
    cancel("idle");
    pass(A_DAY);
    archive();
    assertThat(memory.entries(KEYS.tasks())).isEmpty();
    assertThat(fabric.planArchiver.runOnce(fabric.now())).isOne();
    fabric.caughtUp();
    PlanSummary listed = fabric.plans.listPlans(ListPlansRequest.getDefaultInstance()).getPlans(0);
    assertThat(listed.getState()).isEqualTo(PlanState.PLAN_STATE_COMPLETED);
    assertThat(listed.hasArchivedAt()).isTrue();
    assertThat(listed.getProgress().getCompleted()).isEqualTo(4);
    assertThat(fabric.planArchiver.runOnce(fabric.now())).isZero();
    assertThat(submit(twoPhases()).getCreated()).isFalse();
    assertThat(memory.entries(KEYS.tasks())).isEmpty();

    fabric.advance(Duration.ofDays(30));
    fabric.settle();
    assertRefused(ErrorCode.ERROR_CODE_PLAN_NOT_FOUND, this::plan);
    assertThat(fabric.plans.listPlans(ListPlansRequest.newBuilder().setNewestFirst(true).build()).getPlansList()).isEmpty();
    assertThat(submit(twoPhases()).getCreated()).isTrue();
    assertThat(progress()).isEqualTo("4 total, 0 completed, 0 failed, 4 pending, 0 running");
  }

  @Test
  void quarantinedTask_keepsItsPlanFromBeingOver_untilItIsRequeuedAndDone() {
    submit(twoPhases());
    Stream.of("w1", "w2", "s1").forEach(this::complete);
    quarantine("w3");
    assertThat(progress()).isEqualTo("4 total, 3 completed, 1 failed, 0 pending, 0 running, complete");
    pass(A_DAY.multipliedBy(2));
    archive();
    assertThat(stored("w1", "w2", "w3", "s1")).hasSize(4);
    fabric.tasks.requeueTask(RequeueTaskRequest.newBuilder().setRequestId(request()).addTaskIds("w3").setPrincipal("ada@example.org").build());
    fabric.settle();
    assertThat(progress()).isEqualTo("4 total, 3 completed, 0 failed, 1 pending, 0 running");
    complete("w3");
    pass(A_DAY);
    archive();
    assertThat(stored("w1", "w2", "w3", "s1")).isEmpty();
    assertThat(progress()).isEqualTo("4 total, 4 completed, 0 failed, 0 pending, 0 running, complete");
    assertThat(plan().getPlan().getPhases(0).hasCompletedAt()).isTrue();
  }

  @Test
  void quarantinedTaskThatNobodyRequeues_isGivenUp_andThenThePlanIsOver() {
    submit(twoPhases());
    Stream.of("w1", "w2", "s1").forEach(this::complete);
    quarantine("w3");
    pass(Duration.ofDays(7));
    archive();
    assertThat(stored("w1", "w2", "w3", "s1")).as("it goes first").containsExactly("w1", "w2", "s1");
    assertThat(progress()).isEqualTo("4 total, 3 completed, 1 failed, 0 pending, 0 running, complete");
    assertThat(plan().getPlan().hasOverAt()).isTrue();
    assertRefused(ErrorCode.ERROR_CODE_TASK_ENDED, () -> fabric.tasks.requeueTask(RequeueTaskRequest.newBuilder().setRequestId(request()).addTaskIds("w3").setPrincipal("ada@example.org").build()));
    pass(A_DAY);
    archive();
    assertThat(stored("w1", "w2", "w3", "s1")).isEmpty();
    assertThat(progress()).isEqualTo("4 total, 3 completed, 1 failed, 0 pending, 0 running, complete");
  }

  @Test
  void coordinatorThatStartsLater_tellsTheSame() {
    submit(twoPhases());
    Stream.of("w1", "w2", "w3", "s1").forEach(this::complete);
    pass(A_DAY);
    archive();
    try (CoordinatorFixture other = CoordinatorFixture.inMemory(memory)) {
      PlanProgress told = other.plans.getPlan(GetPlanRequest.newBuilder().setPlanId("p1").build()).getProgress();
      assertThat(told).isEqualTo(plan().getProgress());
      assertThat(told.getCompleted()).isEqualTo(4);
    }
  }
}
