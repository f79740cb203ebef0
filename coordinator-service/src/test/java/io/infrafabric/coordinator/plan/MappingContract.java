package io.infrafabric.coordinator.plan;

import static io.infrafabric.coordinator.plan.PlanFixture.phase;
import static io.infrafabric.coordinator.plan.PlanFixture.plan;
import static io.infrafabric.coordinator.plan.PlanFixture.refusalOf;
import static io.infrafabric.coordinator.plan.PlanFixture.spec;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.stub.StreamObserver;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.MapTasksRequest;
import io.infrafabric.coordinator.v1.MapTasksResponse;
import io.infrafabric.coordinator.v1.Phase;
import io.infrafabric.coordinator.v1.PlanProgress;
import io.infrafabric.coordinator.v1.ReducePlanRequest;
import io.infrafabric.coordinator.v1.ReducePlanResponse;
import io.infrafabric.coordinator.v1.Reducer;
import io.infrafabric.coordinator.v1.Stragglers;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.error.Refusal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What mappings and reductions do, over every store. */
abstract class MappingContract {
  private static final TaskSpec TEMPLATE = TaskSpec.newBuilder().addRequiredCapabilities("a:b").build();

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

  /** A stream that is being sent. */
  private final class Sending {
    private final CompletableFuture<MapTasksResponse> answer = new CompletableFuture<>();
    private final StreamObserver<MapTasksRequest> requests =
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

    Sending(String plan, String requestId, TaskSpec template, String phase) {
      this(MapTasksRequest.newBuilder().setPlanId(plan).setRequestId(requestId).setTemplate(template).setPhase(phase));
    }

    Sending(MapTasksRequest.Builder first) {
      requests.onNext(first.build());
    }

    Sending payloads(int from, int to) {
      MapTasksRequest.Builder message = MapTasksRequest.newBuilder();
      IntStream.range(from, to).forEach(i -> message.addPayloads(ByteString.copyFromUtf8(String.valueOf(i))));
      requests.onNext(message.build());
      return this;
    }

    MapTasksResponse end() throws Throwable {
      requests.onCompleted();
      return answer();
    }

    MapTasksResponse answer() throws Throwable {
      try {
        return answer.get(60, TimeUnit.SECONDS);
      } catch (java.util.concurrent.ExecutionException failure) {
        throw failure.getCause();
      }
    }

    void breakOff() {
      requests.onError(new IllegalStateException("the client is gone"));
    }
  }

  private Sending map(String plan, String requestId) {
    return new Sending(plan, requestId, TEMPLATE, "");
  }

  private PlanProgress progress(String plan) {
    return fabric.plan(plan).getProgress();
  }

  private ReducePlanResponse reduce(String plan, Reducer reducer) {
    return fabric.plans.reducePlan(ReducePlanRequest.newBuilder().setPlanId(plan).setReducer(reducer).build());
  }

  private List<Claim> claimAll(String plan, int children) {
    fabric.until(() -> fabric.planIndex.counts(plan, "map").of(io.infrafabric.coordinator.v1.TaskState.TASK_STATE_READY) == children);
    List<Claim> claims = new ArrayList<>();
    for (int i = 0; i < children; i++) {
      claims.add(fabric.next("fox", fox));
    }
    return claims;
  }

  @Test
  void children_areStoredOnceAndHalfDoneIsHalf() throws Throwable {
    assertThat(map("m1", "r").payloads(0, 30).payloads(30, 40).end().getChildren()).isEqualTo(40);
    List<Claim> claims = claimAll("m1", 40);
    Set<Integer> payloads = new TreeSet<>();
    claims.forEach(claim -> payloads.add(Integer.parseInt(claim.getSpec().getPayload().toStringUtf8())));
    assertThat(payloads).hasSize(40);
    claims.subList(0, 20).forEach(claim -> fabric.complete(claim, claim.getSpec().getPayload().toStringUtf8()));
    assertThat(progress("m1").getPercent()).isEqualTo(50.0);
    assertThat(progress("m1").getRunning()).isEqualTo(20);
    assertThat(fabric.plan("m1").getPlan().getPhases(0).getChildren()).isEqualTo(40);
    assertThat(map("m1", "r").payloads(0, 40).end().getChildren()).isEqualTo(40);
    assertThat(fabric.entries(fabric.keys.tasks())).hasSize(40);
    claims.subList(20, 40).forEach(claim -> fabric.complete(claim, claim.getSpec().getPayload().toStringUtf8()));
    fabric.until(() -> progress("m1").getComplete());
    assertThat(reduce("m1", Reducer.REDUCER_MERGE_ALL).getResults()).isEqualTo(40);
    assertThat(reduce("m1", Reducer.REDUCER_MERGE_ALL).getResult().toStringUtf8()).startsWith("[0,1,2,3");
  }

