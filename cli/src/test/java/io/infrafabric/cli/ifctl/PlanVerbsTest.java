package io.infrafabric.cli.ifctl;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.Timestamps;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.CancelPlanRequest;
import io.infrafabric.coordinator.v1.CancelPlanResponse;
import io.infrafabric.coordinator.v1.ListPlansRequest;
import io.infrafabric.coordinator.v1.ListPlansResponse;
import io.infrafabric.coordinator.v1.PlanProgress;
import io.infrafabric.coordinator.v1.PlanServiceGrpc;
import io.infrafabric.coordinator.v1.PlanState;
import io.infrafabric.coordinator.v1.PlanSummary;
import io.infrafabric.coordinator.v1.WatchPlanRequest;
import io.infrafabric.coordinator.v1.WatchPlanResponse;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.grpc.GrpcServer;
import io.infrafabric.kit.grpc.Replies;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The verbs of plans, and with which exit code each ends. */
class PlanVerbsTest {
  /** Answers what the test says. */
  private static final class Scripted extends PlanServiceGrpc.PlanServiceImplBase {
    final Deque<List<WatchPlanResponse>> streams = new ConcurrentLinkedDeque<>();
    final List<CancelPlanRequest> cancelled = new CopyOnWriteArrayList<>();
    final List<ListPlansRequest> listed = new CopyOnWriteArrayList<>();
    final List<PlanSummary> plans = new ArrayList<>();

    /** A stream that is complete ends; any other but the last is broken off, and that one stays open. */
    @Override
    public void watchPlan(WatchPlanRequest request, StreamObserver<WatchPlanResponse> observer) {
      if (!request.getPlanId().equals("p1")) {
        Replies.fail(observer, Refusal.of(ErrorCode.ERROR_CODE_PLAN_NOT_FOUND, "there is no plan " + request.getPlanId()).asException());
        return;
      }
      List<WatchPlanResponse> stream = streams.poll();
      stream.forEach(observer::onNext);
      if (stream.getLast().getProgress().getComplete()) {
        observer.onCompleted();
      } else if (!streams.isEmpty()) {
        observer.onError(Status.UNAVAILABLE.withDescription("it was killed").asRuntimeException());
      }
    }

    @Override
    public void cancelPlan(CancelPlanRequest request, StreamObserver<CancelPlanResponse> observer) {
      cancelled.add(request);
      Replies.reply(observer, () -> CancelPlanResponse.newBuilder().setState(PlanState.PLAN_STATE_CANCELLING).setProgress(progress(4, 1, 1, 0)).build());
    }

    @Override
    public void listPlans(ListPlansRequest request, StreamObserver<ListPlansResponse> observer) {
      listed.add(request);
      int from = request.getPageToken().isEmpty() ? 0 : Integer.parseInt(request.getPageToken());
      int to = Math.min(plans.size(), from + request.getPageSize());
      Replies.reply(
          observer,
          () -> ListPlansResponse.newBuilder().addAllPlans(plans.subList(from, to)).setNextPageToken(to < plans.size() ? String.valueOf(to) : "").build());
    }
  }

  private final Scripted plans = new Scripted();
  private final GrpcServer server = GrpcServer.Builder.of("scripted").service(plans).build().start();

  @AfterEach
  void close() {
    server.close();
  }

  private static PlanProgress progress(int total, int completed, int failed, int cancelled) {
    return PlanProgress.newBuilder()
        .setTotal(total)
        .setCompleted(completed)
        .setFailed(failed)
        .setCancelled(cancelled)
        .setPending(total - completed - failed)
        .setPercent(100.0 * completed / total)
        .setComplete(completed + failed == total)
        .build();
  }

  private static WatchPlanResponse told(PlanState state, PlanProgress progress) {
    return WatchPlanResponse.newBuilder().setState(state).setProgress(progress).build();
  }

  private static WatchPlanResponse running(int completed, int failed) {
    return told(PlanState.PLAN_STATE_RUNNING, progress(4, completed, failed, 0));
  }

  @Test
  void watch_endsWith0_whenEveryTaskIsCompleted() {
    plans.streams.add(List.of(running(1, 0), told(PlanState.PLAN_STATE_COMPLETED, progress(4, 4, 0, 0))));
    Said watched = Said.ifctl(server, "plan", "watch", "p1");
    assertThat(watched.exitCode()).isZero();
    assertThat(watched.out().lines())
        .containsExactly("25.0 %: 1 of 4 completed, 0 failed, 3 pending, 0 running", "100.0 %: 4 of 4 completed, 0 failed, 0 pending, 0 running; complete");
    assertThat(watched.talk()).isEmpty();
  }

  @Test
  void watch_endsWith1_andSaysWhy_whenTasksFailedOrWereCancelled() {
    for (String[] verb : new String[][] {{"plan", "watch", "p1"}, {"plan", "get", "p1", "--watch"}}) {
      plans.streams.add(List.of(told(PlanState.PLAN_STATE_FAILED, progress(4, 3, 1, 0))));
      Said failed = Said.ifctl(server, verb);
      assertThat(failed.exitCode()).isEqualTo(1);
      assertThat(failed.talk()).isEqualTo("plan p1: 1 of 4 tasks ended without a result, 0 of them cancelled.%n".formatted());
    }
    plans.streams.add(List.of(told(PlanState.PLAN_STATE_CANCELLED, progress(4, 1, 3, 2))));
    Said cancelled = Said.ifctl(server, "plan", "watch", "p1");
    assertThat(cancelled.exitCode()).isEqualTo(1);
    assertThat(cancelled.out().lines()).containsExactly("25.0 %: 1 of 4 completed, 3 failed (2 cancelled), 0 pending, 0 running; complete");
    plans.streams.add(List.of(told(PlanState.PLAN_STATE_CANCELLED, PlanProgress.newBuilder().setComplete(true).build())));
    assertThat(Said.ifctl(server, "plan", "watch", "p1").exitCode()).as("nothing of it was stored").isEqualTo(1);
    assertThat(Said.ifctl(server, "plan", "watch", "p2").exitCode()).isEqualTo(6);
  }

