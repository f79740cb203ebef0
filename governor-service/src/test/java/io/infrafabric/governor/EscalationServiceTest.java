package io.infrafabric.governor;

import static io.infrafabric.governor.GovernorFixture.refusalOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.Context;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.BlockerRecord;
import io.infrafabric.coordinator.v1.BlockerState;
import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.governor.escalation.CoordinatorDoor;
import io.infrafabric.governor.escalation.EscalationSettings;
import io.infrafabric.governor.v1.ApproveEscalationRequest;
import io.infrafabric.governor.v1.Breaker;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.Escalation;
import io.infrafabric.governor.v1.EscalationEffectState;
import io.infrafabric.governor.v1.EscalationState;
import io.infrafabric.governor.v1.EscalationType;
import io.infrafabric.governor.v1.GetEscalationRequest;
import io.infrafabric.governor.v1.GetSwarmRequest;
import io.infrafabric.governor.v1.ListEscalationsRequest;
import io.infrafabric.governor.v1.RejectEscalationRequest;
import io.infrafabric.governor.v1.RequestBudgetRequest;
import io.infrafabric.governor.v1.ResetRequest;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.governor.v1.TripRequest;
import io.infrafabric.governor.v1.WatchEscalationsRequest;
import io.infrafabric.governor.webhook.WebhookSettings;
import io.infrafabric.kit.store.Change;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.kit.telemetry.Telemetry;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.BlockerId;
import io.infrafabric.names.Keys;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import io.infrafabric.testkit.store.MemoryStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a person must decide, from its cause to its effect, over gRPC. */
class EscalationServiceTest {
  private static final EscalationSettings QUICK =
      new EscalationSettings(Duration.ofHours(1), Duration.ofDays(30), 3, 100, Duration.ofMillis(50), Duration.ofSeconds(30), List.of());

  private final Keys keys = new Keys();
  private final MemoryStore store = new MemoryStore(System::nanoTime);
  private final CoordinatorHand hand = new CoordinatorHand();
  private GovernorFixture governor;

  @BeforeEach
  void start() {
    governor = open(hand, QUICK);
  }

  @AfterEach
  void stop() {
    governor.close();
  }

  private GovernorFixture open(CoordinatorHand tasks, EscalationSettings settings) {
    return new GovernorFixture(store, keys.root(), Telemetry.none(), tasks, settings, WebhookSettings.none());
  }

  private List<Escalation> all() {
    return governor.escalations.listEscalations(ListEscalationsRequest.getDefaultInstance()).getEscalationsList();
  }

  private Escalation only() {
    await().until(() -> all().size() == 1);
    return all().getFirst();
  }

  private Escalation only(EscalationState state) {
    await().until(() -> only().getState() == state);
    return only();
  }

  private void exhaust(String swarm) {
    governor.register(swarm, "r-" + swarm, "code:java");
    governor.grant(swarm, "g-" + swarm, 10);
    governor.coordinator.end(swarm, "c-" + swarm, ClaimEnd.CLAIM_END_COMPLETED, 10);
  }

  private Standing standing(String swarm) {
    return governor.registry.getSwarm(GetSwarmRequest.newBuilder().setSwarmId(swarm).build()).getStanding();
  }

  private Escalation approve(Escalation escalation, String requestId, long grantMicros) {
    return approve(escalation, requestId, grantMicros, "ada");
  }

  private Escalation approve(Escalation escalation, String requestId, long grantMicros, String principal) {
    return governor.escalations
        .approveEscalation(
            ApproveEscalationRequest.newBuilder()
                .setRequestId(requestId)
                .setEscalationId(escalation.getEscalationId())
                .setPrincipal(principal)
                .setReason("looked at it")
                .setGrantMicros(grantMicros)
                .build())
        .getEscalation();
  }

  private Escalation reject(Escalation escalation, String requestId) {
    return governor.escalations
        .rejectEscalation(
            RejectEscalationRequest.newBuilder()
                .setRequestId(requestId)
                .setEscalationId(escalation.getEscalationId())
                .setPrincipal("ada")
                .setReason("no")
                .build())
        .getEscalation();
  }

