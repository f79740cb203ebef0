package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.CoordinatorFixture.KEYS;
import static io.infrafabric.coordinator.CoordinatorFixture.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.stub.StreamObserver;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.task.StoredTask;
import io.infrafabric.coordinator.task.TaskStates;
import io.infrafabric.coordinator.task.TaskStates.Actor;
import io.infrafabric.coordinator.v1.ApproveTaskRequest;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.CancelTaskRequest;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.ClaimNextRequest;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.CloseSessionRequest;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.coordinator.v1.FailTaskRequest;
import io.infrafabric.coordinator.v1.GetTaskRequest;
import io.infrafabric.coordinator.v1.KeepAliveRequest;
import io.infrafabric.coordinator.v1.ListSessionsRequest;
import io.infrafabric.coordinator.v1.ListTasksRequest;
import io.infrafabric.coordinator.v1.ListTasksResponse;
import io.infrafabric.coordinator.v1.OpenSessionRequest;
import io.infrafabric.coordinator.v1.OfferTaskRequest;
import io.infrafabric.coordinator.v1.RaiseBlockerRequest;
import io.infrafabric.coordinator.v1.ReleaseTaskRequest;
import io.infrafabric.coordinator.v1.ReportProgressRequest;
import io.infrafabric.coordinator.v1.RequeueTaskRequest;
import io.infrafabric.coordinator.v1.ResolveBlockerRequest;
import io.infrafabric.coordinator.v1.SubmitTaskRequest;
import io.infrafabric.coordinator.v1.SubmitTasksRequest;
import io.infrafabric.coordinator.v1.SubmitTasksResponse;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.coordinator.v1.WatchTasksRequest;
import io.infrafabric.coordinator.v1.WatchTasksResponse;
import io.infrafabric.kit.store.Change;
import io.infrafabric.kit.time.Times;
import io.infrafabric.testkit.store.MemoryStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The coordinator's services on gRPC, over the store in memory. */
class CoordinatorServiceTest {
  private final MemoryStore memory = new MemoryStore();
  private final CoordinatorFixture fabric = CoordinatorFixture.inMemory(memory);
  private final String fox = fabric.swarm(Samples.standing("fox", "a:b").setMaxConcurrent(100));
  private int requests;

  @AfterEach
  void close() {
    fabric.close();
  }

  private String request() {
    return "r" + ++requests;
  }

  private Claim claim(String task) {
    return claim(task, "fox", fox);
  }

  private Claim claim(String task, String swarm, String session) {
    return fabric.claims.claimTask(ClaimTaskRequest.newBuilder().setRequestId(request()).setTaskId(task).setSwarmId(swarm).setSessionId(session).build()).getClaim();
  }

  private void complete(Claim claim, long cost) {
    fabric.claims.completeTask(
        CompleteTaskRequest.newBuilder()
            .setRequestId(request())
            .setTaskId(claim.getTaskId())
            .setSwarmId(claim.getSwarmId())
            .setFence(claim.getFence())
            .setCostMicros(cost)
            .setResult(ByteString.copyFromUtf8("42"))
            .build());
  }

  private TaskState fail(Claim claim, boolean retryable) {
    return fabric.claims
        .failTask(
            FailTaskRequest.newBuilder()
                .setRequestId(request())
                .setTaskId(claim.getTaskId())
                .setSwarmId(claim.getSwarmId())
                .setFence(claim.getFence())
                .setRetryable(retryable)
                .setReason("no")
                .build())
        .getState();
  }

  private TaskState release(Claim claim) {
    return fabric.claims
        .releaseTask(
            ReleaseTaskRequest.newBuilder().setRequestId(request()).setTaskId(claim.getTaskId()).setSwarmId(claim.getSwarmId()).setFence(claim.getFence()).build())
        .getState();
  }

  private Task cancel(String task) {
    return fabric.tasks.cancelTask(CancelTaskRequest.newBuilder().setRequestId(request()).setTaskId(task).setReason("not needed").build()).getTask();
  }

  private void closeSession() {
    fabric.sessions.closeSession(CloseSessionRequest.newBuilder().setRequestId(request()).setSwarmId("fox").setSessionId(fox).build());
    fabric.caughtUp();
  }

  private TaskState state(String task) {
    return TaskStates.of(fabric.task(task));
  }

