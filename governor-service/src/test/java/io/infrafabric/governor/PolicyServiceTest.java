package io.infrafabric.governor;

import static io.infrafabric.governor.GovernorFixture.refusalOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.entry;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.grpc.StatusRuntimeException;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.v1.ApplyPolicyRequest;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.ClaimFacts;
import io.infrafabric.governor.v1.DropShadowPolicyRequest;
import io.infrafabric.governor.v1.GetPolicyRequest;
import io.infrafabric.governor.v1.GetShadowPolicyRequest;
import io.infrafabric.governor.v1.GetSwarmRequest;
import io.infrafabric.governor.v1.ListPoliciesRequest;
import io.infrafabric.governor.v1.ListPoliciesResponse;
import io.infrafabric.governor.v1.ListPolicyPresetsRequest;
import io.infrafabric.governor.v1.ListViolationsRequest;
import io.infrafabric.governor.v1.ListViolationsResponse;
import io.infrafabric.governor.v1.Policy;
import io.infrafabric.governor.v1.PolicyComparison;
import io.infrafabric.governor.v1.PolicyDecision;
import io.infrafabric.governor.v1.PolicyFinding;
import io.infrafabric.governor.v1.PolicyMode;
import io.infrafabric.governor.v1.PolicyProblem;
import io.infrafabric.governor.v1.PolicyViolation;
import io.infrafabric.governor.v1.RankSwarmsRequest;
import io.infrafabric.governor.v1.RollbackPolicyRequest;
import io.infrafabric.governor.v1.SimulatePolicyRequest;
import io.infrafabric.governor.v1.SimulatePolicyResponse;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.governor.v1.SwarmFacts;
import io.infrafabric.governor.v1.TaskFacts;
import io.infrafabric.governor.v1.ValidatePolicyRequest;
import io.infrafabric.governor.v1.ViolationType;
import io.infrafabric.kit.grpc.Errors;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Outcome;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.kit.telemetry.Telemetry;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.Keys;
import io.infrafabric.policy.ActivePolicy;
import io.infrafabric.policy.AdmissionRules;
import io.infrafabric.policy.DecisionLog;
import io.infrafabric.policy.DecisionSettings;
import io.infrafabric.policy.PolicyRecords;
import io.infrafabric.testkit.nats.MemoryBus;
import io.infrafabric.testkit.store.MemoryStore;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** The policy over gRPC: applied, kept, rolled back, and followed by every governor. */
class PolicyServiceTest {
  private static final Keys KEYS = new Keys();

  private final MemoryStore store = new MemoryStore();
  private final MemoryBus bus = new MemoryBus();
  private final GovernorFixture governor = new GovernorFixture(store, KEYS.root(), Telemetry.none(), bus);
  private final GovernorFixture other = new GovernorFixture(store, KEYS.root(), Telemetry.none(), bus);
  private final DecisionLog coordinator =
      new DecisionLog(bus, "coordinator", () -> new PolicyRecords(KEYS).shadow(this::stored), DecisionSettings.defaults(), Telemetry.none().metrics(), InstantSource.system());

  @AfterEach
  void stop() {
    other.close();
    governor.close();
    bus.close();
  }

  private Optional<Entry> stored(String key) {
    return store.list(List.of(KEYS.policies())).join().entries().stream().filter(entry -> entry.key().equals(key)).findFirst();
  }

  private static ApplyPolicyRequest.Builder request(String requestId, String document) {
    return ApplyPolicyRequest.newBuilder().setRequestId(requestId).setPrincipal("ada@example.org").setDocument(document);
  }

  private Policy apply(String requestId, String document) {
    return governor.policies.applyPolicy(request(requestId, document).build()).getPolicy();
  }

  private static String swarms(int most) {
    return "resource_policy: {max_swarms_per_task: " + most + "}";
  }

  private Policy inForce(GovernorFixture at) {
    return at.policies.getPolicy(GetPolicyRequest.getDefaultInstance()).getPolicy();
  }

  private RollbackPolicyRequest rollback(String requestId, long revision) {
    return RollbackPolicyRequest.newBuilder().setRequestId(requestId).setPrincipal("bob@example.org").setRevision(revision).build();
  }

  private static Refusal refused(Executable call) {
    return Errors.refusalOf(catchThrowableOfType(StatusRuntimeException.class, call::execute)).orElseThrow();
  }

