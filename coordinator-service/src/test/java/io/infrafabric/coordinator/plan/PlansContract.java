package io.infrafabric.coordinator.plan;

import static io.infrafabric.coordinator.plan.PlanFixture.phase;
import static io.infrafabric.coordinator.plan.PlanFixture.plan;
import static io.infrafabric.coordinator.plan.PlanFixture.refusalOf;
import static io.infrafabric.coordinator.plan.PlanFixture.spec;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ListPlansRequest;
import io.infrafabric.coordinator.v1.ListPlansResponse;
import io.infrafabric.coordinator.v1.Plan;
import io.infrafabric.coordinator.v1.PlanProgress;
import io.infrafabric.coordinator.v1.PlanState;
import io.infrafabric.coordinator.v1.PlanSummary;
import io.infrafabric.coordinator.v1.Priority;
import io.infrafabric.coordinator.v1.SubmitPlanResponse;
import io.infrafabric.coordinator.v1.SubmitTaskRequest;
import io.infrafabric.coordinator.v1.WatchPlanRequest;
import io.infrafabric.coordinator.v1.WatchPlanResponse;
import io.infrafabric.error.Refusal;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What plans do, over every store. */
abstract class PlansContract {
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

  private void awaitReady(String task) {
    fabric.until(() -> fabric.task(task).hasReady());
  }

  private void complete(String task) {
    fabric.complete(fabric.claim(task, "fox", fox), "done");
  }

  private static Plan threePhases() {
    return plan("p1", phase("split", spec("s1")), phase("work", spec("w1"), spec("w2")), phase("join", spec("j1")));
  }

  @Test
  void plan_isStoredWhole_andToldWithItsPhasesAndCriticalPath() {
    SubmitPlanResponse submitted = fabric.submit(threePhases());
    assertThat(submitted.getCreated()).isTrue();
    assertThat(submitted.getPlan().getWhole()).isTrue();
    Plan told = fabric.plan("p1").getPlan();
    assertThat(told).isEqualTo(submitted.getPlan());
    assertThat(told.getPhasesList()).extracting(phase -> phase.getName() + phase.getAfterList()).containsExactly("split[]", "work[split]", "join[work]");
    assertThat(told.getPhases(1).getTasksList()).extracting(spec -> spec.getTaskId() + "/" + spec.getPlanId()).containsExactly("w1/p1", "w2/p1");
    assertThat(told.getCriticalPathList()).containsExactly("s1", "w1", "j1");
  }

  @Test
  void noPhaseIsSkipped_andARefusalNamesThePhaseThatIsWaitedFor() {
    fabric.submit(threePhases());
    awaitReady("s1");
    for (String later : new String[] {"w1", "w2"}) {
      Refusal refusal = refusalOf(() -> fabric.claim(later, "fox", fox));
      assertThat(refusal.code()).isEqualTo(ErrorCode.ERROR_CODE_TASK_NOT_READY);
      assertThat(refusal.message()).contains("phase split of plan p1");
    }
    assertThat(fabric.task("j1").getWaiting().getOpenPhasesList()).containsExactly("work");
    complete("s1");
    awaitReady("w1");
    awaitReady("w2");
    assertThat(fabric.plan("p1").getPlan().getPhases(0).hasCompletedAt()).isTrue();
    complete("w1");
    fabric.runLoops();
    assertThat(refusalOf(() -> fabric.claim("j1", "fox", fox)).message()).contains("phase work");
    complete("w2");
    awaitReady("j1");
    complete("j1");
    assertThat(fabric.plan("p1").getProgress().getComplete()).isTrue();
  }

  @Test
  void progress_countsEveryTaskOnce() {
    fabric.submit(threePhases());
    awaitReady("s1");
    assertThat(progress("p1")).isEqualTo("4 total, 0 completed, 0 failed, 4 pending, 0 running, 0.0 %");
    var claim = fabric.claim("s1", "fox", fox);
    assertThat(progress("p1")).isEqualTo("4 total, 0 completed, 0 failed, 3 pending, 1 running, 0.0 %");
    fabric.complete(claim, "done");
    awaitReady("w1");
    awaitReady("w2");
    fabric.fail(fabric.claim("w1", "fox", fox), false);
    assertThat(progress("p1")).isEqualTo("4 total, 1 completed, 1 failed, 2 pending, 0 running, 25.0 %");
    assertThat(fabric.plan("p1").getProgress().getComplete()).isFalse();
  }

