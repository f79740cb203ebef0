package io.infrafabric.coordinator.plan;

import static io.infrafabric.coordinator.plan.PlanFixture.phase;
import static io.infrafabric.coordinator.plan.PlanFixture.plan;
import static io.infrafabric.coordinator.plan.PlanFixture.refusalOf;
import static io.infrafabric.coordinator.plan.PlanFixture.request;
import static io.infrafabric.coordinator.plan.PlanFixture.spec;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.stub.StreamObserver;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.CancelPlanRequest;
import io.infrafabric.coordinator.v1.CancelPlanResponse;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.coordinator.v1.GetPlanResponse;
import io.infrafabric.coordinator.v1.ListPlansRequest;
import io.infrafabric.coordinator.v1.MapTasksRequest;
import io.infrafabric.coordinator.v1.MapTasksResponse;
import io.infrafabric.coordinator.v1.Phase;
import io.infrafabric.coordinator.v1.PlanProgress;
import io.infrafabric.coordinator.v1.PlanState;
import io.infrafabric.coordinator.v1.ReleaseTaskRequest;
import io.infrafabric.coordinator.v1.RequeueTaskRequest;
import io.infrafabric.coordinator.v1.Stragglers;
import io.infrafabric.coordinator.v1.SubmitTaskRequest;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.coordinator.v1.WatchPlanRequest;
import io.infrafabric.coordinator.v1.WatchPlanResponse;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.names.SwarmId;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the cancellation of a plan does, over every store. */
abstract class PlanCancelContract {
  private PlanFixture fabric;
  private String fox;

  abstract PlanFixture open();

  @BeforeEach
  void start() {
    fabric = open();
    fox = fabric.swarm("fox", 100, "a:b");
  }

  @AfterEach
  void close() {
    fabric.close();
  }

  private CancelPlanResponse cancel(String plan, String requestId, String reason) {
    return fabric.plans.cancelPlan(CancelPlanRequest.newBuilder().setRequestId(requestId).setPlanId(plan).setReason(reason).build());
  }

  private void awaitReady(String... tasks) {
    fabric.until(() -> List.of(tasks).stream().allMatch(task -> fabric.task(task).hasReady()));
  }

  private GetPlanResponse awaitOver(String plan) {
    fabric.until(() -> fabric.plan(plan).getPlan().hasOverAt());
    return fabric.plan(plan);
  }

  private static String words(PlanProgress now) {
    return "%d total, %d completed, %d failed, %d of them cancelled, %d pending, %d running%s"
        .formatted(
            now.getTotal(), now.getCompleted(), now.getFailed(), now.getCancelled(), now.getPending(), now.getRunning(), now.getComplete() ? ", complete" : "");
  }

  private CommitmentsRecord book(String swarm) throws Exception {
    Entry entry = fabric.entries(fabric.keys.commitments()).stream().filter(found -> found.key().equals(fabric.keys.commitments(new SwarmId(swarm)))).findFirst().orElseThrow();
    return CommitmentsRecord.parseFrom(entry.value());
  }

  /** A stream of children that is being sent. */
  private final class Sending implements StreamObserver<MapTasksResponse> {
    private final CompletableFuture<MapTasksResponse> answer = new CompletableFuture<>();
    private final StreamObserver<MapTasksRequest> requests;

    Sending(String plan, MapTasksRequest.Builder first) {
      requests = fabric.planStreams.mapTasks(this);
      requests.onNext(first.setRequestId("map").setPlanId(plan).setTemplate(TaskSpec.newBuilder().addRequiredCapabilities("a:b")).build());
    }

    Sending() {
      this("m1", MapTasksRequest.newBuilder());
    }

    Sending payloads(int from, int to) {
      MapTasksRequest.Builder message = MapTasksRequest.newBuilder();
      IntStream.range(from, to).forEach(i -> message.addPayloads(ByteString.copyFromUtf8("child " + i)));
      requests.onNext(message.build());
      return this;
    }