  @Test
  void withoutAnyPolicy_productionIsInForce() {
    Policy first = inForce(governor);
    assertThat(first.getRevision()).isEqualTo(1);
    assertThat(first.getTerms().getLimits().getMaxCostPerTaskMicros()).isEqualTo(10_000_000);
    assertThat(first.getDocument()).contains("max_swarms_per_task: 3");
    assertThat(history(governor)).extracting(Policy::getRevision).containsExactly(1L);
  }

  @Test
  void anAppliedPolicy_isTheNextRevision_atEveryGovernor() {
    Policy second = apply("r1", "preset: strict");
    assertThat(second.getRevision()).isEqualTo(2);
    assertThat(second.getMode()).isEqualTo(PolicyMode.POLICY_MODE_ENFORCED);
    assertThat(second.getPrincipal()).isEqualTo("ada@example.org");
    assertThat(second.getTerms().getLimits().getFailureThreshold()).isEqualTo(2);
    assertThat(second.hasAppliedAt()).isTrue();
    assertThat(inForce(other)).isEqualTo(second);
    assertThat(apply("r1", "preset: strict")).as("a retry").isEqualTo(second);
    assertThat(other.policies.applyPolicy(request("r1", "preset: strict").build()).getPolicy()).as("a retry elsewhere").isEqualTo(second);
    assertThat(refusalOf(() -> apply("r1", "preset: permissive"))).isEqualTo(ErrorCode.ERROR_CODE_REQUEST_ID_REUSED);
    assertThat(apply("r2", "preset: permissive").getRevision()).isEqualTo(3);
    assertThat(apply("r1", "preset: strict")).as("a late retry changes nothing").isEqualTo(second);
    assertThat(inForce(governor).getRevision()).isEqualTo(3);
  }

  @Test
  void anUnsoundDocument_isRefusedWithAllItsProblems_andTheOldOneStays() {
    String wrong = "resource_policy:\n  max_swarms_per_task: 9\n  max_cost_per_tsk: 1\n";
    Refusal refusal = refused(() -> apply("r1", wrong));
    assertThat(refusal.code()).isEqualTo(ErrorCode.ERROR_CODE_INVALID_ARGUMENT);
    assertThat(refusal.fields()).extracting(Refusal.Field::path)
        .containsExactly("document line 2 resource_policy.max_swarms_per_task", "document line 3 resource_policy.max_cost_per_tsk");
    assertThat(governor.policies.validatePolicy(ValidatePolicyRequest.newBuilder().setDocument(wrong).build()).getProblemsList())
        .extracting(PolicyProblem::getLine)
        .containsExactly(2, 3);
    assertThat(governor.policies.validatePolicy(ValidatePolicyRequest.newBuilder().setDocument("preset: strict").build()).getProblemsList()).isEmpty();
    assertThat(refused(() -> governor.policies.applyPolicy(request("r1", "preset: strict").clearPrincipal().build())).message()).contains("principal");
    assertThat(inForce(governor).getRevision()).isEqualTo(1);
  }

  @Test
  void whoExpectsAnotherRevision_isToldWhichOneIsInForce() {
    assertThat(governor.policies.applyPolicy(request("r1", swarms(1)).setExpectedRevision(1).build()).getPolicy().getRevision()).isEqualTo(2);
    Refusal refusal = refused(() -> governor.policies.applyPolicy(request("r2", swarms(2)).setExpectedRevision(1).build()));
    assertThat(refusal.code()).isEqualTo(ErrorCode.ERROR_CODE_POLICY_MOVED);
    assertThat(refusal.metadata()).containsEntry("policy_revision", "2");
    assertThat(inForce(governor).getRevision()).isEqualTo(2);
  }