  @Test
  void task_isSubmittedClaimedReportedAndCompleted() {
    assertThat(fabric.submit(Samples.spec("t1", "a:b").setMaxCostMicros(1_000)).hasReady()).isTrue();
    Claim claim = claim("t1");
    assertThat(claim.getFence()).isEqualTo(fabric.task("t1").getRevision());
    assertThat(claim.getAttempt()).isEqualTo(1);
    fabric.claims.reportProgress(
        ReportProgressRequest.newBuilder().setRequestId(request()).setTaskId("t1").setSwarmId("fox").setFence(claim.getFence()).setPercent(50).setNote("half").build());
    assertThat(fabric.task("t1").getClaimed().getPercent()).isEqualTo(50);
    assertThat(fabric.task("t1").getClaimed().getFence()).isEqualTo(claim.getFence());
    complete(claim, 400);

    Task task = fabric.tasks.getTask(GetTaskRequest.newBuilder().setTaskId("t1").build()).getTask();
    assertThat(task.getCompleted().getResult().toStringUtf8()).isEqualTo("42");
    assertThat(task.getCompleted().getCostMicros()).isEqualTo(400);
    assertThat(fabric.book("fox").getCommitmentsList())
        .singleElement()
        .satisfies(
            ended -> {
              assertThat(ended.getEnd()).isEqualTo(ClaimEnd.CLAIM_END_COMPLETED);
              assertThat(ended.getCostMicros()).isEqualTo(400);
              assertThat(ended.getEndedNumber()).isEqualTo(1);
              assertThat(ended.getFence()).isEqualTo(claim.getFence());
            });
  }

  @Test
  void cost_isNeverMoreThanTheCap() {
    fabric.submit(Samples.spec("t1").setMaxCostMicros(1_000));
    Claim claim = claim("t1");
    assertRefused(ErrorCode.ERROR_CODE_COST_OVER_CAP, () -> complete(claim, 1_001));
    assertRefused(ErrorCode.ERROR_CODE_INVALID_MONEY, () -> complete(claim, -1));
    complete(claim, 1_000);
  }

  @Test
  void claim_isRefusedWhenHeldByAnother() {
    String owl = fabric.swarm(Samples.standing("owl"));
    fabric.submit(Samples.spec("t1"));
    claim("t1");
    assertRefused(ErrorCode.ERROR_CODE_ALREADY_CLAIMED, () -> claim("t1", "owl", owl));
    assertThat(fabric.book("owl").getCommitmentsList()).isEmpty();
  }

  @Test
  void claim_isRefusedWithTheSecretOfAnother() {
    String owl = fabric.swarm(Samples.standing("owl"));
    fabric.submit(Samples.spec("t1"));
    assertRefused(ErrorCode.ERROR_CODE_SESSION_NOT_FOUND, () -> claim("t1", "fox", owl));
    assertRefused(ErrorCode.ERROR_CODE_SWARM_NOT_FOUND, () -> claim("t1", "nobody", owl));
    assertRefused(ErrorCode.ERROR_CODE_TASK_NOT_FOUND, () -> claim("t9"));
    assertRefused(ErrorCode.ERROR_CODE_INVALID_ID, () -> claim("t.9"));
  }

  @Test
  void claim_isAdmittedByTheStandingOfNow() {
    fabric.submit(Samples.spec("t1", "a:b").setMaxCostMicros(5));
    fabric.standing(Samples.standing("fox", "a:b").setCreditMicros(4).build());
    assertRefused(ErrorCode.ERROR_CODE_BUDGET_EXCEEDED, () -> claim("t1"));
    fabric.standing(Samples.standing("fox", "a:b").setCreditMicros(5).build());
    claim("t1");
  }

  @Test
  void sameRequestForAnotherTask_isRefused() {
    fabric.submit(Samples.spec("t1"));
    fabric.submit(Samples.spec("t2"));
    ClaimTaskRequest one = ClaimTaskRequest.newBuilder().setRequestId("same").setTaskId("t1").setSwarmId("fox").setSessionId(fox).build();
    fabric.claims.claimTask(one);
    assertRefused(ErrorCode.ERROR_CODE_REQUEST_ID_REUSED, () -> fabric.claims.claimTask(one.toBuilder().setTaskId("t2").build()));
  }

