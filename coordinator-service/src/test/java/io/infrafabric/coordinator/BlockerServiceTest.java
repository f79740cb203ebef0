package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.CoordinatorFixture.KEYS;
import static io.infrafabric.coordinator.CoordinatorFixture.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.StatusRuntimeException;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.blocker.BlockerFacts;
import io.infrafabric.coordinator.blocker.HelpSettings;
import io.infrafabric.coordinator.commitment.CommitmentRules;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.BlockerState;
import io.infrafabric.coordinator.v1.CancelTaskRequest;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.CloseSessionRequest;
import io.infrafabric.coordinator.v1.Commitment;
import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.coordinator.v1.ExplainTaskRequest;
import io.infrafabric.coordinator.v1.ExplainTaskResponse;
import io.infrafabric.coordinator.v1.FailTaskRequest;
import io.infrafabric.coordinator.v1.KeepAliveRequest;
import io.infrafabric.coordinator.v1.ListBlockersRequest;
import io.infrafabric.coordinator.v1.ListBlockersResponse;
import io.infrafabric.coordinator.v1.Obstacle;
import io.infrafabric.coordinator.v1.ObstacleType;
import io.infrafabric.coordinator.v1.OpenSessionRequest;
import io.infrafabric.coordinator.v1.Parked;
import io.infrafabric.coordinator.v1.RaiseBlockerRequest;
import io.infrafabric.coordinator.v1.ReportProgressRequest;
import io.infrafabric.coordinator.v1.RequeueTaskRequest;
import io.infrafabric.coordinator.v1.ResolveBlockerRequest;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.kit.grpc.Errors;
import io.infrafabric.kit.relay.OutboundMessage;
import io.infrafabric.names.SwarmId;
import io.infrafabric.testkit.store.MemoryStore;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Blockers on gRPC, over the store in memory; the governor's ranking is the test's. */
class BlockerServiceTest {
  private final MemoryStore memory = new MemoryStore();
  private final CoordinatorFixture fabric = CoordinatorFixture.inMemory(memory);
  private final String fox = fabric.swarm(Samples.standing("fox"));
  private final String owl = fabric.swarm(Samples.standing("owl", "help:build"));
  private int requests;

  @AfterEach
  void close() {
    fabric.close();
  }

  private Claim claim(String task, String swarm, String session) {
    return fabric.claims
        .claimTask(ClaimTaskRequest.newBuilder().setRequestId("r" + ++requests).setTaskId(task).setSwarmId(swarm).setSessionId(session).build())
        .getClaim();
  }

  private Claim held(String task, long cap) {
    fabric.submit(Samples.spec(task).setMaxCostMicros(cap));
    return claim(task, "fox", fox);
  }

  private RaiseBlockerRequest.Builder raise(Claim claim) {
    return RaiseBlockerRequest.newBuilder()
        .setRequestId("r" + ++requests)
        .setTaskId(claim.getTaskId())
        .setSwarmId(claim.getSwarmId())
        .setFence(claim.getFence())
        .setType("weather")
        .setDescription("it rains");
  }

  private Blocker raised(RaiseBlockerRequest.Builder request) {
    return fabric.claims.raiseBlocker(request.build()).getBlocker();
  }

  private Blocker resolved(Blocker blocker) {
    return fabric.claims
        .resolveBlocker(
            ResolveBlockerRequest.newBuilder()
                .setRequestId("r" + ++requests)
                .setTaskId(blocker.getTaskId())
                .setBlockerId(blocker.getBlockerId())
                .setPrincipal("ada@example.org")
                .setResolution("took an umbrella")
                .build())
        .getBlocker();
  }

  private Blocker blocker(Blocker of) {
    return list(ListBlockersRequest.newBuilder().setTaskId(of.getTaskId())).getBlockersList().stream()
        .filter(found -> found.getBlockerId().equals(of.getBlockerId()))
        .findFirst()
        .orElseThrow();
  }