  @Test
  void theLastHundredRevisions_areKept_andAnyOfThemCanComeBack() {
    for (int i = 2; i <= 130; i++) {
      assertThat(apply("r" + i, swarms(1 + i % 5)).getRevision()).isEqualTo(i);
    }
    assertThat(history(governor)).extracting(Policy::getRevision).containsExactlyElementsOf(LongStream.iterate(130, r -> r > 30, r -> r - 1).boxed().toList());
    assertThat(history(governor)).allMatch(policy -> policy.getDocument().isEmpty());
    assertThat(store.list(List.of(KEYS.policies())).join().entries()).hasSize(101);

    Policy back = other.policies.rollbackPolicy(rollback("back", 31)).getPolicy();
    assertThat(back.getRevision()).isEqualTo(131);
    assertThat(back.getRestores()).isEqualTo(31);
    assertThat(back.getPrincipal()).isEqualTo("bob@example.org");
    assertThat(back.getDocument()).isEqualTo(swarms(1 + 31 % 5));
    assertThat(inForce(governor)).isEqualTo(back);
    assertThat(governor.policies.rollbackPolicy(rollback("back", 31)).getPolicy()).as("a retry").isEqualTo(back);
    assertThat(refusalOf(() -> governor.policies.rollbackPolicy(rollback("back", 32)))).isEqualTo(ErrorCode.ERROR_CODE_REQUEST_ID_REUSED);
    assertThat(governor.policies.rollbackPolicy(rollback("first", 1)).getPolicy().getTerms().getLimits().getMaxSwarmsPerTask()).isEqualTo(3);
    for (long gone : List.of(30L, 500L)) {
      assertThat(refusalOf(() -> governor.policies.rollbackPolicy(rollback("gone" + gone, gone)))).isEqualTo(ErrorCode.ERROR_CODE_POLICY_NOT_FOUND);
      assertThat(refusalOf(() -> governor.policies.getPolicy(GetPolicyRequest.newBuilder().setRevision(gone).build()))).isEqualTo(ErrorCode.ERROR_CODE_POLICY_NOT_FOUND);
    }
    assertThat(governor.policies.getPolicy(GetPolicyRequest.newBuilder().setRevision(100).build()).getPolicy().getDocument()).isEqualTo(swarms(1 + 100 % 5));
  }

  private static List<Policy> history(GovernorFixture at) {
    List<Policy> all = new ArrayList<>();
    ListPoliciesRequest.Builder request = ListPoliciesRequest.newBuilder().setPageSize(7);
    ListPoliciesResponse page;
    do {
      page = at.policies.listPolicies(request.build());
      all.addAll(page.getPoliciesList());
      request.setPageToken(page.getNextPageToken());
    } while (!page.getNextPageToken().isEmpty());
    return all;
  }

  @Test
  void changesAtTwoGovernorsAtOnce_areRevisionsOneAfterTheOther() {
    List<CompletableFuture<Long>> all =
        IntStream.range(0, 20)
            .mapToObj(
                i ->
                    CompletableFuture.supplyAsync(
                        () -> (i % 2 == 0 ? governor : other).policies.applyPolicy(request("r" + i, swarms(1 + i % 5)).build()).getPolicy().getRevision()))
            .toList();
    Set<Long> revisions = new HashSet<>(all.stream().map(CompletableFuture::join).toList());
    assertThat(revisions).containsExactlyInAnyOrderElementsOf(LongStream.rangeClosed(2, 21).boxed().toList());
    assertThat(history(other)).hasSize(21);
  }

  @Test
  void rankings_followThePolicyAtEveryGovernor() {
    governor.register("half", "r", "a:a");
    RankSwarmsRequest both = RankSwarmsRequest.newBuilder().addRequiredCapabilities("a:a").addRequiredCapabilities("b:b").build();
    for (GovernorFixture at : List.of(governor, other)) {
      assertThat(at.matches.rankSwarms(both).getCandidatesCount()).isZero();
    }
    long revision = apply("r1", "resource_policy: {min_capability_match: 0.5}").getRevision();
    for (GovernorFixture at : List.of(governor, other)) {
      var ranked = await().until(() -> at.matches.rankSwarms(both), response -> response.getPolicyRevision() == revision);
      assertThat(ranked.getCandidatesCount()).isEqualTo(1);
    }
    apply("r2", "resource_policy: {min_capability_match: 0}");
    RankSwarmsRequest none = RankSwarmsRequest.newBuilder().addRequiredCapabilities("b:b").build();
    await().untilAsserted(() -> assertThat(other.matches.rankSwarms(none).getCandidatesCount()).as("nothing of it is needed").isEqualTo(1));
  }

  private Standing standing(String swarm) {
    return governor.registry.getSwarm(GetSwarmRequest.newBuilder().setSwarmId(swarm).build()).getStanding();
  }

  @Test
  void failuresBeforeATrip_followThePolicy_andTheStandingTellsWhich() {
    governor.register("s1", "r", "a:a");
    apply("r1", "resource_policy: {circuit_breaker_failure_threshold: 5}");
    await().until(() -> governor.matches.rankSwarms(RankSwarmsRequest.getDefaultInstance()).getPolicyRevision() == 2);
    await().until(() -> other.matches.rankSwarms(RankSwarmsRequest.getDefaultInstance()).getPolicyRevision() == 2);
    for (int i = 1; i <= 4; i++) {
      governor.coordinator.end("s1", "c" + i, ClaimEnd.CLAIM_END_FAILED, 0);
    }
    await().until(() -> standing("s1").getConsecutiveFailures() == 4);
    assertThat(standing("s1").getBreaker()).isEqualTo(BreakerState.BREAKER_STATE_CLOSED);
    assertThat(standing("s1").getPolicyRevision()).isEqualTo(2);
    governor.coordinator.end("s1", "c5", ClaimEnd.CLAIM_END_FAILED, 0);
    await().until(() -> standing("s1").getBreaker() == BreakerState.BREAKER_STATE_OPEN);
  }