  @Test
  void claimNext_takesTheFirstThatTheSwarmMayHave() {
    fabric.submit(Samples.spec("other", "x:y"));
    fabric.submit(Samples.spec("dear").setMaxCostMicros(10_000_001));
    fabric.advance(Duration.ofSeconds(1));
    fabric.submit(Samples.spec("t2", "a:b"));
    fabric.advance(Duration.ofSeconds(1));
    fabric.submit(Samples.spec("t3", "a:b"));
    ClaimNextRequest.Builder next = ClaimNextRequest.newBuilder().setSwarmId("fox").setSessionId(fox);
    assertThat(fabric.claims.claimNext(next.setRequestId("n1").build()).getClaim().getTaskId()).isEqualTo("t2");
    assertThat(fabric.claims.claimNext(next.setRequestId("n2").build()).getClaim().getTaskId()).isEqualTo("t3");
    assertRefused(ErrorCode.ERROR_CODE_NO_TASK_READY, () -> fabric.claims.claimNext(next.setRequestId("n3").build()));
    assertThat(fabric.claims.claimNext(next.setRequestId("n1").build()).getClaim().getTaskId()).as("the retry").isEqualTo("t2");
  }

  @Test
  void claimNext_findsWhatStandsBehindThousandsThatNobodyCanDo() {
    for (int batch = 0; batch < 3; batch++) {
      SubmitTasksRequest.Builder many = SubmitTasksRequest.newBuilder().setRequestId("many" + batch);
      for (int i = 0; i < 1_000; i++) {
        many.addSpecs(Samples.spec("dead-" + batch + "-" + i, "x:y"));
      }
      fabric.tasks.submitTasks(many.build());
    }
    fabric.advance(Duration.ofSeconds(5));
    fabric.submit(Samples.spec("t1", "a:b"));
    ClaimNextRequest next = ClaimNextRequest.newBuilder().setRequestId("n").setSwarmId("fox").setSessionId(fox).build();
    assertThat(fabric.claims.claimNext(next).getClaim().getTaskId()).isEqualTo("t1");
  }

  @Test
  void claimNext_saysWhatHoldsTheSwarmBack() {
    fabric.standing(Samples.standing("fox", "a:b").setMaxConcurrent(1).build());
    fabric.submit(Samples.spec("t1"));
    fabric.submit(Samples.spec("t2"));
    claim("t1");
    ClaimNextRequest next = ClaimNextRequest.newBuilder().setRequestId("n").setSwarmId("fox").setSessionId(fox).build();
    assertRefused(ErrorCode.ERROR_CODE_AT_CAPACITY, () -> fabric.claims.claimNext(next));
    assertRefused(ErrorCode.ERROR_CODE_SESSION_NOT_FOUND, () -> fabric.claims.claimNext(next.toBuilder().setSessionId("old").build()));
    assertRefused(ErrorCode.ERROR_CODE_SWARM_NOT_FOUND, () -> fabric.claims.claimNext(next.toBuilder().setSwarmId("nobody").build()));
  }

  @Test
  void claimNext_ofMany_givesEachTaskOnce() {
    int tasks = 60;
    SubmitTasksRequest.Builder many = SubmitTasksRequest.newBuilder().setRequestId("many");
    IntStream.range(0, tasks).forEach(i -> many.addSpecs(Samples.spec("t" + i)));
    fabric.tasks.submitTasks(many.build());
    Set<String> taken =
        IntStream.range(0, tasks)
            .parallel()
            .mapToObj(i -> fabric.claims.claimNext(ClaimNextRequest.newBuilder().setRequestId("n" + i).setSwarmId("fox").setSessionId(fox).build()))
            .map(response -> response.getClaim().getTaskId())
            .collect(Collectors.toSet());
    assertThat(taken).hasSize(tasks);
    assertThat(fabric.book("fox").getCommitmentsCount()).isEqualTo(tasks);
  }

  @Test
  void claim_isLostWithItsSession_andTheLateReportIsRefused() {
    fabric.submit(Samples.spec("t1").setMaxCostMicros(5));
    Claim claim = claim("t1");
    fabric.advance(Duration.ofSeconds(11));
    fabric.settle();
    assertThat(state("t1")).isEqualTo(TaskState.TASK_STATE_READY);
    assertThat(fabric.task("t1").getAttempts(0).getEnd()).isEqualTo(ClaimEnd.CLAIM_END_LOST);
    assertThat(fabric.book("fox").getCommitmentsList()).as("the promise is free again").isEmpty();
    assertRefused(ErrorCode.ERROR_CODE_STALE_FENCE, () -> complete(claim, 1));
    assertRefused(ErrorCode.ERROR_CODE_SESSION_NOT_FOUND, () -> claim("t1"));
  }