  private void blocker(BlockerState state) {
    String key = keys.blocker(new BlockerId("b1"));
    BlockerRecord record =
        BlockerRecord.newBuilder()
            .setBlocker(
                Blocker.newBuilder()
                    .setBlockerId("b1")
                    .setTaskId("t1")
                    .setSwarmId("s1")
                    .setType("legal")
                    .setDetail("nobody was found")
                    .setRaisedAt(Times.toProto(Instant.EPOCH))
                    .setState(state))
            .build();
    ByteString bytes = record.toByteString();
    store.commit(List.of(Txn.builder().put(asked -> store.entries(key).stream().findFirst(), key, bytes).build())).join();
  }

  /** Levels at which escalations were ever raised, from the store's own history. */
  private List<Integer> levels() {
    return store.changes(keys.escalations()).stream()
        .flatMap(change -> change instanceof Change.Written written ? Stream.of(written.entry().value()) : Stream.empty())
        .map(EscalationServiceTest::parse)
        .map(Escalation::getLevel)
        .distinct()
        .toList();
  }

  private static Escalation parse(ByteString bytes) {
    try {
      return Escalation.parseFrom(bytes);
    } catch (InvalidProtocolBufferException malformed) {
      throw new AssertionError(malformed);
    }
  }

  @Test
  void anOverspend_stopsTheSwarm_asksAPersonOnce_andTheAnswerResumesIt() {
    exhaust("s1");
    Escalation asked = only();
    assertThat(asked.getType()).isEqualTo(EscalationType.ESCALATION_TYPE_BREAKER_RESET);
    assertThat(asked.getReason()).contains("budget exhausted");
    assertThat(standing("s1").getBreaker()).isEqualTo(BreakerState.BREAKER_STATE_OPEN);
    assertThat(refusalOf(() -> approve(asked, "x1", 0))).isEqualTo(ErrorCode.ERROR_CODE_INVALID_MONEY);
    Escalation decided = approve(asked, "x2", 25);
    assertThat(decided.getState()).isEqualTo(EscalationState.ESCALATION_STATE_APPROVED);
    assertThat(decided.getPrincipal()).isEqualTo("ada");
    assertThat(decided.getEffect().getState()).isEqualTo(EscalationEffectState.ESCALATION_EFFECT_STATE_DONE);
    assertThat(standing("s1").getBreaker()).isEqualTo(BreakerState.BREAKER_STATE_CLOSED);
    assertThat(standing("s1").getCreditMicros()).isEqualTo(25);
    assertThat(approve(asked, "x2", 25)).as("the same request again").isEqualTo(decided);
    assertThat(refusalOf(() -> approve(asked, "x3", 25))).isEqualTo(ErrorCode.ERROR_CODE_ESCALATION_DECIDED);
    assertThat(standing("s1").getCreditMicros()).isEqualTo(25);
  }

  @Test
  void twoGovernors_raiseOne_andEachTripHasItsOwn() {
    try (GovernorFixture second = open(hand, QUICK)) {
      exhaust("s1");
      approve(only(), "x1", 5);
      second.breakers.trip(TripRequest.newBuilder().setRequestId("t1").setSwarmId("s1").setPrincipal("bob").setReason("odd").build());
      await().until(() -> all().size() == 2);
      assertThat(all()).extracting(Escalation::getLevel).containsExactly(1, 1);
      assertThat(levels()).containsExactly(1);
    }
  }

  @Test
  void aBreakerThatIsResetByHand_leavesNothingToDecide() {
    exhaust("s1");
    Escalation asked = only();
    governor.breakers.reset(
        ResetRequest.newBuilder().setRequestId("h1").setSwarmId("s1").setPrincipal("bob").setReason("by hand").setGrantMicros(5).build());
    assertThat(only(EscalationState.ESCALATION_STATE_OBSOLETE).getDecisionReason()).isEqualTo("the breaker of swarm s1 was reset by bob: by hand");
    assertThat(refusalOf(() -> approve(asked, "x1", 5))).isEqualTo(ErrorCode.ERROR_CODE_ESCALATION_DECIDED);
    assertThat(standing("s1").getCreditMicros()).isEqualTo(5);
  }

  @Test
  void aRejectedReset_leavesTheSwarmStopped() {
    exhaust("s1");
    Escalation no = reject(only(), "x1");
    assertThat(no.getEffect().getDetail()).isEqualTo("the breaker of swarm s1 stays open");
    assertThat(standing("s1").getBreaker()).isEqualTo(BreakerState.BREAKER_STATE_OPEN);
    assertThat(refusalOf(() -> approve(no, "x2", 5))).isEqualTo(ErrorCode.ERROR_CODE_ESCALATION_DECIDED);
  }