  @Test
  void aPolicyThatCannotBeRead_isKept_andRanksNobody() {
    governor.register("s1", "r", "a:a");
    apply("r1", "preset: permissive");
    Entry there = store.list(List.of(KEYS.policies())).join().entries().stream().filter(entry -> entry.key().equals(KEYS.policyInForce())).findFirst().orElseThrow();
    Txn spoil = new Txn(List.of(new Txn.Compare(there.key(), there.modRevision())), List.of(new Txn.Write.Put(there.key(), ByteString.copyFromUtf8("?"), 0)));
    assertThat(store.commit(List.of(spoil)).join().getFirst()).isInstanceOf(Outcome.Committed.class);

    await().until(() -> governor.matches.rankSwarms(RankSwarmsRequest.getDefaultInstance()).getCandidatesCount() == 0);
    assertThat(refusalOf(() -> inForce(governor))).isEqualTo(ErrorCode.ERROR_CODE_RECORD_UNREADABLE);
    assertThat(refusalOf(() -> apply("r2", "preset: strict"))).isEqualTo(ErrorCode.ERROR_CODE_RECORD_UNREADABLE);
    await().until(() -> !store.list(List.of(KEYS.quarantine())).join().entries().isEmpty());
    assertThat(store.list(List.of(KEYS.policies())).join().entries()).extracting(Entry::key).contains(KEYS.policyInForce());
  }

  @Test
  void presets_canBeAppliedAsTheyAre() {
    for (var preset : governor.policies.listPolicyPresets(ListPolicyPresetsRequest.getDefaultInstance()).getPresetsList()) {
      assertThat(apply("p-" + preset.getName(), preset.getDocument()).getTerms()).isEqualTo(preset.getTerms());
    }
  }

  private Policy shadow(String requestId, String document) {
    return governor.policies.applyPolicy(request(requestId, document).setShadow(true).build()).getPolicy();
  }

  @Test
  void aShadow_isARevisionThatIsNotInForce_untilItIs() {
    Policy shadow = shadow("r1", "preset: strict");
    assertThat(shadow.getRevision()).isEqualTo(2);
    assertThat(shadow.getMode()).isEqualTo(PolicyMode.POLICY_MODE_SHADOW);
    assertThat(inForce(governor).getRevision()).isEqualTo(1);
    assertThat(other.policies.getPolicy(GetPolicyRequest.getDefaultInstance()).getShadow()).isEqualTo(shadow);
    assertThat(shadow("r1", "preset: strict")).as("a retry").isEqualTo(shadow);
    assertThat(refusalOf(() -> apply("r1", "preset: strict"))).isEqualTo(ErrorCode.ERROR_CODE_REQUEST_ID_REUSED);
    assertThat(apply("r2", swarms(4)).getRevision()).as("both count").isEqualTo(3);
    assertThat(other.policies.getShadowPolicy(GetShadowPolicyRequest.getDefaultInstance()).getPolicy()).isEqualTo(shadow);

    assertThat(governor.policies.rollbackPolicy(rollback("promote", 2)).getPolicy().getRevision()).isEqualTo(4);
    assertThat(inForce(other).getTerms()).isEqualTo(shadow.getTerms());
    assertThat(other.policies.getShadowPolicy(GetShadowPolicyRequest.getDefaultInstance()).hasPolicy()).as("there is nothing to compare").isFalse();
    assertThat(history(governor)).extracting(Policy::getRevision).containsExactly(4L, 3L, 2L, 1L);
  }

  @Test
  void aShadow_canBeDropped_onceAndAgain() {
    shadow("r1", "preset: strict");
    DropShadowPolicyRequest drop = DropShadowPolicyRequest.newBuilder().setRequestId("drop").setPrincipal("ada@example.org").build();
    assertThat(other.policies.dropShadowPolicy(drop).getPolicy().getRevision()).isEqualTo(2);
    assertThat(governor.policies.dropShadowPolicy(drop).hasPolicy()).isFalse();
    assertThat(governor.policies.getPolicy(GetPolicyRequest.getDefaultInstance()).hasShadow()).isFalse();
    assertThat(refused(() -> governor.policies.dropShadowPolicy(drop.toBuilder().clearPrincipal().build())).message()).contains("principal");
  }