  @Test
  void session_livesAsLongAsItIsRenewed() {
    fabric.submit(Samples.spec("t1"));
    claim("t1");
    KeepAliveRequest sign = KeepAliveRequest.newBuilder().setSwarmId("fox").setSessionId(fox).build();
    for (int i = 0; i < 4; i++) {
      fabric.advance(Duration.ofSeconds(6));
      assertThat(fabric.sessions.keepAlive(sign).getTtl().getSeconds()).isEqualTo(10);
    }
    fabric.settle();
    assertThat(state("t1")).isEqualTo(TaskState.TASK_STATE_CLAIMED);
    fabric.advance(Duration.ofSeconds(11));
    assertRefused(ErrorCode.ERROR_CODE_SESSION_NOT_FOUND, () -> fabric.sessions.keepAlive(sign));
  }

  @Test
  void session_isOnlyOneAndIsReplacedWhenAsked_withTheLossOfItsClaims() {
    fabric.submit(Samples.spec("t1"));
    Claim claim = claim("t1");
    OpenSessionRequest second = OpenSessionRequest.newBuilder().setRequestId(request()).setSwarmId("fox").build();
    assertRefused(ErrorCode.ERROR_CODE_SESSION_EXISTS, () -> fabric.sessions.openSession(second));
    String fresh = fabric.sessions.openSession(second.toBuilder().setReplace(true).build()).getSessionId();
    fabric.settle();
    assertThat(state("t1")).isEqualTo(TaskState.TASK_STATE_READY);
    assertRefused(ErrorCode.ERROR_CODE_STALE_FENCE, () -> complete(claim, 0));
    assertRefused(ErrorCode.ERROR_CODE_SESSION_NOT_FOUND, () -> claim("t1", "fox", fox));
    claim("t1", "fox", fresh);
    fabric.advance(Duration.ofSeconds(9));
    fabric.sessions.keepAlive(KeepAliveRequest.newBuilder().setSwarmId("fox").setSessionId(fresh).build());
    assertRefused(ErrorCode.ERROR_CODE_SESSION_NOT_FOUND, () -> fabric.sessions.keepAlive(KeepAliveRequest.newBuilder().setSwarmId("fox").setSessionId(fox).build()));
  }

  @Test
  void lateDuplicateOfAnOpen_takesNoNewerSessionOver() {
    OpenSessionRequest first = OpenSessionRequest.newBuilder().setRequestId("o-1").setSwarmId("fox").setReplace(true).build();
    String taken = fabric.sessions.openSession(first).getSessionId();
    assertThat(fabric.sessions.openSession(first).getSessionId()).as("a retry is told what it did").isEqualTo(taken);
    fabric.sessions.closeSession(CloseSessionRequest.newBuilder().setRequestId(request()).setSwarmId("fox").setSessionId(taken).build());
    String newer = fabric.sessions.openSession(first.toBuilder().setRequestId("o-2").build()).getSessionId();
    assertRefused(ErrorCode.ERROR_CODE_SESSION_EXISTS, () -> fabric.sessions.openSession(first));
    String newest = fabric.sessions.openSession(first.toBuilder().setRequestId("o-3").build()).getSessionId();
    assertThat(newest).isNotEqualTo(newer);
    assertRefused(ErrorCode.ERROR_CODE_SESSION_EXISTS, () -> fabric.sessions.openSession(first.toBuilder().setRequestId("o-2").build()));
    fabric.sessions.keepAlive(KeepAliveRequest.newBuilder().setSwarmId("fox").setSessionId(newest).build());
  }

  @Test
  void session_isRefusedToSwarmsThatAreNotRegistered_andForOddTimes() {
    OpenSessionRequest open = OpenSessionRequest.newBuilder().setRequestId("r").setSwarmId("nobody").build();
    assertRefused(ErrorCode.ERROR_CODE_SWARM_NOT_FOUND, () -> fabric.sessions.openSession(open));
    for (com.google.protobuf.Duration ttl : List.of(com.google.protobuf.Duration.newBuilder().setSeconds(1).build(), com.google.protobuf.Duration.newBuilder().setSeconds(301).build(), com.google.protobuf.Duration.newBuilder().setSeconds(Long.MAX_VALUE).setNanos(-1).build())) {
      assertRefused(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, () -> fabric.sessions.openSession(open.toBuilder().setTtl(ttl).build()));
    }
  }