    MapTasksResponse end() throws Throwable {
      requests.onCompleted();
      try {
        return answer.get(60, TimeUnit.SECONDS);
      } catch (ExecutionException failure) {
        throw failure.getCause();
      }
    }

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
  }

  @Test
  void everyTaskThatHasNotEnded_isCancelled_andWhatHasEndedStays() throws Exception {
    fabric.submit(
        plan("p1", phase("a", spec("done"), spec("failed"), spec("held"), spec("parked"), spec("ready")), phase("b", spec("later"))).toBuilder().addFillers(spec("idle")).build());
    awaitReady("done", "failed", "held", "parked", "ready", "idle");
    fabric.complete(fabric.claim("done", "fox", fox), "42");
    fabric.fail(fabric.claim("failed", "fox", fox), false);
    Claim held = fabric.claim("held", "fox", fox);
    Claim parked = fabric.claim("parked", "fox", fox);
    fabric.raise(parked);
    Iterator<WatchPlanResponse> watch = fabric.plans.watchPlan(WatchPlanRequest.newBuilder().setPlanId("p1").build());
    assertThat(watch.next().getState()).isEqualTo(PlanState.PLAN_STATE_RUNNING);

    CancelPlanResponse answer = cancel("p1", "c1", "too dear");
    assertThat(answer.getState()).isEqualTo(PlanState.PLAN_STATE_CANCELLING);
    assertThat(answer.getPlan().getCancellation().getReason()).isEqualTo("too dear");
    GetPlanResponse over = awaitOver("p1");
    assertThat(over.getState()).isEqualTo(PlanState.PLAN_STATE_CANCELLED);
    assertThat(words(over.getProgress())).isEqualTo("6 total, 1 completed, 5 failed, 4 of them cancelled, 0 pending, 0 running, complete");
    for (String task : List.of("held", "parked", "ready", "later", "idle")) {
      assertThat(fabric.task(task).getCancelled().getReason()).as(task).isEqualTo("plan p1 was cancelled: too dear");
    }
    assertThat(fabric.task("done").getCompleted().getResult().toStringUtf8()).isEqualTo("42");
    assertThat(fabric.task("failed").hasFailed()).isTrue();
    assertThat(fabric.task("held").getAttempts(0).getEnd()).as("which its holder is told").isEqualTo(ClaimEnd.CLAIM_END_CANCELLED);
    assertThat(book("fox").getCommitmentsList()).as("nothing stays promised").noneMatch(line -> line.getEnd() == ClaimEnd.CLAIM_END_UNSPECIFIED);
    Refusal late = refusalOf(() -> fabric.complete(held, "43"));
    assertThat(late.code()).isEqualTo(ErrorCode.ERROR_CODE_STALE_FENCE);
    assertThat(late.message()).contains("CANCELLED: plan p1 was cancelled: too dear");

    WatchPlanResponse last = null;
    while (watch.hasNext()) {
      last = watch.next();
    }
    assertThat(last).isNotNull();
    assertThat(last.getState()).isEqualTo(PlanState.PLAN_STATE_CANCELLED);
    assertThat(last.getProgress()).isEqualTo(over.getProgress());
    ListPlansRequest cancelled = ListPlansRequest.newBuilder().addStates(PlanState.PLAN_STATE_CANCELLED).build();
    assertThat(fabric.plans.listPlans(cancelled).getPlansList())
        .singleElement()
        .satisfies(found -> assertThat(found.getCancellation()).isEqualTo(answer.getPlan().getCancellation()));
  }