  /** A claim as a coordinator has decided on it under the policy in force. */
  private void claimed(String task, long capMicros, long costMicros) {
    ClaimFacts facts =
        ClaimFacts.newBuilder()
            .setTask(TaskFacts.newBuilder().setTaskId(task).setMaxCostMicros(capMicros))
            .setSwarm(SwarmFacts.newBuilder().setSwarmId("fox"))
            .build();
    Policy policy = inForce(governor);
    List<PolicyFinding> findings = AdmissionRules.decide(ActivePolicy.of(policy), facts).findings();
    PolicyDecision decision =
        PolicyDecision.newBuilder()
            .setDecisionId("d-" + task)
            .setAt(Times.toProto(Instant.now()))
            .setPolicyRevision(policy.getRevision())
            .setClaim(facts)
            .setClaimId("c-" + task)
            .addAllFindings(findings)
            .build();
    if (findings.isEmpty()) {
      coordinator.allowed(() -> decision);
      coordinator.booked("c-" + task, costMicros);
    } else {
      coordinator.denied(() -> decision);
    }
    coordinator.runOnce();
  }

  private SimulatePolicyResponse simulate(SimulatePolicyRequest.Builder request) {
    return other.policies.simulatePolicy(request.setRequestId("s").build());
  }

  @Test
  void simulation_tellsWhatWouldHaveChanged_andAReplayThatNothingHas() {
    apply("r1", "resource_policy: {max_cost_per_task: 5}");
    claimed("t1", 4_000_000, 3_000_000);
    claimed("t2", 6_000_000, 0);
    apply("r2", "resource_policy: {max_cost_per_task: 8}");
    claimed("t3", 6_000_000, 5_500_000);
    claimed("t4", 9_000_000, 0);

    SimulatePolicyResponse replay = simulate(SimulatePolicyRequest.newBuilder().setReplay(true));
    assertThat(replay.getDecisions()).isEqualTo(4);
    assertThat(replay.getChanged()).isZero();
    assertThat(replay.getSpentMicros()).isEqualTo(replay.getWouldHaveSpentMicros()).isEqualTo(8_500_000);

    PolicyComparison tighter = simulate(SimulatePolicyRequest.newBuilder().setRevision(2)).getComparison();
    assertThat(tighter.getNewlyDenied()).isEqualTo(1);
    assertThat(tighter.getWouldHaveSpentMicros()).isEqualTo(3_000_000);
    assertThat(tighter.getExamplesList()).singleElement().asString().contains("task t3, swarm fox");
    PolicyComparison looser = simulate(SimulatePolicyRequest.newBuilder().setDocument("preset: permissive")).getComparison();
    assertThat(looser.getNewlyAllowed()).isEqualTo(2);
    assertThat(looser.getNewlyAllowedCapsMicros()).isEqualTo(15_000_000);

    SimulatePolicyResponse newest = simulate(SimulatePolicyRequest.newBuilder().setReplay(true).setLimit(3));
    assertThat(newest.getDecisions()).isEqualTo(3);
    assertThat(newest.getComparison().getTruncated()).isTrue();
    assertThat(simulate(SimulatePolicyRequest.newBuilder().setReplay(true).setFrom(Times.toProto(Instant.now().plusSeconds(60)))).getDecisions()).isZero();
    assertThat(simulate(SimulatePolicyRequest.newBuilder().setReplay(true).setTo(Times.toProto(Instant.now().minusSeconds(60)))).getDecisions()).isZero();
  }

  @Test
  void simulation_needsOnePolicyThatIsSound() {
    assertThat(refusalOf(() -> simulate(SimulatePolicyRequest.newBuilder()))).isEqualTo(ErrorCode.ERROR_CODE_INVALID_ARGUMENT);
    assertThat(refusalOf(() -> simulate(SimulatePolicyRequest.newBuilder().setReplay(true).setRevision(1)))).isEqualTo(ErrorCode.ERROR_CODE_INVALID_ARGUMENT);
    assertThat(refusalOf(() -> simulate(SimulatePolicyRequest.newBuilder().setDocument("preset: best")))).isEqualTo(ErrorCode.ERROR_CODE_INVALID_ARGUMENT);
    assertThat(refusalOf(() -> simulate(SimulatePolicyRequest.newBuilder().setRevision(9)))).isEqualTo(ErrorCode.ERROR_CODE_POLICY_NOT_FOUND);
    bus.goAway();
    assertThat(refusalOf(() -> simulate(SimulatePolicyRequest.newBuilder().setReplay(true)))).isEqualTo(ErrorCode.ERROR_CODE_UNAVAILABLE);
    bus.comeBack();
  }

