package io.infrafabric.governor;

import static io.infrafabric.governor.GovernorFixture.refusalOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.grpc.StatusRuntimeException;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.v1.ApplyPolicyRequest;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.GetPolicyRequest;
import io.infrafabric.governor.v1.GetSwarmRequest;
import io.infrafabric.governor.v1.ListPoliciesRequest;
import io.infrafabric.governor.v1.ListPoliciesResponse;
import io.infrafabric.governor.v1.ListPolicyPresetsRequest;
import io.infrafabric.governor.v1.Policy;
import io.infrafabric.governor.v1.PolicyMode;
import io.infrafabric.governor.v1.PolicyProblem;
import io.infrafabric.governor.v1.RankSwarmsRequest;
import io.infrafabric.governor.v1.RollbackPolicyRequest;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.governor.v1.ValidatePolicyRequest;
import io.infrafabric.kit.grpc.Errors;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Outcome;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.names.Keys;
import io.infrafabric.testkit.store.MemoryStore;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
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
  private final GovernorFixture governor = new GovernorFixture(store, KEYS.root());
  private final GovernorFixture other = new GovernorFixture(store, KEYS.root());

  @AfterEach
  void stop() {
    other.close();
    governor.close();
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
}