  @Test
  void firstCancellation_isWhatLaterOnesAnswer_andWhatIsOverStays() {
    fabric.submit(plan("p1", phase("a", spec("a1"))));
    CancelPlanResponse first = cancel("p1", "c1", "too dear");
    List<Entry> written = fabric.entries(fabric.keys.plans());
    assertThat(cancel("p1", "c1", "too dear")).isEqualTo(first);
    assertThat(cancel("p1", "c2", "too late").getPlan().getCancellation()).isEqualTo(first.getPlan().getCancellation());
    assertThat(fabric.entries(fabric.keys.plans())).as("nothing is written").isEqualTo(written);
    awaitOver("p1");
    assertThat(cancel("p1", "c1", "too dear").getState()).isEqualTo(PlanState.PLAN_STATE_CANCELLED);

    fabric.submit(plan("p2", phase("a", spec("b1"))));
    awaitReady("b1");
    fabric.complete(fabric.claim("b1", "fox", fox), "42");
    awaitOver("p2");
    Refusal over = refusalOf(() -> cancel("p2", "c3", ""));
    assertThat(over.code()).isEqualTo(ErrorCode.ERROR_CODE_PLAN_ENDED);
    assertThat(over.message()).contains("plan p2 is over since").contains("nothing to cancel");
    assertThat(refusalOf(() -> cancel("p3", "c4", "")).code()).isEqualTo(ErrorCode.ERROR_CODE_PLAN_NOT_FOUND);
    assertThat(refusalOf(() -> cancel("p2", "", "")).message()).contains("request_id");
    assertThat(refusalOf(() -> cancel("p2", "c5", "x".repeat(1_025))).message()).contains("reason");
    assertThat(refusalOf(() -> cancel("P 2", "c6", "")).code()).isEqualTo(ErrorCode.ERROR_CODE_INVALID_ID);
  }

  @Test
  void nothingIsAddedToIt_nothingOfItIsGivenOut_andWhatIsGivenBackIsCancelled() {
    fabric.submit(plan("p1", phase("a", spec("a1"), spec("a2"), spec("a3").setMaxAttempts(1), spec("a4")), phase("each").setMapped(true)));
    awaitReady("a1", "a2", "a3", "a4");
    Claim released = fabric.claim("a1", "fox", fox);
    Claim failed = fabric.claim("a2", "fox", fox);
    fabric.fail(fabric.claim("a3", "fox", fox), true);
    assertThat(fabric.task("a3").hasQuarantined()).isTrue();
    cancel("p1", "c1", "");

    assertThat(refusalOf(() -> fabric.next("fox", fox)).code()).as("a4 is ready, and nobody is to have it").isEqualTo(ErrorCode.ERROR_CODE_NO_TASK_READY);
    Refusal claimed = refusalOf(() -> fabric.claim("a4", "fox", fox));
    assertThat(claimed.code()).isEqualTo(ErrorCode.ERROR_CODE_PLAN_ENDED);
    assertThat(claimed.metadata()).containsEntry("plan_id", "p1").containsEntry("task_id", "a4");
    Refusal added = refusalOf(() -> fabric.tasks.submitTask(SubmitTaskRequest.newBuilder().setRequestId(request()).setSpec(spec("more").setPlanId("p1")).build()));
    assertThat(added.code()).isEqualTo(ErrorCode.ERROR_CODE_PLAN_ENDED);
    assertThat(added.message()).isEqualTo("plan p1 was cancelled: it takes nothing more, and nothing of it is given out again");
    RequeueTaskRequest requeue = RequeueTaskRequest.newBuilder().setRequestId(request()).setPrincipal("ada").addTaskIds("a3").build();
    assertThat(refusalOf(() -> fabric.tasks.requeueTask(requeue)).code()).isEqualTo(ErrorCode.ERROR_CODE_PLAN_ENDED);
    RequeueTaskRequest all = RequeueTaskRequest.newBuilder().setRequestId(request()).setPrincipal("ada").setPlanId("p1").build();
    assertThat(fabric.tasks.requeueTask(all).getTaskIdsList()).isEmpty();
    MapTasksRequest.Builder mapping = MapTasksRequest.newBuilder().setPhase("each");
    assertThat(refusalOf(() -> new Sending("p1", mapping).payloads(0, 1).end()).code()).isEqualTo(ErrorCode.ERROR_CODE_PLAN_ENDED);

    TaskState state =
        fabric.claims
            .releaseTask(ReleaseTaskRequest.newBuilder().setRequestId(request()).setTaskId("a1").setSwarmId("fox").setFence(released.getFence()).build())
            .getState();
    assertThat(state).isEqualTo(TaskState.TASK_STATE_CANCELLED);
    assertThat(fabric.task("a1").getAttempts(0).getEnd()).isEqualTo(ClaimEnd.CLAIM_END_RELEASED);
    fabric.fail(failed, true);
    assertThat(fabric.task("a2").getCancelled().getReason()).isEqualTo("plan p1 was cancelled");
    assertThat(fabric.task("a2").getAttempts(0).getEnd()).isEqualTo(ClaimEnd.CLAIM_END_FAILED);

    assertThat(words(awaitOver("p1").getProgress())).isEqualTo("4 total, 0 completed, 4 failed, 3 of them cancelled, 0 pending, 0 running, complete");
    assertThat(fabric.task("a3").hasQuarantined()).as("it has ended as it has").isTrue();
    assertThat(fabric.entries(fabric.keys.tasks())).hasSize(4);
  }

