package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.CoordinatorFixture.KEYS;
import static io.infrafabric.coordinator.CoordinatorFixture.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.task.StoredTask;
import io.infrafabric.coordinator.task.TaskStates;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.Commitment;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.coordinator.v1.ExplainTaskRequest;
import io.infrafabric.coordinator.v1.FailTaskRequest;
import io.infrafabric.coordinator.v1.GetPlanRequest;
import io.infrafabric.coordinator.v1.GetTaskRequest;
import io.infrafabric.coordinator.v1.Phase;
import io.infrafabric.coordinator.v1.Plan;
import io.infrafabric.coordinator.v1.RaiseBlockerRequest;
import io.infrafabric.coordinator.v1.ReleaseTaskRequest;
import io.infrafabric.coordinator.v1.Stragglers;
import io.infrafabric.coordinator.v1.SubmitPlanRequest;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.kit.store.Change;
import io.infrafabric.kit.time.Times;
import io.infrafabric.testkit.history.HistoryJudge;
import io.infrafabric.testkit.history.Version;
import io.infrafabric.testkit.store.MemoryStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Twins of a plan's stragglers on gRPC, over the store in memory; every history is judged. */
class StragglerServiceTest {
  private final MemoryStore memory = new MemoryStore();
  private final CoordinatorFixture fabric = CoordinatorFixture.inMemory(memory);
  private final String fox = fabric.swarm(Samples.standing("fox"));
  private final String owl = fabric.swarm(Samples.standing("owl"));
  private int requests;

  /** Money, holders, fences and whose result it is, revision by revision. */
  @AfterEach
  void judge() {
    fabric.settle();
    HistoryJudge judge = new HistoryJudge(KEYS);
    Map<Long, List<Version>> revisions = new TreeMap<>();
    for (Change change : memory.changes("")) {
      Optional<ByteString> value = change instanceof Change.Written written ? Optional.of(written.entry().value()) : Optional.empty();
      revisions.computeIfAbsent(change.revision(), revision -> new ArrayList<>()).add(new Version(change.revision(), change.key(), value));
    }
    revisions.values().forEach(judge::next);
    assertThat(judge.violations()).isEmpty();
    assertThat(judge.deeds().claims()).isPositive();
    fabric.close();
  }

  private String request() {
    return "r" + ++requests;
  }

  private Claim claim(String task, String swarm, String session) {
    return fabric.claims
        .claimTask(ClaimTaskRequest.newBuilder().setRequestId(request()).setTaskId(task).setSwarmId(swarm).setSessionId(session).build())
        .getClaim();
  }

  private void complete(Claim claim, String result, long cost) {
    fabric.claims.completeTask(
        CompleteTaskRequest.newBuilder()
            .setRequestId(request())
            .setTaskId(claim.getTaskId())
            .setSwarmId(claim.getSwarmId())
            .setFence(claim.getFence())
            .setResult(ByteString.copyFromUtf8(result))
            .setCostMicros(cost)
            .build());
  }

  /** A plan of which one task is done in ten seconds and another runs on; that one is fox's, and has a twin. */
  private Claim straggler(TaskSpec.Builder spec) {
    Plan plan =
        Plan.newBuilder()
            .setPlanId("p1")
            .addPhases(
                Phase.newBuilder()
                    .setName("work")
                    .setStragglers(Stragglers.newBuilder().setMinCompleted(1))
                    .addTasks(spec.clone().setTaskId("quick"))
                    .addTasks(spec.clone().setTaskId("slow")))
            .build();
    fabric.plans.submitPlan(SubmitPlanRequest.newBuilder().setRequestId(request()).setPlan(plan).build());
    fabric.settle();
    Claim slow = claim("slow", "fox", fox);
    Claim quick = claim("quick", "owl", owl);
    fabric.advance(Duration.ofSeconds(4));
    complete(quick, "quick", 1);
    fabric.settle();
    assertThat(fabric.task("slow").getTwinId()).isEmpty();
    fabric.advance(Duration.ofSeconds(5));
    fabric.settle();
    assertThat(fabric.task("slow").getTwinId()).isNotEmpty();
    return slow;
  }

  private Claim straggler() {
    return straggler(TaskSpec.newBuilder().setMaxCostMicros(100));
  }