  @Test
  void sessions_areListedWithoutTheirSecrets() {
    fabric.swarm(Samples.standing("owl"));
    var page = fabric.sessions.listSessions(ListSessionsRequest.newBuilder().setPageSize(1).build());
    assertThat(page.getSessionsList()).extracting(session -> session.getSwarmId()).containsExactly("fox");
    var rest = fabric.sessions.listSessions(ListSessionsRequest.newBuilder().setPageToken(page.getNextPageToken()).build());
    assertThat(rest.getSessionsList()).extracting(session -> session.getSwarmId()).containsExactly("owl");
    assertThat(rest.getNextPageToken()).isEmpty();
    assertThat(page.toString()).doesNotContain(fox);
  }

  @Test
  void session_isClosedAtAnotherCoordinatorThanTheOneThatOpenedIt() {
    try (CoordinatorFixture other = CoordinatorFixture.inMemory(memory)) {
      other.sessions.closeSession(CloseSessionRequest.newBuilder().setRequestId("r").setSwarmId("fox").setSessionId(fox).build());
    }
    assertThat(memory.entries(KEYS.sessions())).isEmpty();
  }

  @Test
  void dependent_isReadyOnceAllItsDependenciesAreCompleted() {
    fabric.tasks.submitTasks(
        SubmitTasksRequest.newBuilder()
            .setRequestId("plan")
            .addSpecs(Samples.spec("c").addDependsOn("a").addDependsOn("b"))
            .addSpecs(Samples.spec("a"))
            .addSpecs(Samples.spec("b"))
            .build());
    assertThat(fabric.task("c").getWaiting().getOpenDependenciesList()).containsExactly("a", "b");
    assertRefused(ErrorCode.ERROR_CODE_TASK_NOT_READY, () -> claim("c"));
    complete(claim("a"), 0);
    fabric.settle();
    assertThat(state("c")).isEqualTo(TaskState.TASK_STATE_WAITING);
    complete(claim("b"), 0);
    fabric.settle();
    assertThat(state("c")).isEqualTo(TaskState.TASK_STATE_READY);
  }

  @Test
  void longChain_isSubmittedAtOnce() {
    SubmitTasksRequest.Builder chain = SubmitTasksRequest.newBuilder().setRequestId("chain").addSpecs(Samples.spec("t0"));
    IntStream.range(1, 1_000).forEach(i -> chain.addSpecs(Samples.spec("t" + i).addDependsOn("t" + (i - 1))));
    SubmitTasksResponse response = fabric.tasks.submitTasks(chain.build());
    assertThat(response.getTasksList()).allMatch(task -> task.getCreated()).hasSize(1_000);
    assertThat(response.getTasks(999).getState()).isEqualTo(TaskState.TASK_STATE_WAITING);
  }

  @Test
  void taskWithTheMostDependencies_isSubmitted_andIsRefusedWithoutThem() {
    TaskSpec.Builder all = Samples.spec("all");
    IntStream.range(0, 256).forEach(i -> all.addDependsOn("d" + i));
    assertRefused(ErrorCode.ERROR_CODE_TASK_NOT_FOUND, () -> fabric.submit(all));
    SubmitTasksRequest.Builder many = SubmitTasksRequest.newBuilder().setRequestId("many").addSpecs(all);
    assertRefused(ErrorCode.ERROR_CODE_TASK_NOT_FOUND, () -> fabric.tasks.submitTasks(many.build()));
    IntStream.range(0, 256).forEach(i -> many.addSpecs(Samples.spec("d" + i)));
    assertThat(fabric.tasks.submitTasks(many.build()).getTasksCount()).isEqualTo(257);
  }

  @Test
  void submit_isRefusedWithOtherContent_andAnsweredWithTheSame() {
    Task task = fabric.submit(Samples.spec("t1"));
    SubmitTaskRequest again = SubmitTaskRequest.newBuilder().setRequestId("other").setSpec(Samples.spec("t1")).build();
    assertThat(fabric.tasks.submitTask(again).getCreated()).isFalse();
    assertThat(fabric.tasks.submitTask(again).getTask()).isEqualTo(task);
    SubmitTaskRequest changed = SubmitTaskRequest.newBuilder().setRequestId("other").setSpec(Samples.spec("t1").setMaxCostMicros(1)).build();
    assertRefused(ErrorCode.ERROR_CODE_ALREADY_EXISTS, () -> fabric.tasks.submitTask(changed));
    SubmitTasksRequest among = SubmitTasksRequest.newBuilder().setRequestId("m").addSpecs(Samples.spec("t0")).addSpecs(changed.getSpec()).build();
    assertRefused(ErrorCode.ERROR_CODE_ALREADY_EXISTS, () -> fabric.tasks.submitTasks(among));
    assertRefused(ErrorCode.ERROR_CODE_TASK_NOT_FOUND, () -> fabric.tasks.getTask(GetTaskRequest.newBuilder().setTaskId("t0").build()));
  }