  @Test
  void twin_andTaskThatOnlyNamesThePlan_areCancelledWithIt() throws Throwable {
    new Sending("m1", MapTasksRequest.newBuilder().setStragglers(Stragglers.newBuilder().setFactorPercent(200).setMinCompleted(3))).payloads(0, 4).end();
    String[] children = IntStream.range(0, 4).mapToObj(i -> MappingRules.childId("m1", "map", i)).toArray(String[]::new);
    awaitReady(children);
    List<Claim> claims = List.of(children).stream().map(child -> fabric.claim(child, "fox", fox)).toList();
    fabric.advance(Duration.ofSeconds(10));
    claims.subList(0, 3).forEach(claim -> fabric.complete(claim, "1"));
    fabric.advance(Duration.ofMinutes(1));
    fabric.until(() -> !fabric.task(children[3]).getTwinId().isEmpty());
    Task twin = fabric.task(fabric.task(children[3]).getTwinId());
    fabric.tasks.submitTask(SubmitTaskRequest.newBuilder().setRequestId(request()).setSpec(spec("loose").setPlanId("m1")).build());
    fabric.tasks.submitTask(SubmitTaskRequest.newBuilder().setRequestId(request()).setSpec(spec("other")).build());

    cancel("m1", "c1", "");
    assertThat(words(awaitOver("m1").getProgress())).isEqualTo("4 total, 3 completed, 1 failed, 1 of them cancelled, 0 pending, 0 running, complete");
    fabric.until(() -> fabric.task(twin.getSpec().getTaskId()).hasCancelled() && fabric.task("loose").hasCancelled());
    assertThat(fabric.next("fox", fox).getTaskId()).as("what is of no plan goes on").isEqualTo("other");
  }

  @Test
  void mappingThatIsUnderWay_isBrokenOff_andWhatWasStoredIsCancelled() throws Throwable {
    Sending broken = new Sending().payloads(0, 300);
    fabric.until(() -> fabric.entries(fabric.keys.tasks()).size() == 300);
    cancel("m1", "c1", "");
    assertThat(refusalOf(() -> broken.payloads(300, 301).end()).code()).isEqualTo(ErrorCode.ERROR_CODE_PLAN_ENDED);
    assertThat(refusalOf(() -> new Sending().payloads(0, 300).end()).code()).as("sent again").isEqualTo(ErrorCode.ERROR_CODE_PLAN_ENDED);

    GetPlanResponse over = awaitOver("m1");
    assertThat(words(over.getProgress())).isEqualTo("300 total, 0 completed, 300 failed, 300 of them cancelled, 0 pending, 0 running, complete");
    assertThat(over.getState()).isEqualTo(PlanState.PLAN_STATE_CANCELLED);
    assertThat(over.getPlan().getPhases(0).getChildren()).as("they were never all there").isZero();
    assertThat(fabric.entries(fabric.keys.tasks())).hasSize(300);
  }