  private ListBlockersResponse list(ListBlockersRequest.Builder request) {
    fabric.settle();
    return fabric.claims.listBlockers(request.build());
  }

  private void complete(Claim claim, long cost) {
    fabric.claims.completeTask(
        CompleteTaskRequest.newBuilder()
            .setRequestId("r" + ++requests)
            .setTaskId(claim.getTaskId())
            .setSwarmId(claim.getSwarmId())
            .setFence(claim.getFence())
            .setCostMicros(cost)
            .build());
  }

  @Test
  void blockedTask_isParkedWithItsClaim_helped_paidFromItsCap_andGoesOn() {
    fabric.standing(Samples.standing("owl", "help:build").setCreditMicros(0).build());
    fabric.ranking.put("help:build", List.of(new SwarmId("fox"), new SwarmId("owl")));
    Claim claim = held("t1", 1_000);
    Blocker blocker = raised(raise(claim).addNeeds("help:build"));
    assertThat(blocker.getState()).isEqualTo(BlockerState.BLOCKER_STATE_OPEN);
    Parked parked = fabric.task("t1").getParked();
    assertThat(parked.getClaim().getFence()).isEqualTo(claim.getFence());
    assertRefused(ErrorCode.ERROR_CODE_TASK_NOT_READY, () -> complete(claim, 0));

    Blocker helped = blocker(blocker);
    assertThat(helped.getState()).isEqualTo(BlockerState.BLOCKER_STATE_WAITING);
    String help = helped.getHelpTaskIds(0);
    assertThat(fabric.task(help).getSpec().getExcludeSwarmIdsList()).containsExactly("fox");
    assertThat(fabric.task(help).getSpec().getMaxCostMicros()).as("half of the cap, for two attempts").isEqualTo(250);
    assertThat(fabric.task("t1").getParked().getWaits(0).getReservedMicros()).isEqualTo(500);
    assertThat(fabric.task(help).getTrace().getTraceparent()).startsWith(fabric.task("t1").getTrace().getTraceparent());

    assertRefused(ErrorCode.ERROR_CODE_PERMISSION_DENIED, () -> claim(help, "fox", fox));
    complete(claim(help, "owl", owl), 200);
    fabric.settle();
    assertThat(CommitmentRules.totalMicros(fabric.book("owl"))).as("who helps pays nothing").isZero();
    assertThat(fabric.book("fox").getCommitmentsList()).extracting(Commitment::getMaxCostMicros).as("its own and what the help has cost").containsExactly(800L, 200L);

    Task resumed = fabric.task("t1");
    assertThat(resumed.getClaimed().getFence()).isEqualTo(claim.getFence());
    assertThat(resumed.getClaimed().getHelpMicros()).isEqualTo(200);
    assertThat(resumed.getClaimed().getProgressAt().getSeconds()).as("its clocks begin anew").isEqualTo(fabric.now().getEpochSecond());
    assertThat(blocker(blocker).getResolvedBy()).isEqualTo("fabric");
    assertRefused(ErrorCode.ERROR_CODE_COST_OVER_CAP, () -> complete(claim, 801));
    complete(claim, 800);
    assertThat(fabric.task("t1").hasCompleted()).isTrue();
    assertThat(CommitmentRules.totalMicros(fabric.book("fox"))).isEqualTo(1_000);
  }