  @Test
  void mutation_needsARequestId() {
    assertRefused(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, () -> fabric.tasks.submitTask(SubmitTaskRequest.getDefaultInstance()));
    assertRefused(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, () -> fabric.tasks.submitTasks(SubmitTasksRequest.getDefaultInstance()));
    assertRefused(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, () -> fabric.claims.claimTask(ClaimTaskRequest.newBuilder().setTaskId("t").setSwarmId("s").build()));
    assertRefused(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, () -> fabric.sessions.openSession(OpenSessionRequest.newBuilder().setSwarmId("s").build()));
    assertRefused(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, () -> fabric.tasks.cancelTask(CancelTaskRequest.newBuilder().setTaskId("t").build()));
  }

  @Test
  void cancelledClaim_freesThePromise_andItsHolderIsRefused() {
    fabric.submit(Samples.spec("t1").setMaxCostMicros(5));
    Claim claim = claim("t1");
    assertThat(cancel("t1").getCancelled().getReason()).isEqualTo("not needed");
    assertThat(fabric.book("fox").getCommitmentsList()).isEmpty();
    assertRefused(ErrorCode.ERROR_CODE_STALE_FENCE, () -> complete(claim, 1));
    assertRefused(ErrorCode.ERROR_CODE_TASK_ENDED, () -> claim("t1"));
    assertThat(cancel("t1").hasCancelled()).as("it is so already").isTrue();
    fabric.submit(Samples.spec("t2"));
    complete(claim("t2"), 0);
    assertRefused(ErrorCode.ERROR_CODE_TASK_ENDED, () -> cancel("t2"));
    assertRefused(ErrorCode.ERROR_CODE_TASK_NOT_FOUND, () -> cancel("t3"));
  }

  @Test
  void bookedClaims_areDroppedFromTheBookOfASwarmThatRests() {
    fabric.submit(Samples.spec("t1").setMaxCostMicros(5));
    Claim claim = claim("t1");
    complete(claim, 5);
    fabric.standing(Samples.standing("fox", "a:b").addSettledClaimIds(claim.getClaimId()).build());
    fabric.caughtUp();
    fabric.settle();
    assertThat(fabric.book("fox").getCommitmentsList()).isEmpty();
    assertThat(fabric.book("fox").getEndedCount()).isEqualTo(1);
  }

  @Test
  void tasks_areListedByPage_state_andLabel() {
    IntStream.range(0, 25).forEach(i -> fabric.submit(Samples.spec("t" + i).putLabels("even", "" + (i % 2 == 0)).setPayload(ByteString.copyFromUtf8("big"))));
    claim("t3");
    List<String> seen = new ArrayList<>();
    ListTasksRequest.Builder request = ListTasksRequest.newBuilder().setPageSize(10);
    ListTasksResponse page;
    do {
      page = fabric.tasks.listTasks(request.build());
      page.getTasksList().forEach(task -> seen.add(task.getSpec().getTaskId()));
      assertThat(page.getTasksList()).allMatch(task -> task.getSpec().getPayload().isEmpty());
      request.setPageToken(page.getNextPageToken());
    } while (!page.getNextPageToken().isEmpty());
    assertThat(seen).hasSize(25).doesNotHaveDuplicates();
    assertThat(fabric.tasks.listTasks(ListTasksRequest.newBuilder().putLabels("even", "true").build()).getTasksCount()).isEqualTo(13);
    assertThat(fabric.tasks.listTasks(ListTasksRequest.newBuilder().addStates(TaskState.TASK_STATE_CLAIMED).build()).getTasksList())
        .extracting(task -> task.getSpec().getTaskId())
        .containsExactly("t3");
  }