  private Claim twin() {
    return claim(fabric.task("slow").getTwinId(), "owl", owl);
  }

  /** What the books have to have paid, by swarm and task. */
  private List<String> owed(String swarm) {
    return fabric.book(swarm).getCommitmentsList().stream()
        .filter(line -> line.getEnd() != ClaimEnd.CLAIM_END_UNSPECIFIED)
        .map(line -> line.getTaskId().replaceFirst("tw-.*", "twin") + " " + line.getEnd() + " " + line.getCostMicros())
        .toList();
  }

  private void doneByTheTwin() {
    fabric.settle();
    Task done = fabric.task("slow");
    assertThat(done.getCompleted().getResult().toStringUtf8()).isEqualTo("again");
    assertThat(done.getCompleted().getCostMicros()).as("the twin's record tells it").isZero();
    assertThat(owed("owl")).containsExactly("quick CLAIM_END_COMPLETED 1", "twin CLAIM_END_COMPLETED 30");
    assertThat(fabric.book("fox").getCommitmentsList()).as("what was promised is free").noneMatch(line -> line.getTaskId().equals("slow"));
    assertThat(fabric.plans.getPlan(GetPlanRequest.newBuilder().setPlanId("p1").build()).getProgress().getCompleted()).isEqualTo(2);
    assertThat(fabric.plans.getPlan(GetPlanRequest.newBuilder().setPlanId("p1").build()).getPlan().hasOverAt()).isTrue();
  }

  @Test
  void twinThatIsFirst_completesTheTask_andEachIsPaidForItsOwn() {
    Claim slow = straggler();
    Claim twin = twin();
    assertThat(twin.getSpec().getPlanId()).isEqualTo("p1");
    assertThat(explain("slow")).contains("task " + twin.getTaskId() + " is its twin");
    assertThat(explain(twin.getTaskId())).contains("it is the twin of task slow");
    assertThat(fabric.book("fox").getCommitmentsList()).extracting(Commitment::getMaxCostMicros).containsExactly(100L);
    complete(twin, "again", 30);
    doneByTheTwin();
    assertRefused(ErrorCode.ERROR_CODE_STALE_FENCE, () -> complete(slow, "late", 60));
    assertThat(fabric.task("slow").getAttempts(0).getEnd()).isEqualTo(ClaimEnd.CLAIM_END_SUPERSEDED);
    assertThat(fabric.task("slow").getAttempts(0).getSwarmId()).isEqualTo("fox");
    assertThat(explain("slow")).contains("by swarm owl, which has done its twin " + twin.getTaskId());
    assertThat(fabric.tasks.getTask(GetTaskRequest.newBuilder().setTaskId("slow").build()).getTask().getTwinId()).isEqualTo(twin.getTaskId());
    assertThat(fabric.stragglers.runOnce(fabric.now())).isZero();
  }

  private String explain(String task) {
    return fabric.tasks.explainTask(ExplainTaskRequest.newBuilder().setTaskId(task).build()).getObstacles(0).getDetail();
  }

  @Test
  void taskThatIsFirst_hasItsTwinTakenBack_andIsPaidAlone() {
    Claim slow = straggler();
    Claim twin = twin();
    complete(slow, "first", 60);
    fabric.settle();
    assertThat(fabric.task(twin.getTaskId()).getAttempts(0).getEnd()).isEqualTo(ClaimEnd.CLAIM_END_CANCELLED);
    assertRefused(ErrorCode.ERROR_CODE_STALE_FENCE, () -> complete(twin, "late", 30));
    assertThat(owed("fox")).containsExactly("slow CLAIM_END_COMPLETED 60");
    assertThat(owed("owl")).containsExactly("quick CLAIM_END_COMPLETED 1");
    assertThat(fabric.task("slow").getCompleted().getResult().toStringUtf8()).isEqualTo("first");
  }

  /** Both answered before anybody looked: both are paid, and the task keeps its own result. */
  @Test
  void twinThatIsSecondByAHair_changesNothing() {
    Claim slow = straggler();
    Claim twin = twin();
    complete(slow, "first", 60);
    complete(twin, "again", 30);
    fabric.settle();
    assertThat(fabric.task("slow").getCompleted().getResult().toStringUtf8()).isEqualTo("first");
    assertThat(owed("fox")).containsExactly("slow CLAIM_END_COMPLETED 60");
    assertThat(owed("owl")).containsExactly("quick CLAIM_END_COMPLETED 1", "twin CLAIM_END_COMPLETED 30");
  }