  private String progress(String plan) {
    PlanProgress now = fabric.plan(plan).getProgress();
    return "%d total, %d completed, %d failed, %d pending, %d running, %.1f %%"
        .formatted(now.getTotal(), now.getCompleted(), now.getFailed(), now.getPending(), now.getRunning(), now.getPercent());
  }

  @Test
  void independentPhases_goSideBySide_andAfterJoinsThem() {
    fabric.submit(
        plan(
            "p1",
            phase("a", spec("a1")),
            phase("b", spec("b1")).setIndependent(true),
            phase("both", spec("c1")).addAfter("a").addAfter("b")));
    awaitReady("a1");
    awaitReady("b1");
    complete("a1");
    fabric.until(() -> fabric.plan("p1").getPlan().getPhases(0).hasCompletedAt());
    assertThat(refusalOf(() -> fabric.claim("c1", "fox", fox)).message()).contains("phase b of plan p1").doesNotContain("phase a");
    complete("b1");
    awaitReady("c1");
  }

  @Test
  void dependenciesAndPhases_bothHold() {
    fabric.submit(plan("p1", phase("a", spec("a1"), spec("a2", "a1")), phase("b", spec("b1"), spec("b2", "b1"))));
    awaitReady("a1");
    assertThat(refusalOf(() -> fabric.claim("a2", "fox", fox)).message()).contains("for a1");
    complete("a1");
    awaitReady("a2");
    complete("a2");
    awaitReady("b1");
    assertThat(refusalOf(() -> fabric.claim("b2", "fox", fox)).message()).contains("for b1");
    complete("b1");
    awaitReady("b2");
  }

  @Test
  void criticalTasks_goBeforeOthersOfTheirPriority_andAfterHigherOnes() {
    fabric.submit(
        plan(
            "p1",
            phase(
                "all",
                spec("side"),
                spec("first").setExpectedDuration(com.google.protobuf.util.Durations.fromSeconds(30)),
                spec("second", "first").setExpectedDuration(com.google.protobuf.util.Durations.fromSeconds(90)),
                spec("urgent").setPriority(Priority.PRIORITY_HIGH))));
    fabric.until(() -> fabric.task("side").hasReady() && fabric.task("first").hasReady() && fabric.task("urgent").hasReady());
    assertThat(fabric.plan("p1").getPlan().getCriticalPathList()).containsExactly("first", "second");
    assertThat(fabric.next("fox", fox).getTaskId()).isEqualTo("urgent");
    assertThat(fabric.next("fox", fox).getTaskId()).isEqualTo("first");
    assertThat(fabric.next("fox", fox).getTaskId()).isEqualTo("side");
  }

  @Test
  void fillers_goAfterEverythingElse_andCountForNothing() {
    Plan plan =
        plan("p1", phase("a", spec("a1")), phase("b", spec("b1"))).toBuilder()
            .addFillers(spec("idle").setPriority(Priority.PRIORITY_CRITICAL))
            .build();
    assertThat(fabric.submit(plan).getPlan().getFillersList()).extracting(spec -> spec.getTaskId()).containsExactly("idle");
    awaitReady("idle");
    awaitReady("a1");
    fabric.tasks.submitTask(SubmitTaskRequest.newBuilder().setRequestId("t").setSpec(spec("later").setPriority(Priority.PRIORITY_LOW)).build());
    assertThat(fabric.next("fox", fox).getTaskId()).isEqualTo("a1");
    assertThat(fabric.next("fox", fox).getTaskId()).isEqualTo("later");
    var idle = fabric.next("fox", fox);
    assertThat(idle.getTaskId()).as("b waits for a, and so there is nothing else to do").isEqualTo("idle");
    assertThat(progress("p1")).isEqualTo("2 total, 0 completed, 0 failed, 1 pending, 1 running, 0.0 %");
    fabric.complete(idle, "done");
    assertThat(progress("p1")).isEqualTo("2 total, 0 completed, 0 failed, 1 pending, 1 running, 0.0 %");
  }