  @Test
  void watch_tellsWhatIsThere_andThenEveryChangeInOrder() {
    fabric.submit(Samples.spec("t1"));
    List<WatchTasksResponse> told = new CopyOnWriteArrayList<>();
    fabric.taskStreams.watchTasks(
        WatchTasksRequest.newBuilder().addTaskIds("t1").addTaskIds("t2").build(),
        new StreamObserver<>() {
          @Override
          public void onNext(WatchTasksResponse response) {
            told.add(response);
          }

          @Override
          public void onError(Throwable failure) {}

          @Override
          public void onCompleted() {}
        });
    Awaitility.await().until(() -> told.size() == 1);
    fabric.submit(Samples.spec("t3"));
    fabric.submit(Samples.spec("t2"));
    complete(claim("t1"), 0);
    Awaitility.await().until(() -> told.size() == 4);
    assertThat(told)
        .extracting(response -> response.getTask().getSpec().getTaskId() + " " + response.getEvent().name().substring(16))
        .containsExactly("t1 SUBMITTED", "t2 SUBMITTED", "t1 CLAIMED", "t1 COMPLETED");
    assertThat(told).extracting(response -> response.getTask().getRevision()).isSorted();
  }

  /** Every arrow of the table is gone by somebody, and none that is not in it. */
  @Test
  void everyArrowOfTheTable_isExercised_byItsActor() {
    var backOff = Times.toProto(Duration.ofSeconds(1));
    for (String task : List.of("completes", "fails", "retries", "releases", "cancelled-claimed", "lost", "cancelled-ready")) {
      fabric.submit(Samples.spec(task));
    }
    fabric.submit(Samples.spec("retries-later").setRetryBackoff(backOff));
    fabric.submit(Samples.spec("lost-later").setRetryBackoff(backOff));
    fabric.submit(Samples.spec("last-failure").setMaxAttempts(1));
    fabric.submit(Samples.spec("last-loss").setMaxAttempts(1));
    fabric.submit(Samples.spec("dependent").addDependsOn("completes"));
    fabric.submit(Samples.spec("timed").setNotBefore(Times.toProto(fabric.now().plusSeconds(5))));
    fabric.submit(Samples.spec("parked"));
    fabric.submit(Samples.spec("goes-on"));

    Claim completes = claim("completes");
    fabric.claims.reportProgress(
        ReportProgressRequest.newBuilder().setRequestId(request()).setTaskId("completes").setSwarmId("fox").setFence(completes.getFence()).setPercent(1).build());
    complete(completes, 0);
    assertThat(fail(claim("fails"), false)).isEqualTo(TaskState.TASK_STATE_FAILED);
    assertThat(fail(claim("retries"), true)).isEqualTo(TaskState.TASK_STATE_READY);
    assertThat(fail(claim("retries-later"), true)).isEqualTo(TaskState.TASK_STATE_WAITING);
    assertThat(fail(claim("last-failure"), true)).isEqualTo(TaskState.TASK_STATE_QUARANTINED);
    assertThat(release(claim("releases"))).isEqualTo(TaskState.TASK_STATE_READY);
    claim("cancelled-claimed");
    Claim parked = claim("parked");
    Blocker first = raise(parked);
    raise(parked);
    resolve(first);
    resolve(raise(claim("goes-on")));
    List.of("cancelled-claimed", "cancelled-ready", "timed", "parked").forEach(this::cancel);
    meetDeadlinesAndOperators();
    List.of("lost", "lost-later", "last-loss").forEach(this::claim);
    closeSession();
    fabric.settle();

    assertThat(gone())
        .as("all but those of twins, see StragglerServiceTest")
        .containsExactlyInAnyOrderElementsOf(TaskStates.TABLE.stream().filter(arrow -> arrow.actor() != Actor.TWINS).map(arrow -> new Gone(arrow.from(), arrow.to(), arrow.actor())).toList());
  }

  private Blocker raise(Claim claim) {
    return fabric.claims
        .raiseBlocker(
            RaiseBlockerRequest.newBuilder()
                .setRequestId(request())
                .setTaskId(claim.getTaskId())
                .setSwarmId(claim.getSwarmId())
                .setFence(claim.getFence())
                .setType("weather")
                .build())
        .getBlocker();
  }

  private void resolve(Blocker blocker) {
    fabric.claims.resolveBlocker(
        ResolveBlockerRequest.newBuilder()
            .setRequestId(request())
            .setTaskId(blocker.getTaskId())
            .setBlockerId(blocker.getBlockerId())
            .setPrincipal("ada")
            .build());
  }