  @Test
  void aTaskAtItsGate_isApprovedOnce_throughALostAnswer() {
    hand.gate("t1");
    Escalation asked = only();
    hand.losesAnswers = true;
    assertThat(asked.getType()).isEqualTo(EscalationType.ESCALATION_TYPE_APPROVAL_GATE);
    Escalation decided = approve(asked, "x1", 0);
    assertThat(decided.getState()).isEqualTo(EscalationState.ESCALATION_STATE_APPROVED);
    assertThat(decided.getEffect().getState()).isEqualTo(EscalationEffectState.ESCALATION_EFFECT_STATE_PENDING);
    hand.losesAnswers = false;
    await().until(() -> only().getEffect().getState() == EscalationEffectState.ESCALATION_EFFECT_STATE_DONE);
    assertThat(only().getEffect().getDetail()).isEqualTo("task t1 is approved by ada");
    assertThat(hand.done).containsExactly("approved t1 escalation:" + asked.getEscalationId());
  }

  @Test
  void aGateThatNeedsTwo_isAskedAboutTwice_andOnlyOfThoseItNames() {
    hand.gate("t1", 2, "ada", "bob");
    Escalation first = only();
    assertThat(first.getReason()).isEqualTo("task t1 waits for 2 more of 2 approvals, by any of ada, bob");
    assertThat(refusalOf(() -> approve(first, "x0", 0, "eve"))).isEqualTo(ErrorCode.ERROR_CODE_PERMISSION_DENIED);
    assertThat(approve(first, "x1", 0).getEffect().getDetail()).isEqualTo("task t1 waits for 1 more of 2 approvals, by any of bob; approved by ada");
    await().until(() -> all().size() == 2);
    Escalation second = all().stream().filter(one -> one.getState() == EscalationState.ESCALATION_STATE_OPEN).findFirst().orElseThrow();
    assertThat(refusalOf(() -> approve(second, "x2", 0))).as("she counts once").isEqualTo(ErrorCode.ERROR_CODE_PERMISSION_DENIED);
    assertThat(approve(second, "x3", 0, "bob").getEffect().getDetail()).isEqualTo("task t1 is approved by bob");
    assertThat(all()).as("nothing more is asked").hasSize(2);
  }

  @Test
  void anApprovalByOtherMeans_makesTheFirstQuestionObsolete_andAsksTheNext() {
    hand.gate("t1", 2, "ada", "bob");
    Escalation first = only();
    hand.passed("t1", "bob");
    await().until(() -> all().size() == 2);
    await()
        .until(
            () -> governor.escalations.getEscalation(GetEscalationRequest.newBuilder().setEscalationId(first.getEscalationId()).build()).getEscalation().getState()
                == EscalationState.ESCALATION_STATE_OBSOLETE);
  }

  @Test
  void aGovernorThatDiesBetweenDecisionAndEffect_leavesTheEffectToTheNextOne() {
    hand.gate("t1");
    Escalation asked = only();
    hand.away = true;
    assertThat(approve(asked, "x1", 0).getEffect().getState()).isEqualTo(EscalationEffectState.ESCALATION_EFFECT_STATE_PENDING);
    governor.close();
    hand.away = false;
    governor = open(hand, QUICK);
    await().until(() -> only().getEffect().getState() == EscalationEffectState.ESCALATION_EFFECT_STATE_DONE);
    assertThat(hand.done).containsExactly("approved t1 escalation:" + asked.getEscalationId());
  }

  @Test
  void aRejectedTask_isCancelled_andOneThatWentOnIsLeftAlone() {
    hand.gate("t1");
    Escalation asked = only();
    assertThat(reject(asked, "x1").getEffect().getDetail()).isEqualTo("task t1 is cancelled");
    hand.gate("t2");
    await().until(() -> all().size() == 2);
    Escalation other = all().stream().filter(one -> one.getTaskId().equals("t2")).findFirst().orElseThrow();
    hand.passed("t2", "bob");
    await()
        .until(
            () ->
                governor.escalations.getEscalation(GetEscalationRequest.newBuilder().setEscalationId(other.getEscalationId()).build()).getEscalation().getDecisionReason(),
            "task t2 was approved by bob"::equals);
    assertThat(hand.done).containsExactly("cancelled t1 escalation:" + asked.getEscalationId());
  }