  @Test
  void streamThatBreaksOff_leavesNothingClaimable_andGoesOnWithItsRequestId() throws Throwable {
    Sending broken = map("m1", "r").payloads(0, 10);
    fabric.until(() -> fabric.entries(fabric.keys.tasks()).size() == 10);
    assertThat(progress("m1").getComplete()).isFalse();
    assertThat(progress("m1").getPercent()).isZero();
    broken.breakOff();
    fabric.runLoops();
    assertThat(refusalOf(() -> fabric.next("fox", fox)).code()).isEqualTo(ErrorCode.ERROR_CODE_NO_TASK_READY);
    String child = MappingRules.childId("m1", "map", 0);
    assertThat(refusalOf(() -> fabric.claim(child, "fox", fox)).message()).contains("for plan m1 to have all of its tasks");
    assertThat(refusalOf(() -> map("m1", "another").payloads(0, 10).end()).code()).isEqualTo(ErrorCode.ERROR_CODE_ALREADY_EXISTS);

    assertThat(map("m1", "r").payloads(0, 10).payloads(10, 25).end().getChildren()).isEqualTo(25);
    claimAll("m1", 25);
    assertThat(fabric.entries(fabric.keys.tasks())).hasSize(25);
  }

  @Test
  void sameRequestWithOtherChildren_isRefused() throws Throwable {
    map("m1", "r").payloads(0, 10).end();
    assertThat(refusalOf(() -> map("m1", "r").payloads(0, 9).end()).code()).isEqualTo(ErrorCode.ERROR_CODE_REQUEST_ID_REUSED);
    assertThat(refusalOf(() -> map("m1", "r").payloads(1, 11).end()).code()).isEqualTo(ErrorCode.ERROR_CODE_ALREADY_EXISTS);
    TaskSpec other = TEMPLATE.toBuilder().setMaxCostMicros(5).build();
    assertThat(refusalOf(() -> new Sending("m1", "r", other, "").payloads(0, 10).end()).code()).isEqualTo(ErrorCode.ERROR_CODE_REQUEST_ID_REUSED);
    assertThat(progress("m1").getTotal()).isEqualTo(10);
  }

  @Test
  void badInput_isRefusedWithItsPlace() {
    Refusal template =
        refusalOf(() -> new Sending("M 1", "r", TEMPLATE.toBuilder().setTaskId("t").setPayload(ByteString.copyFromUtf8("x")).build(), "").end());
    assertThat(template.message()).contains("plan_id").contains("template.task_id").contains("template.payload");
    assertThat(refusalOf(() -> new Sending("m1", "", TEMPLATE, "").end()).message()).contains("request_id");
    assertThat(refusalOf(() -> map("m1", "none").end()).message()).contains("at least one child");
    assertThat(refusalOf(() -> new Sending("m2", "r", TEMPLATE.toBuilder().addDependsOn("nowhere").build(), "").payloads(0, 1).end()).code())
        .isEqualTo(ErrorCode.ERROR_CODE_TASK_NOT_FOUND);
    Refusal large =
        refusalOf(
            () -> {
              Sending sending = map("m3", "r").payloads(0, 2);
              sending.requests.onNext(MapTasksRequest.newBuilder().addPayloads(ByteString.copyFrom(new byte[65_537])).build());
              sending.answer();
            });
    assertThat(large.code()).isEqualTo(ErrorCode.ERROR_CODE_PAYLOAD_TOO_LARGE);
    assertThat(large.message()).contains("payloads[2]");
  }

  @Test
  void splitMapJoin_waitForEachOther() throws Throwable {
    fabric.submit(
        plan("p1", phase("split", spec("s1")), Phase.newBuilder().setName("each").setMapped(true), phase("join", spec("j1"))));
    fabric.until(() -> fabric.task("s1").hasReady());
    fabric.complete(fabric.claim("s1", "fox", fox), "done");
    fabric.until(() -> fabric.plan("p1").getPlan().getPhases(0).hasCompletedAt());
    assertThat(progress("p1").getPercent()).isLessThan(50.0);
    assertThat(refusalOf(() -> fabric.claim("j1", "fox", fox)).message()).contains("phase each");
    assertThat(refusalOf(() -> new Sending("p1", "r", TEMPLATE, "join").payloads(0, 3).end()).code()).isEqualTo(ErrorCode.ERROR_CODE_PLAN_NOT_FOUND);
    new Sending("p1", "r", TEMPLATE, "each").payloads(0, 3).end();
    String last = MappingRules.childId("p1", "each", 2);
    fabric.until(() -> fabric.task(last).hasReady());
    for (int i = 0; i < 3; i++) {
      assertThat(refusalOf(() -> fabric.claim("j1", "fox", fox)).message()).contains("phase each");
      String child = MappingRules.childId("p1", "each", i);
      fabric.until(() -> fabric.task(child).hasReady());
      fabric.complete(fabric.claim(child, "fox", fox), "{\"score\": " + i + "}");
    }
    fabric.until(() -> fabric.task("j1").hasReady());
    ReducePlanResponse best =
        fabric.plans.reducePlan(ReducePlanRequest.newBuilder().setPlanId("p1").setPhase("each").setReducer(Reducer.REDUCER_BEST_SCORE).build());
    assertThat(best.getTaskIdsList()).containsExactly(last);
    assertThat(refusalOf(() -> reduce("p1", Reducer.REDUCER_BEST_SCORE)).code()).isEqualTo(ErrorCode.ERROR_CODE_NO_RESULT);
  }