  private void meetDeadlinesAndOperators() {
    var soon = Times.toProto(fabric.now().plusSeconds(3));
    fabric.submit(Samples.spec("late-ready").setDeadline(soon));
    fabric.submit(Samples.spec("late-waiting").setDeadline(soon).addDependsOn("late-ready"));
    fabric.submit(Samples.spec("late-claimed").setDeadline(soon));
    claim("late-claimed");
    fabric.submit(Samples.spec("late-parked").setDeadline(soon));
    raise(claim("late-parked"));
    fabric.submit(Samples.spec("pushed"));
    fabric.tasks.offerTask(OfferTaskRequest.newBuilder().setRequestId(request()).setTaskId("pushed").setSwarmId("fox").build());
    fabric.standing(Samples.standing("owl").build());
    String owl = fabric.open("owl");
    fabric.submit(Samples.spec("freed"));
    fabric.tasks.offerTask(OfferTaskRequest.newBuilder().setRequestId(request()).setTaskId("freed").setSwarmId("owl").build());
    fabric.sessions.closeSession(CloseSessionRequest.newBuilder().setRequestId("close").setSwarmId("owl").setSessionId(owl).build());
    fabric.settle();
    fabric.submit(Samples.spec("gated").setNeedsApproval(true));
    fabric.tasks.approveTask(ApproveTaskRequest.newBuilder().setRequestId(request()).setTaskId("gated").setPrincipal("ada").build());
    fabric.tasks.requeueTask(RequeueTaskRequest.newBuilder().setRequestId(request()).addTaskIds("last-failure").setPrincipal("ada").build());
    fabric.advance(Duration.ofSeconds(3));
    fabric.settle();
  }

  private record Gone(TaskState from, TaskState to, Actor actor) {}

  /** The arrows that the history of the store shows. */
  private Set<Gone> gone() {
    Map<String, Task> before = new HashMap<>();
    Set<Gone> gone = new HashSet<>();
    for (Change change : memory.changes(KEYS.tasks())) {
      StoredTask stored = StoredTask.of(((Change.Written) change).entry());
      Task was = before.put(change.key(), stored.task());
      if (stored.last().getEvent() != TaskEventType.TASK_EVENT_TYPE_UNSPECIFIED) {
        gone.add(new Gone(was == null ? TaskState.TASK_STATE_UNSPECIFIED : TaskStates.of(was), TaskStates.of(stored.task()), actor(stored)));
      }
    }
    return gone;
  }

  private static Actor actor(StoredTask stored) {
    return switch (stored.last().getEvent()) {
      case TASK_EVENT_TYPE_SUBMITTED -> Actor.SUBMITTER;
      case TASK_EVENT_TYPE_CANCELLED -> stored.last().getRequestId().isEmpty() ? Actor.EXPIRY : Actor.SUBMITTER;
      case TASK_EVENT_TYPE_REQUEUED, TASK_EVENT_TYPE_APPROVED, TASK_EVENT_TYPE_OFFERED, TASK_EVENT_TYPE_REASSIGNED -> Actor.OPERATOR;
      case TASK_EVENT_TYPE_READY -> Actor.READINESS;
      case TASK_EVENT_TYPE_LOST, TASK_EVENT_TYPE_STALLED, TASK_EVENT_TYPE_FREED -> Actor.EXPIRY;
      case TASK_EVENT_TYPE_QUARANTINED ->
          stored.task().getAttempts(stored.task().getAttemptsCount() - 1).getEnd() == ClaimEnd.CLAIM_END_LOST ? Actor.EXPIRY : Actor.HOLDER;
      case TASK_EVENT_TYPE_CLAIMED, TASK_EVENT_TYPE_PROGRESSED, TASK_EVENT_TYPE_COMPLETED, TASK_EVENT_TYPE_FAILED, TASK_EVENT_TYPE_RELEASED, TASK_EVENT_TYPE_RETRIED ->
          Actor.HOLDER;
      case TASK_EVENT_TYPE_PARKED -> stored.task().getParked().getBlockerIdsCount() == 1 && stored.last().getReason().contains("of type") ? Actor.HOLDER : Actor.BLOCKERS;
      case TASK_EVENT_TYPE_INHERITED -> stored.task().hasParked() ? Actor.BLOCKERS : Actor.HOLDER;
      case TASK_EVENT_TYPE_RESUMED -> Actor.BLOCKERS;
      case TASK_EVENT_TYPE_TWINNED -> Actor.TWINS;
      case TASK_EVENT_TYPE_UNSPECIFIED, UNRECOGNIZED -> throw new AssertionError(stored);
    };
  }
}