  @Test
  void aBlockerWithoutHelp_isAskedAbout_isNothingToDecideWhenHelpComes_andComesBack() {
    hand.blocked("t1", "b1");
    blocker(BlockerState.BLOCKER_STATE_ESCALATED);
    assertThat(only().getType()).isEqualTo(EscalationType.ESCALATION_TYPE_NOBODY_QUALIFIED);
    blocker(BlockerState.BLOCKER_STATE_WAITING);
    only(EscalationState.ESCALATION_STATE_OBSOLETE);
    blocker(BlockerState.BLOCKER_STATE_ESCALATED);
    Escalation back = only(EscalationState.ESCALATION_STATE_OPEN);
    assertThat(back.getLevel()).isEqualTo(2);
    assertThat(approve(back, "x1", 0).getEffect().getDetail()).isEqualTo("blocker b1 is resolved by ada");
    assertThat(hand.done).containsExactly("resolved b1 escalation:" + back.getEscalationId());
  }

  @Test
  void aReadyTaskThatNobodyQualifiesFor_isAskedAbout_untilSomebodyDoes() {
    governor.register("near", "r-near", "code:java");
    hand.ready("t1", "code:rust");
    Escalation asked = only();
    assertThat(asked.getType()).isEqualTo(EscalationType.ESCALATION_TYPE_NOBODY_QUALIFIED);
    assertThat(asked.getReason()).isEqualTo("task t1 is ready and no swarm qualifies for it");
    assertThat(asked.getEvidenceList()).contains("requires code:rust", "not near: it has 0 of 1 required capabilities and lacks [code:rust]");
    assertThat(asked.getInstructionsList()).anyMatch(line -> line.contains("the task waits for a swarm that qualifies"));
    governor.register("able", "r-able", "code:rust");
    assertThat(only(EscalationState.ESCALATION_STATE_OBSOLETE).getDecisionReason()).isEqualTo("a swarm qualifies for task t1 by now");
    governor.breakers.trip(TripRequest.newBuilder().setRequestId("x-able").setSwarmId("able").setPrincipal("ada").setReason("to look").build());
    await().during(Duration.ofMillis(300)).until(() -> all().stream().noneMatch(one -> one.getTaskId().equals("t1") && one.getState() == EscalationState.ESCALATION_STATE_OPEN));
  }

  @Test
  void aReadyTaskThatMayWait_isLeftAlone_andOneThatIsGivenUp_isCancelled() {
    hand.ready("t1", "code:rust");
    assertThat(approve(only(), "x1", 0).getEffect().getDetail()).isEqualTo("task t1 waits for a swarm that qualifies");
    only(EscalationState.ESCALATION_STATE_APPROVED);
    assertThat(hand.done).isEmpty();
    hand.ready("t2", "code:rust");
    await().until(() -> all().size() == 2);
    Escalation second = all().stream().filter(one -> one.getTaskId().equals("t2")).findFirst().orElseThrow();
    assertThat(reject(second, "x2").getEffect().getDetail()).isEqualTo("task t2 is cancelled");
    assertThat(hand.done).containsExactly("cancelled t2 escalation:" + second.getEscalationId());
  }

  @Test
  void aBlockedTaskThatIsGivenUp_isCancelled() {
    hand.blocked("t1", "b1");
    blocker(BlockerState.BLOCKER_STATE_ESCALATED);
    assertThat(reject(only(), "x1").getEffect().getDetail()).isEqualTo("task t1 is cancelled");
  }

  @Test
  void quarantinedTasksOfAPlan_areOneQuestion_andAnApprovalRequeuesAllOfThem() {
    hand.quarantined("t1", "p");
    hand.quarantined("t2", "p");
    Escalation asked = only();
    assertThat(asked.getType()).isEqualTo(EscalationType.ESCALATION_TYPE_TASK_QUARANTINED);
    assertThat(asked.getPlanId()).isEqualTo("p");
    assertThat(approve(asked, "x1", 0).getEffect().getDetail()).isEqualTo("2 tasks of plan p are requeued");
    String request = "escalation:" + asked.getEscalationId();
    assertThat(hand.done).containsExactlyInAnyOrder("requeued t1 " + request, "requeued t2 " + request);
  }