  @Test
  void twinThatFails_leavesTheTaskAsItIs_andNoOtherIsMade() {
    Claim slow = straggler();
    Claim twin = twin();
    fabric.claims.failTask(
        FailTaskRequest.newBuilder().setRequestId(request()).setTaskId(twin.getTaskId()).setSwarmId("owl").setFence(twin.getFence()).setReason("no").build());
    fabric.advance(Duration.ofMillis(500));
    fabric.settle();
    assertThat(fabric.task("slow").hasClaimed()).isTrue();
    assertThat(memory.entries(KEYS.tasks())).hasSize(3);
    complete(slow, "after all", 60);
    fabric.settle();
    assertThat(fabric.task("slow").hasCompleted()).isTrue();
    assertThat(fabric.task(twin.getTaskId()).hasFailed()).isTrue();
  }

  @Test
  void parkedTask_isCompletedByItsTwin_andItsBlockerResolved() {
    Claim slow = straggler();
    Claim twin = twin();
    fabric.claims.raiseBlocker(
        RaiseBlockerRequest.newBuilder()
            .setRequestId(request())
            .setTaskId("slow")
            .setSwarmId("fox")
            .setFence(slow.getFence())
            .setType("weather")
            .setDescription("it rains")
            .build());
    fabric.settle();
    assertThat(fabric.task("slow").hasParked()).isTrue();
    complete(twin, "again", 30);
    doneByTheTwin();
    assertThat(went()).contains(new Went(TaskState.TASK_STATE_PARKED, TaskState.TASK_STATE_COMPLETED));
  }

  @Test
  void taskThatWasGivenBack_isCompletedByItsTwin() {
    Claim slow = straggler();
    Claim twin = twin();
    fabric.claims.releaseTask(
        ReleaseTaskRequest.newBuilder().setRequestId(request()).setTaskId("slow").setSwarmId("fox").setFence(slow.getFence()).build());
    complete(twin, "again", 30);
    doneByTheTwin();
    assertThat(went()).contains(new Went(TaskState.TASK_STATE_READY, TaskState.TASK_STATE_COMPLETED));
  }

  @Test
  void taskThatWaitsToBeTriedAgain_isCompletedByItsTwin() {
    Claim slow = straggler(TaskSpec.newBuilder().setMaxCostMicros(100).setRetryBackoff(Times.toProto(Duration.ofHours(1))));
    Claim twin = twin();
    fabric.claims.failTask(
        FailTaskRequest.newBuilder().setRequestId(request()).setTaskId("slow").setSwarmId("fox").setFence(slow.getFence()).setReason("no").setRetryable(true).build());
    complete(twin, "again", 30);
    fabric.settle();
    assertThat(fabric.task("slow").getCompleted().getResult().toStringUtf8()).isEqualTo("again");
    assertThat(went()).contains(new Went(TaskState.TASK_STATE_WAITING, TaskState.TASK_STATE_COMPLETED));
  }

  private record Went(TaskState from, TaskState to) {}

  /** The arrows of twins in the history; each of them is in the table. */
  private Set<Went> went() {
    Map<String, Task> before = new HashMap<>();
    Set<Went> went = new HashSet<>();
    for (Change change : memory.changes(KEYS.tasks())) {
      StoredTask stored = StoredTask.of(((Change.Written) change).entry());
      Task was = before.put(change.key(), stored.task());
      boolean adopted = stored.last().getEvent() == TaskEventType.TASK_EVENT_TYPE_COMPLETED && stored.last().getFence() == 0;
      if (adopted || stored.last().getEvent() == TaskEventType.TASK_EVENT_TYPE_TWINNED) {
        went.add(new Went(TaskStates.of(was), TaskStates.of(stored.task())));
      }
    }
    assertThat(TaskStates.TABLE.stream().filter(arrow -> arrow.actor() == TaskStates.Actor.TWINS).map(arrow -> new Went(arrow.from(), arrow.to()))).containsAll(went);
    return went;
  }
}