  @Test
  void threeOfFiveAgree_beforeAllAreDone() throws Throwable {
    map("m1", "r").payloads(0, 5).end();
    List<Claim> claims = claimAll("m1", 5);
    fabric.complete(claims.get(0), "{\"answer\": 42}");
    fabric.complete(claims.get(1), "{\"answer\": 41}");
    fabric.complete(claims.get(2), "{\"answer\":42.0}");
    ReducePlanRequest quorum = ReducePlanRequest.newBuilder().setPlanId("m1").setReducer(Reducer.REDUCER_QUORUM).setQuorum(3).build();
    assertThat(refusalOf(() -> fabric.plans.reducePlan(quorum)).code()).isEqualTo(ErrorCode.ERROR_CODE_PLAN_NOT_COMPLETE);
    assertThat(refusalOf(() -> reduce("m1", Reducer.REDUCER_MAJORITY_VOTE)).code()).isEqualTo(ErrorCode.ERROR_CODE_PLAN_NOT_COMPLETE);
    fabric.fail(claims.get(4), false);
    fabric.complete(claims.get(3), "{\"answer\": 42}");
    ReducePlanResponse agreed = fabric.plans.reducePlan(quorum);
    assertThat(agreed.getResult().toStringUtf8()).isEqualTo("{\"answer\": 42}");
    assertThat(agreed.getTaskIdsList()).hasSize(3);
    assertThat(agreed.getProgress().getFailed()).isEqualTo(1);
    assertThat(refusalOf(() -> fabric.plans.reducePlan(quorum.toBuilder().setQuorum(4).build())).code()).isEqualTo(ErrorCode.ERROR_CODE_NO_RESULT);
    assertThat(refusalOf(() -> reduce("m1", Reducer.REDUCER_MAJORITY_VOTE)).code()).isEqualTo(ErrorCode.ERROR_CODE_PLAN_NOT_COMPLETE);
    ReducePlanRequest partial = ReducePlanRequest.newBuilder().setPlanId("m1").setReducer(Reducer.REDUCER_MAJORITY_VOTE).setPartial(true).build();
    assertThat(fabric.plans.reducePlan(partial).getResults()).isEqualTo(3);
    assertThat(refusalOf(() -> reduce("m1", Reducer.REDUCER_UNSPECIFIED)).message()).contains("reducer");
    assertThat(refusalOf(() -> fabric.plans.reducePlan(quorum.toBuilder().setQuorum(0).build())).message()).contains("quorum");
    assertThat(refusalOf(() -> reduce("nowhere", Reducer.REDUCER_FIRST)).code()).isEqualTo(ErrorCode.ERROR_CODE_PLAN_NOT_FOUND);
  }

  private Sending twinned(String plan, String requestId, int factorPercent, int minCompleted) {
    Stragglers stragglers = Stragglers.newBuilder().setFactorPercent(factorPercent).setMinCompleted(minCompleted).build();
    return new Sending(MapTasksRequest.newBuilder().setPlanId(plan).setRequestId(requestId).setTemplate(TEMPLATE).setStragglers(stragglers));
  }

  /** The first children of a mapping are claimed, and done ten seconds later; the last one goes on. */
  private Claim allButOne(String plan, int children) {
    List<Claim> claims = claimAll(plan, children);
    fabric.advance(Duration.ofSeconds(10));
    claims.subList(0, children - 1).forEach(claim -> fabric.complete(claim, "1"));
    fabric.until(() -> fabric.planIndex.counts(plan, "map").of(TaskState.TASK_STATE_COMPLETED) == children - 1);
    return claims.getLast();
  }