  @Test
  void swarmThatABlockerHasStopped_getsWorkOfItsPlan_thenItsFillers_thenOther_andItsOwnWorkBesides() {
    String owl = fabric.swarm("owl", 1, "a:b");
    fabric.submit(
        plan("p1", phase("a", spec("a1"), spec("a2"))).toBuilder().addFillers(spec("idle1")).addFillers(spec("idle2")).build());
    fabric.submit(plan("unrelated", phase("u", spec("u1").setPriority(Priority.PRIORITY_CRITICAL), spec("u2"), spec("u3"))));
    for (String task : List.of("a1", "a2", "idle1", "idle2", "u1", "u2", "u3")) {
      awaitReady(task);
    }
    Claim stopped = fabric.claim("a1", "owl", owl);
    assertThat(refusalOf(() -> fabric.next("owl", owl)).code()).as("it has its hands full").isEqualTo(ErrorCode.ERROR_CODE_AT_CAPACITY);
    assertThat(refusalOf(() -> fabric.claim("idle1", "owl", owl)).code()).isEqualTo(ErrorCode.ERROR_CODE_AT_CAPACITY);
    Blocker blocker = fabric.raise(stopped);
    Claim other = fabric.next("owl", owl);
    assertThat(other.getTaskId()).isEqualTo("a2");
    fabric.complete(other, "done");
    Claim idle = fabric.next("owl", owl);
    assertThat(idle.getTaskId()).isEqualTo("idle1");
    assertThat(refusalOf(() -> fabric.next("owl", owl)).code()).as("one beside the one that is stopped").isEqualTo(ErrorCode.ERROR_CODE_AT_CAPACITY);
    String elk = fabric.swarm("elk", 1, "a:b");
    assertThat(fabric.next("elk", elk).getTaskId()).as("nobody has stopped it").isEqualTo("u1");
    fabric.complete(idle, "done");
    Claim second = fabric.next("owl", owl);
    assertThat(second.getTaskId()).isEqualTo("idle2");
    fabric.complete(second, "done");
    Claim unrelated = fabric.next("owl", owl);
    assertThat(unrelated.getTaskId()).as("its plan has no more for it").isEqualTo("u2");
    fabric.resolve(blocker);
    fabric.complete(unrelated, "done");
    assertThat(refusalOf(() -> fabric.claim("u3", "owl", owl)).code()).as("its own work goes on").isEqualTo(ErrorCode.ERROR_CODE_AT_CAPACITY);
    fabric.complete(stopped, "done");
  }

  @Test
  void fillerThatWaits_orStandsTwice_isRefused() {
    Plan plan = plan("p1", phase("a", spec("a1"))).toBuilder().addFillers(spec("a1")).addFillers(spec("f", "a1")).build();
    assertThat(refusalOf(() -> fabric.submit(plan)).message())
        .contains("plan.fillers[0].task_id: task a1 stands twice")
        .contains("plan.fillers[1].depends_on: a filler waits for nothing");
  }

  @Test
  void samePlanAgain_isAnswered_andOtherContentIsRefused() {
    SubmitPlanResponse first = fabric.submit(threePhases(), "same");
    assertThat(fabric.submit(threePhases(), "same").getCreated()).isTrue();
    SubmitPlanResponse other = fabric.submit(threePhases(), "other");
    assertThat(other.getCreated()).isFalse();
    assertThat(other.getPlan()).isEqualTo(first.getPlan());
    Refusal refusal = refusalOf(() -> fabric.submit(plan("p1", phase("a", spec("a1")))));
    assertThat(refusal.code()).isEqualTo(ErrorCode.ERROR_CODE_ALREADY_EXISTS);
    assertThat(refusal.metadata()).containsKey("digest");
    assertThat(refusalOf(() -> fabric.task("a1")).code()).isEqualTo(ErrorCode.ERROR_CODE_TASK_NOT_FOUND);
  }