  @Test
  void watch_goesOn_whereACoordinatorWentAway() {
    plans.streams.add(List.of(running(1, 0)));
    plans.streams.add(List.of(running(1, 0), running(2, 0)));
    plans.streams.add(List.of(told(PlanState.PLAN_STATE_COMPLETED, progress(4, 4, 0, 0))));
    Said watched = Said.ifctl(server, "plan", "watch", "p1");
    assertThat(watched.exitCode()).as(watched.talk()).isZero();
    assertThat(watched.out().lines()).as("nothing is said twice").hasSize(3);
  }

  @Test
  void wait_tellsTheOutcome_byItsExitCode() {
    plans.streams.add(List.of(running(1, 0), told(PlanState.PLAN_STATE_COMPLETED, progress(4, 4, 0, 0))));
    Said done = Said.ifctl(server, "plan", "wait", "p1");
    assertThat(done.exitCode()).isZero();
    assertThat(done.rows())
        .containsExactly("PLAN | STATE | PERCENT | COMPLETED | FAILED | CANCELLED | PENDING | RUNNING", "p1 | completed | 100.0 | 4 | 0 | 0 | 0 | 0");
    plans.streams.add(List.of(told(PlanState.PLAN_STATE_CANCELLED, progress(4, 1, 3, 2))));
    Said cancelled = Said.ifctl(server, "-o", "jsonl", "plan", "wait", "p1");
    assertThat(cancelled.exitCode()).isEqualTo(1);
    assertThat(cancelled.out()).contains("\"state\":\"PLAN_STATE_CANCELLED\"").contains("\"cancelled\":2").contains("\"running\":0");
    assertThat(cancelled.talk()).contains("3 of 4 tasks ended without a result, 2 of them cancelled.");
  }

  @Test
  void wait_endsWith4_whenTheTimeIsOver_andWith1AtTheFirstFailureIfItIsToldTo() {
    plans.streams.add(List.of(running(2, 1)));
    Said late = Said.ifctl(server, "plan", "wait", "p1", "--timeout", "300ms");
    assertThat(late.exitCode()).isEqualTo(4);
    assertThat(late.talk()).contains("plan p1 has not ended in time: 50.0 %: 2 of 4 completed, 1 failed");
    plans.streams.add(List.of(running(2, 0), running(2, 1)));
    Said failed = Said.ifctl(server, "plan", "wait", "p1", "--fail-fast");
    assertThat(failed.exitCode()).isEqualTo(1);
    assertThat(failed.talk()).contains("1 of 4 tasks ended without a result so far");
    assertThat(Said.ifctl(server, "plan", "wait", "p2").exitCode()).isEqualTo(6);
    assertThat(Said.ifctl(server, "plan", "wait").exitCode()).isEqualTo(2);
  }

  @Test
  void cancel_sendsItsRequestId_andShowsHowFarThePlanIs() {
    Said cancelled = Said.ifctl(server, "plan", "cancel", "p1", "--reason", "too dear", "--request-id", "r1");
    assertThat(cancelled.exitCode()).isZero();
    assertThat(plans.cancelled).containsExactly(CancelPlanRequest.newBuilder().setRequestId("r1").setPlanId("p1").setReason("too dear").build());
    assertThat(cancelled.rows().getLast()).isEqualTo("p1 | cancelling | 25.0 | 1 | 1 | 0 | 2 | 0");
  }

  @Test
  void list_asksForAsManyAsAreShown_inTheOrderAndStatesThatAreWanted() {
    IntStream.range(0, 600)
        .mapToObj(i -> PlanSummary.newBuilder().setPlanId("p" + i).setState(PlanState.PLAN_STATE_FAILED).setCreatedAt(Timestamps.fromSeconds(i)).build())
        .forEach(plans.plans::add);
    Said hundred = Said.ifctl(server, "plan", "list");
    assertThat(hundred.rows()).hasSize(101);
    assertThat(hundred.talk()).contains("there are more; --limit shows them.");
    assertThat(plans.listed).singleElement().satisfies(request -> assertThat(request.getNewestFirst()).isTrue());
    Said all = Said.ifctl(server, "-o", "jsonl", "plan", "list", "--limit", "600", "--order", "id", "--state", "failed,cancelled");
    assertThat(all.out().lines()).hasSize(600).first().asString().contains("\"planId\":\"p0\"");
    assertThat(all.talk()).isEmpty();
    ListPlansRequest last = plans.listed.getLast();
    assertThat(last.getPageToken()).isEqualTo("500");
    assertThat(last.getNewestFirst()).isFalse();
    assertThat(last.getStatesList()).containsExactly(PlanState.PLAN_STATE_FAILED, PlanState.PLAN_STATE_CANCELLED);
    assertThat(Said.ifctl(server, "-o", "json", "plan", "list", "--limit", "2").out()).startsWith("[{").contains("\"planId\": \"p1\"").doesNotContain("\"p2\"");
    assertThat(Said.ifctl(server, "plan", "list", "--state", "lost").exitCode()).isEqualTo(2);
  }
}