  @Test
  void straggler_isDoneAgain_byAnother_andTheFirstResultCounts() throws Throwable {
    twinned("m1", "r", 200, 3).payloads(0, 4).end();
    assertThat(fabric.plan("m1").getPlan().getPhases(0).getStragglers().getFactorPercent()).isEqualTo(200);
    Claim slow = allButOne("m1", 4);
    String owl = fabric.swarm("owl", 3, "a:b");
    fabric.advance(Duration.ofSeconds(5));
    fabric.runLoops();
    assertThat(fabric.entries(fabric.keys.tasks())).as("15 s are less than twice 10").hasSize(4);
    fabric.advance(Duration.ofMinutes(1));
    fabric.until(() -> !fabric.task(slow.getTaskId()).getTwinId().isEmpty());
    String id = fabric.task(slow.getTaskId()).getTwinId();
    Task twin = fabric.task(id);
    assertThat(twin.getTwinOf()).isEqualTo(slow.getTaskId());
    assertThat(twin.getSpec().getPayload()).isEqualTo(slow.getSpec().getPayload());
    assertThat(refusalOf(() -> fabric.claim(id, "fox", fox)).code()).isEqualTo(ErrorCode.ERROR_CODE_PERMISSION_DENIED);
    Claim again = fabric.next("owl", owl);
    assertThat(again.getTaskId()).isEqualTo(id);
    assertThat(progress("m1").getTotal()).as("a twin does not count").isEqualTo(4);
    assertThat(progress("m1").getRunning()).isEqualTo(1);

    fabric.complete(again, "2");
    fabric.until(() -> progress("m1").getComplete());
    Task done = fabric.task(slow.getTaskId());
    assertThat(done.getCompleted().getResult().toStringUtf8()).isEqualTo("2");
    assertThat(done.getCompleted().getClaim().getSwarmId()).isEqualTo("owl");
    assertThat(done.getAttempts(0).getEnd()).isEqualTo(ClaimEnd.CLAIM_END_SUPERSEDED);
    Refusal late = refusalOf(() -> fabric.complete(slow, "3"));
    assertThat(late.code()).isEqualTo(ErrorCode.ERROR_CODE_STALE_FENCE);
    assertThat(late.message()).contains("SUPERSEDED: its twin " + id);
    assertThat(progress("m1").getCompleted()).isEqualTo(4);
    assertThat(reduce("m1", Reducer.REDUCER_MERGE_ALL).getResult().toStringUtf8()).isEqualTo("[1,2]");
    assertThat(fabric.entries(fabric.keys.tasks())).as("one twin").hasSize(5);
    assertThat(twinned("m1", "r", 200, 3).payloads(0, 4).end().getChildren()).as("the same request again").isEqualTo(4);
  }

  @Test
  void stragglerThatIsDoneAfterAll_hasItsTwinCancelled() throws Throwable {
    twinned("m1", "r", 0, 0).payloads(0, 6).end();
    Claim slow = allButOne("m1", 6);
    fabric.advance(Duration.ofMinutes(1));
    fabric.until(() -> !fabric.task(slow.getTaskId()).getTwinId().isEmpty());
    fabric.complete(slow, "2");
    String id = fabric.task(slow.getTaskId()).getTwinId();
    fabric.until(() -> fabric.task(id).hasCancelled());
    assertThat(fabric.task(id).getCancelled().getReason()).contains(slow.getTaskId()).contains("COMPLETED");
    assertThat(fabric.task(slow.getTaskId()).getAttempts(0).getEnd()).isEqualTo(ClaimEnd.CLAIM_END_COMPLETED);
    fabric.until(() -> progress("m1").getComplete());
    assertThat(progress("m1").getCompleted()).isEqualTo(6);
  }

  @Test
  void noTwin_unlessItIsAskedFor_andEnoughAreCompleted() throws Throwable {
    map("m1", "r").payloads(0, 4).end();
    allButOne("m1", 4);
    twinned("m2", "r", 200, 4).payloads(0, 4).end();
    Claim slow = allButOne("m2", 4);
    fabric.advance(Duration.ofMinutes(10));
    fabric.runLoops();
    assertThat(fabric.entries(fabric.keys.tasks())).hasSize(8);
    assertThat(fabric.task(slow.getTaskId()).getTwinId()).isEmpty();
  }

  @Test
  void stragglers_areSettledOnceAndForAll_andChecked() throws Throwable {
    twinned("m1", "r", 200, 3).payloads(0, 2).end();
    assertThat(refusalOf(() -> twinned("m1", "r", 300, 3).payloads(0, 2).end()).code()).isEqualTo(ErrorCode.ERROR_CODE_REQUEST_ID_REUSED);
    assertThat(refusalOf(() -> map("m1", "r").payloads(0, 2).end()).message()).contains("with other stragglers");
    Refusal wrong = refusalOf(() -> twinned("m2", "r", 100, 100_001).payloads(0, 2).end());
    assertThat(wrong.message()).contains("stragglers.factor_percent").contains("stragglers.min_completed");
    Phase.Builder mapped = Phase.newBuilder().setName("each").setMapped(true).setStragglers(Stragglers.getDefaultInstance());
    assertThat(refusalOf(() -> fabric.submit(plan("p1", mapped))).message()).contains("MapTasks says it");
  }
}