  @Test
  void helpThatIsHelpedItself_isPaidByTheFirst_withinItsCap() {
    String elk = fabric.swarm(Samples.standing("elk", "help:dig").setCreditMicros(0));
    fabric.standing(Samples.standing("owl", "help:build").setCreditMicros(0).build());
    fabric.ranking.put("help:build", List.of(new SwarmId("owl")));
    fabric.ranking.put("help:dig", List.of(new SwarmId("elk")));
    Claim claim = held("t1", 1_000);
    Claim helping = claim(blocker(raised(raise(claim).addNeeds("help:build"))).getHelpTaskIds(0), "owl", owl);
    assertThat(helping.getSpec().getMaxCostMicros()).isEqualTo(250);
    Claim deeper = claim(blocker(raised(raise(helping).addNeeds("help:dig"))).getHelpTaskIds(0), "elk", elk);
    assertThat(deeper.getSpec().getMaxCostMicros()).isEqualTo(62);
    assertThat(deeper.getSpec().getPaidBySwarmId()).isEqualTo("fox");
    complete(deeper, 62);
    fabric.settle();
    assertRefused(ErrorCode.ERROR_CODE_COST_OVER_CAP, () -> complete(helping, 189));
    complete(helping, 188);
    fabric.settle();
    assertThat(fabric.task("t1").getClaimed().getHelpMicros()).isEqualTo(250);
    assertRefused(ErrorCode.ERROR_CODE_COST_OVER_CAP, () -> complete(claim, 751));
    complete(claim, 750);
    assertThat(fabric.book("fox").getCommitmentsList()).extracting(Commitment::getCostMicros).containsExactlyInAnyOrder(62L, 188L, 750L);
    assertThat(CommitmentRules.totalMicros(fabric.book("owl")) + CommitmentRules.totalMicros(fabric.book("elk"))).isZero();
  }

  @Test
  void helpThatIsUsedUp_isNotRequeued_andItsMoneyIsBack() {
    fabric.ranking.put("help:build", List.of(new SwarmId("owl")));
    Blocker blocker = raised(raise(held("t1", 1_000)).addNeeds("help:build"));
    String help = blocker(blocker).getHelpTaskIds(0);
    for (int i = 0; i < 2; i++) {
      Claim claim = claim(help, "owl", owl);
      fabric.claims.failTask(
          FailTaskRequest.newBuilder().setRequestId("f" + i).setTaskId(help).setSwarmId("owl").setFence(claim.getFence()).setRetryable(true).setCostMicros(10).build());
    }
    assertThat(fabric.task(help).hasQuarantined()).isTrue();
    assertThat(fabric.book("fox").getCommitmentsList()).extracting(Commitment::getMaxCostMicros).containsExactly(980L, 10L, 10L);
    var requeue = RequeueTaskRequest.newBuilder().setRequestId("again").setPrincipal("ada@example.org");
    assertRefused(ErrorCode.ERROR_CODE_TASK_ENDED, () -> fabric.tasks.requeueTask(requeue.clone().addTaskIds(help).build()));
    assertThat(fabric.tasks.requeueTask(requeue.clone().setAll(true).setDryRun(true).build()).getTaskIdsList()).isEmpty();
    resolved(blocker);
    assertThat(fabric.task("t1").getClaimed().getHelpMicros()).isEqualTo(20);
  }

  @Test
  void cancelledHelp_givesItsMoneyBack_heldOrNot() {
    fabric.ranking.put("help:build", List.of(new SwarmId("owl")));
    for (String task : List.of("held", "unheld")) {
      Blocker blocker = raised(raise(held(task, 1_000)).addNeeds("help:build"));
      String help = blocker(blocker).getHelpTaskIds(0);
      if (task.equals("held")) {
        claim(help, "owl", owl);
      }
      assertThat(fabric.book("fox").getCommitmentsList()).extracting(Commitment::getMaxCostMicros).contains(500L, 250L, 250L);
      fabric.tasks.cancelTask(CancelTaskRequest.newBuilder().setRequestId("c-" + help).setTaskId(help).build());
      assertThat(fabric.book("fox").getCommitmentsList()).extracting(Commitment::getMaxCostMicros).containsOnly(1_000L);
    }
    assertThat(fabric.book("owl").getCommitmentsList()).isEmpty();
  }