  @Test
  void aQuarantinedTask_isLeftAloneWhenThatIsSaid_andIsNothingToDecideOnceItIsRequeued() {
    hand.quarantined("t1", "");
    assertThat(reject(only(), "x1").getEffect().getDetail()).isEqualTo("nothing is requeued");
    hand.quarantined("t2", "");
    // Half of three, rounded down, may be about what is quarantined.
    await().until(() -> all().size() == 2);
    Escalation second = all().stream().filter(one -> one.getTaskId().equals("t2")).findFirst().orElseThrow();
    hand.requeueTask(new TaskId("t2"), new CoordinatorDoor.Deed("by hand", "bob", ""));
    await()
        .until(
            () ->
                governor.escalations.getEscalation(GetEscalationRequest.newBuilder().setEscalationId(second.getEscalationId()).build()).getEscalation().getState(),
            EscalationState.ESCALATION_STATE_OBSOLETE::equals);
    assertThat(hand.done).containsExactly("requeued t2 by hand");
  }

  @Test
  void littleMoney_isAskedAboutOnce_andAddedToByTheSwarm() {
    governor.register("s1", "r1", "code:java");
    governor.grant("s1", "g1", 100);
    governor.coordinator.end("s1", "c1", ClaimEnd.CLAIM_END_COMPLETED, 85);
    Escalation low = only();
    assertThat(low.getType()).isEqualTo(EscalationType.ESCALATION_TYPE_BUDGET_REQUEST);
    Escalation asked = request("s1", "q1", 50);
    assertThat(asked.getEscalationId()).isEqualTo(low.getEscalationId());
    assertThat(asked.getReason()).isEqualTo("swarm s1 asks for $0.00005: more is to do");
    assertThat(request("s1", "q1", 50).getRevision()).isEqualTo(asked.getRevision());
    assertThat(approve(asked, "x1", 0).getGrantMicros()).isEqualTo(50);
    assertThat(standing("s1").getCreditMicros()).isEqualTo(65);
    assertThat(all()).hasSize(1);
    Escalation next = request("s1", "q2", 0);
    assertThat(next.getEscalationId()).isNotEqualTo(low.getEscalationId());
    assertThat(refusalOf(() -> request("s9", "q3", 1))).isEqualTo(ErrorCode.ERROR_CODE_SWARM_NOT_FOUND);
  }

  private Escalation request(String swarm, String requestId, long micros) {
    return governor.escalations
        .requestBudget(
            RequestBudgetRequest.newBuilder().setRequestId(requestId).setSwarmId(swarm).setAmountMicros(micros).setReason("more is to do").build())
        .getEscalation();
  }

  @Test
  void whatNobodyDecides_isRaisedAgainAndAgain() {
    governor.close();
    governor = open(hand, new EscalationSettings(Duration.ofMillis(100), Duration.ofDays(30), 3, 100, Duration.ofMillis(50), Duration.ofSeconds(30), List.of()));
    hand.gate("t1");
    await().until(() -> only().getLevel() >= 3);
    assertThat(levels()).startsWith(1, 2, 3);
  }

  @Test
  void beyondTheMost_causesWait_andAreRaisedWhenThereIsRoom() {
    for (int i = 0; i < 5; i++) {
      hand.gate("t" + i);
    }
    await().until(() -> all().size() == 3);
    reject(all().getFirst(), "x1");
    await().until(() -> all().size() == 4);
    assertThat(all().stream().filter(one -> one.getState() == EscalationState.ESCALATION_STATE_OPEN)).hasSizeLessThanOrEqualTo(3);
  }

  @Test
  void whatWasDecidedLongAgo_isForgotten() {
    governor.close();
    governor = open(hand, new EscalationSettings(Duration.ofHours(1), Duration.ZERO, 3, 100, Duration.ofMillis(50), Duration.ofSeconds(30), List.of()));
    hand.gate("t1");
    String id = approve(only(), "x1", 0).getEscalationId();
    await().until(() -> all().isEmpty());
    assertThat(refusalOf(() -> governor.escalations.getEscalation(GetEscalationRequest.newBuilder().setEscalationId(id).build())))
        .isEqualTo(ErrorCode.ERROR_CODE_ESCALATION_NOT_FOUND);
  }