  @Test
  void theShadow_isJudgedByWhatItSaidAtTheTime() {
    claimed("before", 7_000_000, 1);
    shadow("r1", "resource_policy: {max_cost_per_task: 6}");
    claimed("cheap", 5_000_000, 4_000_000);
    claimed("dear", 7_000_000, 6_500_000);
    PolicyComparison compared = governor.policies.getShadowPolicy(GetShadowPolicyRequest.getDefaultInstance()).getComparison();
    assertThat(compared.getDecisions()).isEqualTo(2);
    assertThat(compared.getNewlyDenied()).isEqualTo(1);
    assertThat(compared.getSpentMicros()).isEqualTo(10_500_000);
    assertThat(compared.getWouldHaveSpentMicros()).isEqualTo(4_000_000);
  }

  private ListViolationsResponse violations(ListViolationsRequest.Builder request) {
    return other.policies.listViolations(request.build());
  }

  @Test
  void violations_areFoundByTypeSwarmTaskAndTime_pageByPage() {
    for (int i = 0; i < 7; i++) {
      claimed("t" + i, 20_000_000, 0);
    }
    ListViolationsResponse first = violations(ListViolationsRequest.newBuilder().setPageSize(5));
    assertThat(first.getViolationsList()).extracting(PolicyViolation::getTaskId).containsExactly("t6", "t5", "t4", "t3", "t2");
    ListViolationsResponse second = violations(ListViolationsRequest.newBuilder().setPageSize(5).setPageToken(first.getNextPageToken()));
    assertThat(second.getViolationsList()).extracting(PolicyViolation::getTaskId).containsExactly("t1", "t0");
    assertThat(second.getNextPageToken()).isEmpty();
    assertThat(first.getViolations(0).getType()).isEqualTo(ViolationType.VIOLATION_TYPE_COST_PER_TASK);
    assertThat(first.getViolations(0).getViolationId()).isNotEmpty();
    assertThat(violations(ListViolationsRequest.newBuilder().setTaskId("t3")).getViolationsCount()).isEqualTo(1);
    assertThat(violations(ListViolationsRequest.newBuilder().setSwarmId("owl")).getViolationsCount()).isZero();
    assertThat(violations(ListViolationsRequest.newBuilder().setType(ViolationType.VIOLATION_TYPE_CONDITION)).getViolationsCount()).isZero();
    assertThat(violations(ListViolationsRequest.newBuilder().setFrom(Times.toProto(Instant.now().plusSeconds(9)))).getViolationsCount()).isZero();
    assertThat(violations(ListViolationsRequest.newBuilder().setTo(Times.toProto(Instant.now().minusSeconds(90)))).getViolationsCount()).isZero();
    assertThat(refusalOf(() -> violations(ListViolationsRequest.newBuilder().setPageToken("x")))).isEqualTo(ErrorCode.ERROR_CODE_INVALID_ARGUMENT);
  }

  @Test
  void bookings_areWrittenDown_withFailuresThatTripOrDoNot() {
    governor.register("s1", "r", "a:a");
    for (int i = 1; i <= 3; i++) {
      governor.coordinator.end("s1", "c" + i, ClaimEnd.CLAIM_END_FAILED, 0);
    }
    await().until(() -> simulate(SimulatePolicyRequest.newBuilder().setReplay(true)).getDecisions() == 3);
    assertThat(simulate(SimulatePolicyRequest.newBuilder().setReplay(true)).getChanged()).isZero();
    PolicyComparison two = simulate(SimulatePolicyRequest.newBuilder().setDocument("resource_policy: {circuit_breaker_failure_threshold: 2}")).getComparison();
    assertThat(two.getNewlyDeniedByRuleMap()).containsExactly(entry("circuit_breaker_failure_threshold", 1));
    assertThat(violations(ListViolationsRequest.newBuilder().setType(ViolationType.VIOLATION_TYPE_FAILURES)).getViolationsList())
        .singleElement()
        .extracting(PolicyViolation::getSwarmId)
        .isEqualTo("s1");
  }
}