  @Test
  void planWithoutIds_getsTheSameOnesAtEveryTry() {
    Plan plan = plan("", phase("a", spec("")), phase("b", spec("")));
    SubmitPlanResponse first = fabric.submit(plan, "made");
    assertThat(fabric.submit(plan, "made")).isEqualTo(first);
    assertThat(fabric.entries(fabric.keys.tasks())).hasSize(2);
  }

  @Test
  void cycles_unknownTasksAndTakenIds_areRefused_andNothingIsWritten() {
    Refusal cycle = refusalOf(() -> fabric.submit(plan("p1", phase("a", spec("a1", "b1")), phase("b", spec("b1")))));
    assertThat(cycle.code()).isEqualTo(ErrorCode.ERROR_CODE_INVALID_ARGUMENT);
    assertThat(cycle.message()).contains("a1 -> b1 -> phase b -> a1");
    Refusal unknown = refusalOf(() -> fabric.submit(plan("p1", phase("a", spec("a1")), phase("b", spec("b1", "a1", "nowhere")))));
    assertThat(unknown.code()).isEqualTo(ErrorCode.ERROR_CODE_TASK_NOT_FOUND);
    assertThat(unknown.message()).contains("plan.phases[1].tasks[0].depends_on[1]").contains("nowhere");
    fabric.tasks.submitTask(SubmitTaskRequest.newBuilder().setRequestId("t").setSpec(spec("taken")).build());
    Refusal taken = refusalOf(() -> fabric.submit(plan("p1", phase("a", spec("a1"), spec("taken")))));
    assertThat(taken.code()).isEqualTo(ErrorCode.ERROR_CODE_ALREADY_EXISTS);
    assertThat(taken.message()).contains("taken");
    assertThat(fabric.entries(fabric.keys.plans())).isEmpty();
    assertThat(fabric.entries(fabric.keys.tasks())).hasSize(1);
    assertThat(refusalOf(() -> fabric.plan("p1")).code()).isEqualTo(ErrorCode.ERROR_CODE_PLAN_NOT_FOUND);
  }

  @Test
  void watch_tellsTheProgressUntilThePlanIsComplete() {
    fabric.submit(plan("p1", phase("a", spec("a1"), spec("a2"))));
    awaitReady("a1");
    awaitReady("a2");
    Iterator<WatchPlanResponse> watch = fabric.plans.watchPlan(WatchPlanRequest.newBuilder().setPlanId("p1").build());
    assertThat(watch.next().getProgress().getCompleted()).isZero();
    complete("a1");
    complete("a2");
    PlanProgress last = PlanProgress.getDefaultInstance();
    while (watch.hasNext()) {
      PlanProgress next = watch.next().getProgress();
      assertThat(next.getCompleted()).isGreaterThanOrEqualTo(last.getCompleted());
      last = next;
    }
    assertThat(last.getComplete()).isTrue();
    assertThat(last.getPercent()).isEqualTo(100.0);
    Refusal refusal = refusalOf(() -> fabric.plans.watchPlan(WatchPlanRequest.newBuilder().setPlanId("p2").build()).next());
    assertThat(refusal.code()).isEqualTo(ErrorCode.ERROR_CODE_PLAN_NOT_FOUND);
  }

  private ListPlansResponse list(ListPlansRequest.Builder request) {
    return fabric.plans.listPlans(request.build());
  }

  private static List<String> ids(ListPlansResponse page) {
    return page.getPlansList().stream().map(PlanSummary::getPlanId).toList();
  }