  @Test
  void ofTooManyDecided_theOldestAreForgotten() {
    governor.close();
    governor = open(hand, new EscalationSettings(Duration.ofHours(1), Duration.ofDays(30), 3, 2, Duration.ofMillis(50), Duration.ofSeconds(30), List.of()));
    List<String> decided = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      String task = "t" + i;
      hand.gate(task);
      await().until(() -> all().stream().anyMatch(one -> one.getTaskId().equals(task)));
      approve(all().stream().filter(one -> one.getTaskId().equals(task)).findFirst().orElseThrow(), "x" + i, 0);
      decided.add(task);
    }
    await().until(() -> all().size() == 2);
    assertThat(all()).extracting(Escalation::getTaskId).containsExactlyInAnyOrderElementsOf(decided.subList(2, 4));
  }

  @Test
  void watching_tellsWhatIsOpenAndEachChange() {
    hand.gate("t1");
    Escalation asked = only();
    Context.CancellableContext call = Context.current().withCancellation();
    Context before = call.attach();
    try {
      var changes = governor.escalations.watchEscalations(WatchEscalationsRequest.getDefaultInstance());
      assertThat(changes.next().getEscalation().getState()).isEqualTo(EscalationState.ESCALATION_STATE_OPEN);
      approve(asked, "x1", 0);
      Escalation last;
      do {
        last = changes.next().getEscalation();
      } while (last.getEffect().getState() != EscalationEffectState.ESCALATION_EFFECT_STATE_DONE);
      assertThat(last.getState()).isEqualTo(EscalationState.ESCALATION_STATE_APPROVED);
    } finally {
      call.detachAndCancel(before, null);
    }
  }

  @Test
  void wrongCalls_areRefusedWithEveryField() {
    Escalation none = Escalation.newBuilder().setEscalationId("gate-0").build();
    assertThat(refusalOf(() -> approve(none, "x1", 0))).isEqualTo(ErrorCode.ERROR_CODE_ESCALATION_NOT_FOUND);
    assertThat(refusalOf(() -> approve(none, "x1", -1))).isEqualTo(ErrorCode.ERROR_CODE_INVALID_MONEY);
    assertThat(refusalOf(() -> governor.escalations.approveEscalation(ApproveEscalationRequest.getDefaultInstance())))
        .isEqualTo(ErrorCode.ERROR_CODE_INVALID_ARGUMENT);
    hand.gate("t1");
    assertThat(refusalOf(() -> approve(only(), "x2", 5))).as("nothing to grant").isEqualTo(ErrorCode.ERROR_CODE_INVALID_ARGUMENT);
    assertThat(only().getState()).isEqualTo(EscalationState.ESCALATION_STATE_OPEN);
  }

  @Test
  void lists_arePagedAndChosen() {
    hand.gate("t1");
    hand.gate("t2");
    exhaust("s1");
    await().until(() -> all().size() == 3);
    var first = governor.escalations.listEscalations(ListEscalationsRequest.newBuilder().setPageSize(2).build());
    var second = governor.escalations.listEscalations(ListEscalationsRequest.newBuilder().setPageSize(2).setPageToken(first.getNextPageToken()).build());
    assertThat(first.getEscalationsCount()).isEqualTo(2);
    assertThat(second.getEscalationsCount()).isEqualTo(1);
    assertThat(second.getNextPageToken()).isEmpty();
    ListEscalationsRequest gates = ListEscalationsRequest.newBuilder().setType(EscalationType.ESCALATION_TYPE_APPROVAL_GATE).build();
    assertThat(governor.escalations.listEscalations(gates).getEscalationsList()).extracting(Escalation::getTaskId).containsExactlyInAnyOrder("t1", "t2");
    ListEscalationsRequest ofSwarm = ListEscalationsRequest.newBuilder().setSwarmId("s1").setOpenOnly(true).build();
    assertThat(governor.escalations.listEscalations(ofSwarm).getEscalationsList()).singleElement().matches(one -> one.getSwarmId().equals("s1"));
  }

  @Test
  void aSwarmWhoseRecordsHaveNotAllCome_holdsUpNobody() {
    String key = keys.breaker(new SwarmId("half"));
    Breaker open = Breaker.newBuilder().setSwarmId("half").setState(BreakerState.BREAKER_STATE_OPEN).build();
    store.commit(List.of(Txn.builder().put(asked -> Optional.empty(), key, open.toByteString()).build())).join();
    exhaust("s1");
    assertThat(only().getSwarmId()).isEqualTo("s1");
  }

  @Test
  void anUnreadableOne_isMovedAside_andRaisedAnewForItsCause() {
    hand.gate("t1");
    String key = keys.escalations() + only().getEscalationId();
    store.commit(List.of(Txn.builder().put(asked -> Optional.of(store.entries(key).getFirst()), key, ByteString.copyFromUtf8("?")).build())).join();
    await().until(() -> store.entries(keys.quarantine()).size() == 1);
    assertThat(only(EscalationState.ESCALATION_STATE_OPEN).getTaskId()).isEqualTo("t1");
  }
}