  @Test
  void thousandBlockersAtOnce_areAThousand_andResolvedOneByOneTheTaskGoesOn() throws Exception {
    Claim claim = held("t1", 0);
    Set<String> ids = new HashSet<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Blocker>> calls =
          IntStream.range(0, 1_000).<Callable<Blocker>>mapToObj(i -> () -> untilAnswered(raiseOf(claim, i))).toList();
      for (Future<Blocker> raised : threads.invokeAll(calls)) {
        ids.add(raised.get().getBlockerId());
      }
    }
    assertThat(ids).hasSize(1_000);
    assertThat(fabric.task("t1").getParked().getBlockerIdsList()).containsExactlyInAnyOrderElementsOf(ids);
    Set<String> facts = new HashSet<>();
    memory.changes(KEYS.blockers()).stream().flatMap(change -> BlockerFacts.source(fabric.records).ofChange().apply(change).stream()).map(OutboundMessage::subject).forEach(facts::add);
    assertThat(facts).as("told to orchestrators").containsAll(ids.stream().map(id -> "if.v1.event.blocker.raised." + id).toList());
    for (String id : ids) {
      assertThat(fabric.task("t1").hasParked()).isTrue();
      resolved(Blocker.newBuilder().setTaskId("t1").setBlockerId(id).build());
    }
    assertThat(fabric.task("t1").getClaimed().getFence()).isEqualTo(claim.getFence());
  }

  /** The store in memory is given little time, which a thousand calls at once may use up. */
  private Blocker untilAnswered(RaiseBlockerRequest.Builder request) {
    return Awaitility.await().atMost(Duration.ofSeconds(30)).ignoreExceptionsInstanceOf(StatusRuntimeException.class).until(() -> raised(request), Objects::nonNull);
  }

  private static RaiseBlockerRequest.Builder raiseOf(Claim claim, int i) {
    return RaiseBlockerRequest.newBuilder().setRequestId("many-" + i).setTaskId("t1").setSwarmId("fox").setFence(claim.getFence()).setType("weather");
  }

  @Test
  void taskWithManyBlockers_hasThreeHelpersAtOnce_andAllOfThemInTheEnd() {
    fabric.ranking.put("help:build", List.of(new SwarmId("owl")));
    fabric.standing(Samples.standing("owl", "help:build").setMaxConcurrent(100).build());
    Claim claim = held("t1", 1_000_000);
    List<Blocker> all = IntStream.range(0, 10).mapToObj(i -> raised(raise(claim).addNeeds("help:build"))).toList();
    Set<String> done = new HashSet<>();
    while (fabric.task("t1").hasParked()) {
      fabric.settle();
      fabric.advance(Duration.ofSeconds(2));
      fabric.sessions.keepAlive(KeepAliveRequest.newBuilder().setSwarmId("fox").setSessionId(fox).build());
      List<String> helping =
          fabric.claims.listBlockers(ListBlockersRequest.newBuilder().setOpenOnly(true).build()).getBlockersList().stream()
              .flatMap(blocker -> blocker.getHelpTaskIdsList().stream())
              .filter(help -> !done.contains(help))
              .toList();
      assertThat(helping).hasSizeBetween(1, 3);
      String session = fabric.sessions.openSession(OpenSessionRequest.newBuilder().setRequestId("o" + ++requests).setSwarmId("owl").setReplace(true).build()).getSessionId();
      complete(claim(helping.getFirst(), "owl", session), 0);
      done.add(helping.getFirst());
      fabric.settle();
    }
    assertThat(done).hasSameSizeAs(all);
    assertThat(fabric.task("t1").getClaimed().getFence()).isEqualTo(claim.getFence());
  }

  @Test
  void needThatNobodyMeets_isEscalated_andHelpedWhenSomebodyComes() {
    Blocker blocker = raised(raise(held("t1", 100)).addNeeds("help:build").addNeeds("help:paint"));
    Blocker escalated = blocker(blocker);
    assertThat(escalated.getState()).isEqualTo(BlockerState.BLOCKER_STATE_ESCALATED);
    assertThat(escalated.getUnmetNeedsList()).containsExactly("help:build", "help:paint");
    assertThat(fabric.task("t1").hasParked()).isTrue();

    fabric.ranking.put("help:build", List.of(new SwarmId("owl")));
    fabric.advance(Duration.ofSeconds(11));
    String again = fabric.sessions.openSession(OpenSessionRequest.newBuilder().setRequestId("owl-2").setSwarmId("owl").setReplace(true).build()).getSessionId();
    Blocker helped = blocker(blocker);
    assertThat(helped.getState()).isEqualTo(BlockerState.BLOCKER_STATE_WAITING);
    assertThat(helped.getUnmetNeedsList()).containsExactly("help:paint");
    complete(claim(helped.getHelpTaskIds(0), "owl", again), 0);
    assertThat(blocker(blocker).getState()).as("half helped is for a person to judge").isEqualTo(BlockerState.BLOCKER_STATE_ESCALATED);
    assertThat(resolved(blocker).getResolvedBy()).isEqualTo("ada@example.org");
    assertThat(fabric.task("t1").hasParked()).isFalse();
  }

  @Test
  void helpThatThePayersBookHasNoRoomFor_isEscalatedAfterAWhile_andMadeWhenThereIs() {
    fabric.ranking.put("help:build", List.of(new SwarmId("owl")));
    Claim claim = held("t1", 1_000);
    CommitmentsRecord own = fabric.book("fox");
    CommitmentsRecord.Builder full = own.toBuilder();
    IntStream.range(0, 119).forEach(i -> full.addCommitments(Samples.open("x" + i, 0).toBuilder().setOutOfClaimId("c0")));
    CoordinatorFixture.put(memory, KEYS.commitments(new SwarmId("fox")), full.build().toByteString());
    Blocker blocker = raised(raise(claim).addNeeds("help:build"));
    assertThat(blocker(blocker).getState()).isEqualTo(BlockerState.BLOCKER_STATE_OPEN);
    ExplainTaskResponse explained = fabric.tasks.explainTask(ExplainTaskRequest.newBuilder().setTaskId("t1").build());
    assertThat(explained.getObstaclesList()).extracting(Obstacle::getType).contains(ObstacleType.OBSTACLE_TYPE_HELP_MONEY);

    fabric.advance(HelpSettings.defaults().roomPatience());
    Blocker escalated = blocker(blocker);
    assertThat(escalated.getState()).isEqualTo(BlockerState.BLOCKER_STATE_ESCALATED);
    assertThat(escalated.getDetail()).contains("book of swarm fox").contains("120 lines");
    long told = memory.revision();
    fabric.advance(HelpSettings.defaults().searchAgain());
    assertThat(blocker(blocker)).as("told once").isEqualTo(escalated);
    assertThat(memory.changes(KEYS.blockers())).as("told once").allMatch(change -> change.revision() <= told);

    CoordinatorFixture.put(memory, KEYS.commitments(new SwarmId("fox")), own.toByteString());
    fabric.advance(HelpSettings.defaults().searchAgain());
    Blocker helped = blocker(blocker);
    assertThat(helped.getState()).isEqualTo(BlockerState.BLOCKER_STATE_WAITING);
    assertThat(helped.getDetail()).isEmpty();
  }

  @Test
  void helpThatFails_isEscalated() {
    fabric.ranking.put("help:build", List.of(new SwarmId("owl")));
    Blocker blocker = raised(raise(held("t1", 100)).addNeeds("help:build"));
    Claim help = claim(blocker(blocker).getHelpTaskIds(0), "owl", owl);
    fabric.claims.failTask(FailTaskRequest.newBuilder().setRequestId("f").setTaskId(help.getTaskId()).setSwarmId("owl").setFence(help.getFence()).build());
    assertThat(blocker(blocker).getState()).isEqualTo(BlockerState.BLOCKER_STATE_ESCALATED);
    assertThat(blocker(blocker).getDetail()).contains(help.getTaskId()).contains("FAILED");
  }

  @Test
  void typeOfABlocker_saysWhoCouldHelp_whenItNamesNobody() {
    assertThat(raised(raise(held("t1", 0)).setType("build-failure")).getNeedsList()).containsExactly("code:build");
    assertThat(blocker(raised(raise(held("t2", 0)))).getDetail()).contains("none are known for blockers of type weather");
  }

  @Test
  void blockersThatWouldWaitForEachOther_areRefused() {
    Claim one = held("one", 0);
    Claim two = held("two", 0);
    raised(raise(one).addWaitsForTaskIds("two"));
    assertRefused(ErrorCode.ERROR_CODE_BLOCKER_CYCLE, () -> raised(raise(two).addWaitsForTaskIds("one")));
    assertRefused(ErrorCode.ERROR_CODE_BLOCKER_CYCLE, () -> raised(raise(one).addWaitsForTaskIds("one")));
    fabric.submit(Samples.spec("three").addDependsOn("two"));
    assertRefused(ErrorCode.ERROR_CODE_BLOCKER_CYCLE, () -> raised(raise(two).addWaitsForTaskIds("three")));
    assertThat(fabric.task("two").hasClaimed()).as("nothing is written").isTrue();
    complete(two, 0);
    fabric.settle();
    assertThat(fabric.task("one").hasClaimed()).as("it goes on when what it waits for is done").isTrue();
  }

  @Test
  void twoBlockersThatWouldWaitForEachOther_raisedAtOnce_areNotBothTaken() throws Exception {
    try (CoordinatorFixture other = CoordinatorFixture.inMemory(memory); var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 20; i++) {
        Claim one = held("one" + i, 0);
        Claim two = held("two" + i, 0);
        RaiseBlockerRequest first = raise(one).addWaitsForTaskIds(two.getTaskId()).build();
        RaiseBlockerRequest second = raise(two).addWaitsForTaskIds(one.getTaskId()).build();
        List<Future<Boolean>> both =
            threads.invokeAll(List.of(() -> isTaken(() -> fabric.claims.raiseBlocker(first)), () -> isTaken(() -> other.claims.raiseBlocker(second))));
        assertThat(List.of(both.get(0).get(), both.get(1).get())).containsExactlyInAnyOrder(true, false);
        resolveAll(fabric, one.getTaskId(), two.getTaskId());
      }
    }
  }

  private boolean isTaken(Runnable call) {
    try {
      call.run();
      return true;
    } catch (StatusRuntimeException refused) {
      assertThat(Errors.refusalOf(refused).orElseThrow().code()).isEqualTo(ErrorCode.ERROR_CODE_BLOCKER_CYCLE);
      return false;
    }
  }

  /** So that the swarm has room for more. */
  private void resolveAll(CoordinatorFixture at, String... tasks) {
    for (String task : tasks) {
      at.tasks.cancelTask(CancelTaskRequest.newBuilder().setRequestId("c-" + task).setTaskId(task).build());
    }
  }

  @Test
  void holder_resolvesItsOwn_andNobodyElses() {
    Claim claim = held("t1", 0);
    Blocker blocker = raised(raise(claim));
    ResolveBlockerRequest.Builder mine =
        ResolveBlockerRequest.newBuilder().setRequestId("x").setTaskId("t1").setBlockerId(blocker.getBlockerId()).setSwarmId("fox").setFence(claim.getFence());
    assertRefused(ErrorCode.ERROR_CODE_NOT_THE_HOLDER, () -> fabric.claims.resolveBlocker(mine.clone().setSwarmId("owl").build()));
    assertRefused(ErrorCode.ERROR_CODE_STALE_FENCE, () -> fabric.claims.resolveBlocker(mine.clone().setFence(1).build()));
    assertRefused(ErrorCode.ERROR_CODE_BLOCKER_NOT_FOUND, () -> fabric.claims.resolveBlocker(mine.clone().setBlockerId("b-none").build()));
    assertRefused(ErrorCode.ERROR_CODE_BLOCKER_NOT_FOUND, () -> fabric.claims.resolveBlocker(mine.clone().setTaskId("t2").build()));
    assertRefused(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, () -> fabric.claims.resolveBlocker(mine.clone().clearSwarmId().clearFence().build()));
    assertRefused(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, () -> fabric.claims.resolveBlocker(mine.clone().setPrincipal("ada").build()));
    assertThat(fabric.claims.resolveBlocker(mine.build()).getBlocker().getResolvedBy()).isEqualTo("fox");
    assertThat(resolved(blocker).getResolvedBy()).as("the first resolution stands").isEqualTo("fox");
  }

  @Test
  void blockerOfAClaimThatIsLost_orWithoutOne_isRefused() {
    Claim claim = held("t1", 0);
    assertRefused(ErrorCode.ERROR_CODE_STALE_FENCE, () -> raised(raise(claim).setFence(claim.getFence() + 1_000)));
    assertRefused(ErrorCode.ERROR_CODE_NOT_THE_HOLDER, () -> raised(raise(claim).setSwarmId("owl")));
    assertRefused(ErrorCode.ERROR_CODE_TASK_NOT_FOUND, () -> raised(raise(claim).setTaskId("t2")));
    assertRefused(ErrorCode.ERROR_CODE_TASK_NOT_FOUND, () -> raised(raise(claim).addWaitsForTaskIds("t2")));
    assertRefused(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, () -> raised(raise(claim).setFence(0)));
    assertRefused(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, () -> raised(raise(claim).clearRequestId()));
    assertRefused(ErrorCode.ERROR_CODE_INVALID_ID, () -> raised(raise(claim).setType("Bad Weather")));
    assertRefused(ErrorCode.ERROR_CODE_INVALID_CAPABILITY, () -> raised(raise(claim).addNeeds("weather")));
    assertRefused(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, () -> raised(raise(claim).setDescription("d".repeat(1_025))));
    assertThat(memory.entries(KEYS.blockers())).isEmpty();
    complete(claim, 0);
    assertRefused(ErrorCode.ERROR_CODE_TASK_ENDED, () -> raised(raise(claim)));
  }

  @Test
  void cancelledTask_takesItsBlockerAndItsHelpWithIt() {
    fabric.ranking.put("help:build", List.of(new SwarmId("owl")));
    Blocker blocker = raised(raise(held("t1", 100)).addNeeds("help:build"));
    String help = blocker(blocker).getHelpTaskIds(0);
    fabric.tasks.cancelTask(CancelTaskRequest.newBuilder().setRequestId("c").setTaskId("t1").build());
    assertThat(blocker(blocker).getResolution()).isEqualTo("the claim that it blocked has ended");
    fabric.settle();
    assertThat(fabric.task(help).hasCancelled()).isTrue();
    assertThat(fabric.book("fox").getCommitmentsList()).isEmpty();
  }

  @Test
  void parkedClaim_outlivesItsSession_andGoesOnUnderTheNextOne() {
    Claim claim = held("t1", 0);
    Blocker blocker = raised(raise(claim));
    fabric.sessions.closeSession(CloseSessionRequest.newBuilder().setRequestId("bye").setSwarmId("fox").setSessionId(fox).build());
    fabric.settle();
    assertThat(fabric.task("t1").hasParked()).as("its clocks are stopped").isTrue();
    fabric.standing(Samples.standing("fox").build());
    fabric.sessions.openSession(OpenSessionRequest.newBuilder().setRequestId("again").setSwarmId("fox").build());
    resolved(blocker);
    fabric.settle();
    fabric.claims.reportProgress(ReportProgressRequest.newBuilder().setRequestId("p").setTaskId("t1").setSwarmId("fox").setFence(claim.getFence()).setPercent(9).build());
    assertThat(fabric.task("t1").getClaimed().getPercent()).isEqualTo(9);
  }

  @Test
  void parkedClaimOfADeadSwarm_isTakenBackWhenItCouldGoOn() {
    Blocker blocker = raised(raise(held("t1", 0)));
    fabric.sessions.closeSession(CloseSessionRequest.newBuilder().setRequestId("bye").setSwarmId("fox").setSessionId(fox).build());
    resolved(blocker);
    fabric.settle();
    assertThat(fabric.task("t1").hasReady()).isTrue();
  }

  @Test
  void parkedClaims_leaveRoomForOthers_andGoOnThoughItIsTakenByThen() {
    List<Claim> parked = IntStream.range(0, 3).mapToObj(i -> held("parked" + i, 10)).toList();
    fabric.submit(Samples.spec("next"));
    assertRefused(ErrorCode.ERROR_CODE_AT_CAPACITY, () -> claim("next", "fox", fox));
    List<Blocker> blockers = parked.stream().map(claim -> raised(raise(claim))).toList();
    List<Claim> more = IntStream.range(0, 3).mapToObj(i -> held("more" + i, 10)).toList();
    assertRefused(ErrorCode.ERROR_CODE_AT_CAPACITY, () -> claim("next", "fox", fox));
    assertThat(CommitmentRules.totalMicros(fabric.book("fox"))).as("the money of parked claims stays promised").isEqualTo(60);

    blockers.forEach(this::resolved);
    parked.forEach(claim -> assertThat(fabric.task(claim.getTaskId()).getClaimed().getFence()).isEqualTo(claim.getFence()));
    more.forEach(claim -> complete(claim, 0));
    assertRefused(ErrorCode.ERROR_CODE_AT_CAPACITY, () -> claim("next", "fox", fox));
    complete(parked.getFirst(), 10);
    assertThat(claim("next", "fox", fox).getTaskId()).isEqualTo("next");
  }

  @Test
  void blockersOfATaskThatIsCancelled_giveTheirPlaceBackOnce() {
    Claim claim = held("t1", 10);
    raised(raise(claim));
    raised(raise(claim));
    fabric.tasks.cancelTask(CancelTaskRequest.newBuilder().setRequestId("c").setTaskId("t1").build());
    fabric.settle();
    assertThat(fabric.book("fox").getCommitmentsList()).isEmpty();
    IntStream.range(0, 3).forEach(i -> held("after" + i, 10));
    assertRefused(ErrorCode.ERROR_CODE_AT_CAPACITY, () -> held("beyond", 10));
  }

  @Test
  void blockers_areListedPageByPage_byTaskSwarmAndState() {
    Claim claim = held("t1", 0);
    List<Blocker> all = IntStream.range(0, 5).mapToObj(i -> raised(raise(claim))).toList();
    raised(raise(held("t2", 0)));
    resolved(all.getFirst());
    assertThat(list(ListBlockersRequest.newBuilder().setTaskId("t1")).getBlockersList()).hasSize(5);
    assertThat(list(ListBlockersRequest.newBuilder().setTaskId("t1").setOpenOnly(true)).getBlockersList()).hasSize(4);
    assertThat(list(ListBlockersRequest.newBuilder().setSwarmId("owl")).getBlockersList()).isEmpty();
    assertThat(list(ListBlockersRequest.newBuilder().addStates(BlockerState.BLOCKER_STATE_RESOLVED)).getBlockersList()).hasSize(1);
    assertThat(list(ListBlockersRequest.newBuilder().addStates(BlockerState.BLOCKER_STATE_ESCALATED).setTaskId("t1")).getBlockersList())
        .hasSize(4)
        .allMatch(blocker -> blocker.getDetail().contains("names no needs"));
    assertRefused(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, () -> list(ListBlockersRequest.newBuilder().addStatesValue(99)));
    ListBlockersResponse page = list(ListBlockersRequest.newBuilder().setPageSize(4));
    ListBlockersResponse rest = list(ListBlockersRequest.newBuilder().setPageSize(4).setPageToken(page.getNextPageToken()));
    assertThat(page.getBlockersCount() + rest.getBlockersCount()).isEqualTo(6);
    assertThat(rest.getNextPageToken()).isEmpty();
    assertRefused(ErrorCode.ERROR_CODE_INVALID_ID, () -> list(ListBlockersRequest.newBuilder().setTaskId("a/b")));
  }
}