  @Test
  void mappingThatWasFilledBefore_isAnsweredStill_whenItIsSentAgain() throws Throwable {
    new Sending().payloads(0, 3).end();
    cancel("m1", "c1", "");
    awaitOver("m1");
    assertThat(new Sending().payloads(0, 3).end().getChildren()).isEqualTo(3);
    assertThat(fabric.submit(plan("p1", phase("a", spec("a1"))), "s1").getCreated()).isTrue();
    cancel("p1", "c2", "");
    assertThat(fabric.submit(plan("p1", phase("a", spec("a1"))), "s1").getPlan().hasCancellation()).as("the same plan again is told how it is").isTrue();
    assertThat(refusalOf(() -> fabric.submit(plan("p1", phase("a", spec("a2"))))).code()).isEqualTo(ErrorCode.ERROR_CODE_ALREADY_EXISTS);
  }

  /** Whoever took the call may be gone: what is to be done stands in the plan. */
  @Test
  void anotherCoordinator_goesOnWithIt_inSmallSteps() throws Throwable {
    int children = 3 * CancelDuty.AT_ONCE;
    new Sending().payloads(0, children).end();
    fabric.until(() -> fabric.planIndex.counts("m1", "map").ready() == children);
    cancel("m1", "c1", "");
    assertThat(fabric.cancellations.runOnce(Instant.now())).as("as many as may be under way").isGreaterThanOrEqualTo(CancelDuty.AT_ONCE);
    try (PlanFixture other = fabric.beside()) {
      other.until(() -> other.plan("m1").getPlan().hasOverAt());
      assertThat(words(other.plan("m1").getProgress()))
          .isEqualTo("%1$d total, 0 completed, %1$d failed, %1$d of them cancelled, 0 pending, 0 running, complete".formatted(children));
    }
    fabric.until(() -> fabric.planIndex.counts("m1", "map").of(TaskState.TASK_STATE_CANCELLED) == children);
    Map<Long, Long> together = fabric.entries(fabric.keys.tasks()).stream().collect(Collectors.groupingBy(Entry::modRevision, Collectors.counting()));
    assertThat(together.values()).as("tasks that were cancelled in one transaction").allSatisfy(tasks -> assertThat(tasks).isLessThanOrEqualTo(120));
  }

  @Test
  void heldTasks_areFirst() throws Throwable {
    int children = 2 * CancelDuty.AT_ONCE;
    new Sending().payloads(0, children).end();
    String last = MappingRules.childId("m1", "map", children - 1);
    awaitReady(last);
    fabric.claim(last, "fox", fox);
    cancel("m1", "c1", "");
    awaitOver("m1");
    long heldAt = fabric.task(last).getRevision();
    assertThat(IntStream.range(0, children - 1).mapToObj(i -> fabric.task(MappingRules.childId("m1", "map", i)).getRevision()))
        .allSatisfy(revision -> assertThat(revision).isGreaterThanOrEqualTo(heldAt));
  }

  @Test
  void mappedPhase_ofAPlanThatIsCancelledBeforeItIsFilled_keepsNobodyWaiting() {
    fabric.submit(plan("p1", phase("split", spec("s1")), Phase.newBuilder().setName("each").setMapped(true), phase("join", spec("j1"))));
    awaitReady("s1");
    fabric.complete(fabric.claim("s1", "fox", fox), "42");
    fabric.until(() -> fabric.plan("p1").getPlan().getPhases(0).hasCompletedAt());
    cancel("p1", "c1", "");
    GetPlanResponse over = awaitOver("p1");
    assertThat(words(over.getProgress())).isEqualTo("2 total, 1 completed, 1 failed, 1 of them cancelled, 0 pending, 0 running, complete");
    assertThat(over.getPlan().getPhasesList()).extracting(Phase::hasCompletedAt).containsExactly(true, false, false);
  }
}
