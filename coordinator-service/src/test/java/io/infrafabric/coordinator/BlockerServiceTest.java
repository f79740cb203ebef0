package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.CoordinatorFixture.KEYS;
import static io.infrafabric.coordinator.CoordinatorFixture.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.StatusRuntimeException;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.blocker.BlockerFacts;
import io.infrafabric.coordinator.commitment.CommitmentRules;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.BlockerState;
import io.infrafabric.coordinator.v1.CancelTaskRequest;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.CloseSessionRequest;
import io.infrafabric.coordinator.v1.GetBlockerRequest;
import io.infrafabric.coordinator.v1.ListBlockersRequest;
import io.infrafabric.coordinator.v1.ListBlockersResponse;
import io.infrafabric.coordinator.v1.OpenSessionRequest;
import io.infrafabric.coordinator.v1.RaiseBlockerRequest;
import io.infrafabric.coordinator.v1.ReportProgressRequest;
import io.infrafabric.coordinator.v1.ResolveBlockerRequest;
import io.infrafabric.kit.grpc.Errors;
import io.infrafabric.kit.relay.OutboundMessage;
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
import org.junit.jupiter.api.Test;

/** Blockers on gRPC: raised, listed and resolved. */
class BlockerServiceTest extends BlockerCalls {
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
    assertThatThrownBy(() -> fabric.claims.resolveBlocker(mine.clone().setFence(1).build()))
        .as("whoever has not the fence is not told it")
        .satisfies(
            refused ->
                assertThat(Errors.refusalOf(refused))
                    .hasValueSatisfying(
                        refusal -> {
                          assertThat(refusal.code()).isEqualTo(ErrorCode.ERROR_CODE_STALE_FENCE);
                          assertThat(refusal.message()).isEqualTo("blocker " + blocker.getBlockerId() + " is not of a claim with fence 1");
                        }));
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
  void blocker_isToldByItsId_toWhomItConcerns() {
    Blocker raised = raised(raise(held("t1", 0)));
    GetBlockerRequest.Builder request = GetBlockerRequest.newBuilder().setBlockerId(raised.getBlockerId());
    Blocker listed = blocker(raised);
    assertThat(fabric.claims.getBlocker(request.build()).getBlocker()).isEqualTo(listed);
    assertThat(fabric.claims.getBlocker(request.setSwarmId("fox").build()).getBlocker().getDescription()).isEqualTo("it rains");
    assertRefused(ErrorCode.ERROR_CODE_BLOCKER_NOT_FOUND, () -> fabric.claims.getBlocker(request.setSwarmId("owl").build()));
    resolved(raised);
    assertThat(fabric.claims.getBlocker(request.clearSwarmId().build()).getBlocker().getResolution()).isEqualTo("took an umbrella");
    assertRefused(ErrorCode.ERROR_CODE_BLOCKER_NOT_FOUND, () -> fabric.claims.getBlocker(request.setBlockerId("b-nowhere").build()));
    assertRefused(ErrorCode.ERROR_CODE_INVALID_ID, () -> fabric.claims.getBlocker(request.setBlockerId("No Id").build()));
    assertRefused(ErrorCode.ERROR_CODE_INVALID_ID, () -> fabric.claims.getBlocker(request.setBlockerId("b-1").setSwarmId("No Id").build()));
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