  @Test
  void list_pagesByIdAndNewestFirst_eachPlanOnce() {
    for (String id : List.of("p3", "p1", "p2")) {
      fabric.submit(plan(id, phase("a", spec(id + "-a"))));
      fabric.advance(Duration.ofSeconds(1));
    }
    assertThat(ids(list(ListPlansRequest.newBuilder()))).containsExactly("p1", "p2", "p3");
    ListPlansResponse first = list(ListPlansRequest.newBuilder().setPageSize(2));
    assertThat(ids(first)).containsExactly("p1", "p2");
    assertThat(first.getNextPageToken()).isEqualTo("p2");
    ListPlansResponse second = list(ListPlansRequest.newBuilder().setPageSize(2).setPageToken("p2"));
    assertThat(ids(second)).containsExactly("p3");
    assertThat(second.getNextPageToken()).isEmpty();

    ListPlansResponse newest = list(ListPlansRequest.newBuilder().setPageSize(2).setNewestFirst(true));
    assertThat(ids(newest)).containsExactly("p2", "p1");
    ListPlansResponse oldest = list(ListPlansRequest.newBuilder().setPageSize(2).setNewestFirst(true).setPageToken(newest.getNextPageToken()));
    assertThat(ids(oldest)).containsExactly("p3");
    assertThat(oldest.getNextPageToken()).isEmpty();
    assertThat(list(ListPlansRequest.newBuilder().setPageSize(3)).getNextPageToken()).as("a last page that is full").isEmpty();
    assertThat(refusalOf(() -> list(ListPlansRequest.newBuilder().setPageToken("No Id"))).code()).isEqualTo(ErrorCode.ERROR_CODE_INVALID_ID);
    assertThat(refusalOf(() -> list(ListPlansRequest.newBuilder().setNewestFirst(true).setPageToken("p2"))).code()).isEqualTo(ErrorCode.ERROR_CODE_INVALID_ARGUMENT);
    assertThat(refusalOf(() -> list(ListPlansRequest.newBuilder().addStatesValue(99))).message()).contains("states");
  }

  @Test
  void list_tellsHowFarEachPlanIs_andIsFilteredByState() {
    fabric.submit(plan("done", phase("a", spec("d1"))));
    fabric.submit(plan("failed", phase("a", spec("f1")), phase("b", spec("f2")).setIndependent(true)));
    fabric.submit(threePhases());
    List.of("d1", "f1", "f2", "s1").forEach(this::awaitReady);
    complete("d1");
    complete("f1");
    fabric.fail(fabric.claim("f2", "fox", fox), false);
    complete("s1");
    fabric.until(() -> list(ListPlansRequest.newBuilder()).getPlansList().stream().filter(PlanSummary::hasOverAt).count() == 2);
    fabric.until(() -> list(ListPlansRequest.newBuilder().addStates(PlanState.PLAN_STATE_RUNNING)).getPlans(0).getCompletedPhases() == 1);

    assertThat(list(ListPlansRequest.newBuilder()).getPlansList())
        .extracting(found -> found.getPlanId() + " " + found.getState() + " " + found.getCompletedPhases() + "/" + found.getPhases() + " " + found.getProgress().getCompleted())
        .containsExactly("done PLAN_STATE_COMPLETED 1/1 1", "failed PLAN_STATE_FAILED 1/2 1", "p1 PLAN_STATE_RUNNING 1/3 1");
    assertThat(ids(list(ListPlansRequest.newBuilder().addStates(PlanState.PLAN_STATE_FAILED).addStates(PlanState.PLAN_STATE_COMPLETED)))).containsExactly("done", "failed");
    assertThat(ids(list(ListPlansRequest.newBuilder().addStates(PlanState.PLAN_STATE_STORING)))).isEmpty();
    assertThat(fabric.plan("failed").getState()).isEqualTo(PlanState.PLAN_STATE_FAILED);
    assertThat(fabric.plans.watchPlan(WatchPlanRequest.newBuilder().setPlanId("done").build()).next().getState()).isEqualTo(PlanState.PLAN_STATE_COMPLETED);
    Refusal unspecified = refusalOf(() -> list(ListPlansRequest.newBuilder().addStates(PlanState.PLAN_STATE_UNSPECIFIED)));
    assertThat(unspecified.message()).contains("states: STORING, RUNNING, COMPLETED, FAILED, CANCELLING, CANCELLED");
  }
}
