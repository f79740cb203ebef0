package io.infrafabric.coordinator.claim;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.SkillLevel;
import io.infrafabric.coordinator.Samples;
import io.infrafabric.coordinator.commitment.CommitmentRules;
import io.infrafabric.coordinator.task.StoredTask;
import io.infrafabric.coordinator.v1.Attempt;
import io.infrafabric.coordinator.v1.Cancelled;
import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.Commitment;
import io.infrafabric.coordinator.v1.Completed;
import io.infrafabric.coordinator.v1.Failed;
import io.infrafabric.coordinator.v1.Quarantined;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.coordinator.v1.Waiting;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.v1.BreakerReason;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.PolicyCondition;
import io.infrafabric.governor.v1.PolicyLimits;
import io.infrafabric.governor.v1.PolicyTerms;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.names.SwarmId;
import io.infrafabric.policy.ActivePolicy;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ClaimRulesTest {
  private static final TaskSpec SPEC = Samples.spec("t1", "code:java").setMaxCostMicros(1_000_000).build();
  private static final Standing FOX = Samples.standing("fox", "code:java").build();
  private static final ClaimCommand BY_FOX = command("r1", "fox", "");

  private static ClaimCommand command(String request, String swarm, String agent) {
    return new ClaimCommand(request, new SwarmId(swarm), Samples.SESSION, agent, false);
  }

  private static ClaimRules.Verdict judge(Task task, ClaimCommand command, Admission admission) {
    return ClaimRules.judge("t1", Samples.stored(task), command, admission);
  }

  private static ErrorCode refused(ClaimRules.Verdict verdict) {
    return ((ClaimRules.Verdict.Refused) verdict).refusal().code();
  }

  private static ErrorCode refused(Task task, ClaimCommand command, Admission admission) {
    return refused(judge(task, command, admission));
  }

  @Test
  void claim_isAdmittedWhenAllIsWell() {
    assertThat(judge(Samples.ready(SPEC), BY_FOX, Samples.admission(FOX))).isEqualTo(new ClaimRules.Verdict.Admit());
  }

  @Test
  void claim_isRefusedWhenTheSwarmIsNotRegistered() {
    Admission nobody = new Admission(Optional.empty(), 0, Optional.empty(), Samples.book("fox"), ActivePolicy.first());
    assertThat(refused(Samples.ready(SPEC), BY_FOX, nobody)).isEqualTo(ErrorCode.ERROR_CODE_SWARM_NOT_FOUND);
  }

  @Test
  void retryOfAClaim_isToldSo_alsoWhenTheSwarmWasUnregisteredSince() {
    Admission out = new Admission(Samples.admission(FOX).session(), Samples.SESSION_REVISION, Optional.empty(), Samples.book("fox"), ActivePolicy.first());
    Task held = Samples.claimed(SPEC, "fox", 1);
    assertThat(judge(held, command("claimed-1", "fox", ""), out)).isEqualTo(new ClaimRules.Verdict.Held(held.getClaimed()));
    assertThat(refused(held, BY_FOX, out)).as("another request").isEqualTo(ErrorCode.ERROR_CODE_SWARM_NOT_FOUND);
    assertThat(refused(held, command("claimed-1", "owl", ""), out)).as("of another swarm").isEqualTo(ErrorCode.ERROR_CODE_SWARM_NOT_FOUND);
    Admission later = new Admission(out.session(), Samples.SESSION_REVISION + 1, Optional.empty(), out.commitments(), ActivePolicy.first());
    assertThat(refused(held, command("claimed-1", "fox", ""), later)).as("of another session").isEqualTo(ErrorCode.ERROR_CODE_SWARM_NOT_FOUND);
  }

  @Test
  void claim_isRefusedWithoutTheLiveSession() {
    Admission without = new Admission(Optional.empty(), 0, Optional.of(FOX), Samples.book("fox"), ActivePolicy.first());
    assertThat(refused(Samples.ready(SPEC), BY_FOX, without)).isEqualTo(ErrorCode.ERROR_CODE_SESSION_NOT_FOUND);
    ClaimCommand old = new ClaimCommand("r1", new SwarmId("fox"), "of-yesterday", "", false);
    assertThat(refused(Samples.ready(SPEC), old, Samples.admission(FOX))).isEqualTo(ErrorCode.ERROR_CODE_SESSION_NOT_FOUND);
  }

  @Test
  void claim_isRefusedWhenThereIsNoSuchTask() {
    ClaimRules.Verdict verdict = ClaimRules.judge("t1", Optional.empty(), BY_FOX, Samples.admission(FOX));
    assertThat(refused(verdict)).isEqualTo(ErrorCode.ERROR_CODE_TASK_NOT_FOUND);
  }

  @Test
  void claim_isRefusedWhileTheTaskWaits_andSaysForWhat() {
    Task waiting = Samples.ready(SPEC).toBuilder().setWaiting(Waiting.newBuilder().addOpenDependencies("d1")).build();
    ClaimRules.Verdict verdict = judge(waiting, BY_FOX, Samples.admission(FOX));
    assertThat(refused(verdict)).isEqualTo(ErrorCode.ERROR_CODE_TASK_NOT_READY);
    assertThat(((ClaimRules.Verdict.Refused) verdict).refusal().message()).contains("WAITING for d1");
    assertThat(((ClaimRules.Verdict.Refused) verdict).certain()).isFalse();
  }

  static Stream<Task> ended() {
    Task task = Samples.ready(SPEC);
    return Stream.of(
        task.toBuilder().setCompleted(Completed.getDefaultInstance()).build(),
        task.toBuilder().setFailed(Failed.getDefaultInstance()).build(),
        task.toBuilder().setCancelled(Cancelled.getDefaultInstance()).build(),
        task.toBuilder().setQuarantined(Quarantined.getDefaultInstance()).build());
  }

  @ParameterizedTest
  @MethodSource("ended")
  void claim_isRefusedOnceTheTaskHasEnded(Task task) {
    assertThat(refused(task, BY_FOX, Samples.admission(FOX))).isEqualTo(ErrorCode.ERROR_CODE_TASK_ENDED);
  }

  @Test
  void claim_isRefusedWhenHeldByAnother_whoIsNamed() {
    Task held = Samples.claimed(SPEC, "owl", 1);
    Refusal refusal = ((ClaimRules.Verdict.Refused) judge(held, BY_FOX, Samples.admission(FOX))).refusal();
    assertThat(refusal.code()).isEqualTo(ErrorCode.ERROR_CODE_ALREADY_CLAIMED);
    assertThat(refusal.metadata()).containsEntry("holder", "owl").containsEntry("task_id", "t1").containsEntry("attempt", "1");
  }

  @Test
  void claim_isAnsweredAgainToItsHolder() {
    Task held = Samples.claimed(SPEC, "fox", 1);
    assertThat(judge(held, BY_FOX, Samples.admission(FOX))).isEqualTo(new ClaimRules.Verdict.Held(held.getClaimed()));
  }

  @Test
  void claim_isAnsweredAgainWhateverTheSwarmsStandingIsByNow() {
    Task held = Samples.claimed(SPEC, "fox", 1);
    Standing fallen = FOX.toBuilder().setBreaker(BreakerState.BREAKER_STATE_OPEN).setCreditMicros(0).build();
    assertThat(judge(held, BY_FOX, Samples.admission(fallen))).isInstanceOf(ClaimRules.Verdict.Held.class);
  }

  @Test
  void claim_isRefusedToAnotherAgentOfTheSameSwarm_butNotToTheRetryOfItsRequest() {
    Task held = Samples.claimed(SPEC, "fox", 1);
    held = held.toBuilder().setClaimed(held.getClaimed().toBuilder().setAgent("a1")).build();
    assertThat(refused(held, command("r2", "fox", "a2"), Samples.admission(FOX))).isEqualTo(ErrorCode.ERROR_CODE_ALREADY_CLAIMED);
    assertThat(judge(held, command("r2", "fox", "a1"), Samples.admission(FOX))).isInstanceOf(ClaimRules.Verdict.Held.class);
    assertThat(judge(held, command("claimed-1", "fox", "a2"), Samples.admission(FOX))).isInstanceOf(ClaimRules.Verdict.Held.class);
  }

  @Test
  void claim_isRefusedToItsOwnSwarmUnderANewSession() {
    Task held = Samples.claimed(SPEC, "fox", 1);
    held = held.toBuilder().setClaimed(held.getClaimed().toBuilder().setSessionRevision(Samples.SESSION_REVISION - 1)).build();
    assertThat(refused(held, BY_FOX, Samples.admission(FOX))).isEqualTo(ErrorCode.ERROR_CODE_ALREADY_CLAIMED);
  }

  @Test
  void claim_isRefusedWhileTheBreakerIsOpen() {
    Standing open = FOX.toBuilder().setBreaker(BreakerState.BREAKER_STATE_OPEN).setBreakerReason(BreakerReason.forNumber(1)).build();
    assertThat(refused(Samples.ready(SPEC), BY_FOX, Samples.admission(open))).isEqualTo(ErrorCode.ERROR_CODE_BREAKER_OPEN);
  }

  private static Admission under(PolicyLimits.Builder limits) {
    return Samples.under(ActivePolicy.of(7, PolicyTerms.newBuilder().setLimits(limits).build()), Samples.admission(FOX));
  }

  @Test
  void claim_followsThePolicyInForce() {
    PolicyLimits production = ActivePolicy.first().limits();
    TaskSpec two = Samples.spec("t1", "code:java", "code:rust").setMaxCostMicros(1_000_000).build();
    assertThat(ClaimRules.admit(two, under(production.toBuilder().setMinCapabilityMatchMillis(500)))).isEmpty();
    Refusal lacking = ClaimRules.admit(two, under(production.toBuilder().setMinCapabilityMatchMillis(501))).orElseThrow();
    assertThat(lacking.code()).isEqualTo(ErrorCode.ERROR_CODE_CAPABILITY_MISSING);
    assertThat(lacking.metadata()).containsEntry("policy_revision", "7");

    assertThat(ClaimRules.admit(SPEC, under(production.toBuilder().setMaxCostPerTaskMicros(1_000_000)))).isEmpty();
    Refusal dear = ClaimRules.admit(SPEC, under(production.toBuilder().setMaxCostPerTaskMicros(999_999))).orElseThrow();
    assertThat(dear.code()).isEqualTo(ErrorCode.ERROR_CODE_POLICY_DENIED);
    assertThat(dear.metadata()).containsEntry("rule", "max_cost_per_task").containsEntry("limit_micros", "999999").containsEntry("policy_revision", "7");
  }

  @Test
  void conditionsOfThePolicy_denyByTheWholeTask_andTellEachOne() {
    PolicyTerms terms =
        ActivePolicy.first().terms().toBuilder()
            .addConditions(PolicyCondition.newBuilder().setName("experts").setWhen("task.task_class == 'security'").setRequire("swarm.reputation_millis >= 900").setMessage("security is for experts"))
            .addConditions(PolicyCondition.newBuilder().setName("labelled").setRequire("'team' in task.labels"))
            .build();
    Admission admission = Samples.under(ActivePolicy.of(7, terms), Samples.admission(FOX));
    assertThat(ClaimRules.admit(SPEC.toBuilder().putLabels("team", "red").build(), admission)).isEmpty();
    Refusal refusal = ClaimRules.admit(SPEC.toBuilder().setTaskClass("security").build(), admission).orElseThrow();
    assertThat(refusal.code()).isEqualTo(ErrorCode.ERROR_CODE_POLICY_DENIED);
    assertThat(refusal.metadata()).containsEntry("rule", "experts,labelled").containsEntry("policy_revision", "7");
    assertThat(refusal.message()).contains("security is for experts");
    assertThat(ClaimRules.admitKind(SPEC, admission)).as("a kind of tasks has no labels").isEmpty();
  }

  @Test
  void policyThatCannotBeRead_admitsNothing() {
    Admission blind = Samples.under(ActivePolicy.unreadable(), Samples.admission(FOX));
    assertThat(ClaimRules.admit(SPEC, blind).orElseThrow().code()).isEqualTo(ErrorCode.ERROR_CODE_RECORD_UNREADABLE);
    assertThat(ClaimRules.admit(SPEC.toBuilder().setMaxCostMicros(0).build(), blind)).isPresent();
  }

  @Test
  void claim_isAdmittedWith7Of10Capabilities_andRefusedWith2Of3() {
    String[] ten = IntStream.range(0, 10).mapToObj(i -> "a:c" + i).toArray(String[]::new);
    Standing seven = Samples.standing("fox", Stream.of(ten).limit(7).toArray(String[]::new)).build();
    assertThat(judge(Samples.ready(Samples.spec("t1", ten).build()), BY_FOX, Samples.admission(seven))).isInstanceOf(ClaimRules.Verdict.Admit.class);

    Standing two = Samples.standing("fox", "a:c0", "a:c1").build();
    ClaimRules.Verdict verdict = judge(Samples.ready(Samples.spec("t1", "a:c0", "a:c1", "a:c2").build()), BY_FOX, Samples.admission(two));
    assertThat(refused(verdict)).isEqualTo(ErrorCode.ERROR_CODE_CAPABILITY_MISSING);
    assertThat(((ClaimRules.Verdict.Refused) verdict).refusal().metadata()).containsEntry("missing", "a:c2");
  }

  @Test
  void claim_isRefusedWhereASkillIsBelowTheLeastLevel() {
    Task task = Samples.ready(Samples.spec("t1", "a:c0").putMinSkills("a:c0", SkillLevel.SKILL_LEVEL_ADVANCED).build());
    Standing novice = Samples.standing("fox", "a:c0").build();
    ClaimRules.Verdict verdict = judge(task, BY_FOX, Samples.admission(novice));
    assertThat(refused(verdict)).isEqualTo(ErrorCode.ERROR_CODE_CAPABILITY_MISSING);
    Refusal refusal = ((ClaimRules.Verdict.Refused) verdict).refusal();
    assertThat(refusal.message()).contains("a:c0 (novice, advanced is needed)");
    assertThat(refusal.metadata()).containsEntry("missing", "a:c0");
    Standing.Builder skilled = Samples.standing("fox", "a:c0").putSkills("a:c0", SkillLevel.SKILL_LEVEL_INTERMEDIATE);
    assertThat(refused(judge(task, BY_FOX, Samples.admission(skilled.build())))).isEqualTo(ErrorCode.ERROR_CODE_CAPABILITY_MISSING);
    skilled.putSkills("a:c0", SkillLevel.SKILL_LEVEL_ADVANCED);
    assertThat(judge(task, BY_FOX, Samples.admission(skilled.build()))).isInstanceOf(ClaimRules.Verdict.Admit.class);
  }

  @Test
  void taskWithoutRequirements_isForEverybody() {
    assertThat(judge(Samples.ready(Samples.spec("t1").build()), BY_FOX, Samples.admission(Samples.standing("fox").build())))
        .isInstanceOf(ClaimRules.Verdict.Admit.class);
  }

  @ParameterizedTest
  @CsvSource({"700, true", "701, false", "0, true"})
  void claim_needsTheReputation_inclusive(int minimum, boolean admitted) {
    Optional<Refusal> refusal = ClaimRules.admit(SPEC.toBuilder().setMinReputationMillis(minimum).build(), Samples.admission(FOX));
    assertThat(refusal.map(Refusal::code)).isEqualTo(admitted ? Optional.empty() : Optional.of(ErrorCode.ERROR_CODE_REPUTATION_TOO_LOW));
  }

  @Test
  void claim_isRefusedAtCapacity_whereEndedClaimsDoNotCount() {
    Commitment ended = Samples.open("c3", 1).toBuilder().setEnd(ClaimEnd.CLAIM_END_COMPLETED).build();
    Commitment[] two = {Samples.open("c1", 1), Samples.open("c2", 1), ended};
    assertThat(ClaimRules.admit(SPEC, Samples.admission(FOX, two))).isEmpty();
    Commitment[] three = {Samples.open("c1", 1), Samples.open("c2", 1), Samples.open("c4", 1)};
    assertThat(ClaimRules.admit(SPEC, Samples.admission(FOX, three)).orElseThrow().code()).isEqualTo(ErrorCode.ERROR_CODE_AT_CAPACITY);
  }

  @Test
  void capacity_isThreeUnlessTheManifestSays_andNeverMoreThanTheBookHolds() {
    assertThat(ClaimRules.capacity(FOX.toBuilder().setMaxConcurrent(0).build())).isEqualTo(3);
    assertThat(ClaimRules.capacity(FOX.toBuilder().setMaxConcurrent(9).build())).isEqualTo(9);
    Standing large = FOX.toBuilder().setMaxConcurrent(256).build();
    Commitment[] full = IntStream.range(0, CommitmentRules.MOST).mapToObj(i -> Samples.open("c" + i, 1)).toArray(Commitment[]::new);
    assertThat(ClaimRules.admit(SPEC, Samples.admission(large, full)).orElseThrow().code()).isEqualTo(ErrorCode.ERROR_CODE_AT_CAPACITY);
  }

  @Test
  void claim_isRefusedWhenTheBookIsFullOfEndedClaims_untilTheyAreBooked() {
    Commitment[] full =
        IntStream.range(0, CommitmentRules.MOST)
            .mapToObj(i -> Samples.open("c" + i, 1).toBuilder().setEnd(ClaimEnd.CLAIM_END_COMPLETED).build())
            .toArray(Commitment[]::new);
    assertThat(ClaimRules.admit(SPEC, Samples.admission(FOX, full)).orElseThrow().code()).isEqualTo(ErrorCode.ERROR_CODE_SETTLEMENT_BACKLOG);
    assertThat(ClaimRules.admit(SPEC, Samples.admission(FOX.toBuilder().addSettledClaimIds("c0").build(), full))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"9000000, true", "9000001, false", "0, true"})
  void claim_fitsTheCreditToTheMicroDollar(long committed, boolean fits) {
    Optional<Refusal> refusal = ClaimRules.admit(SPEC, Samples.admission(FOX, Samples.open("c1", committed)));
    assertThat(refusal.isEmpty()).isEqualTo(fits);
    refusal.ifPresent(
        r -> {
          assertThat(r.code()).isEqualTo(ErrorCode.ERROR_CODE_BUDGET_EXCEEDED);
          assertThat(r.metadata()).containsEntry("shortfall_micros", "1").containsEntry("credit_micros", "10000000").containsEntry("committed_micros", "9000001");
        });
  }

  @Test
  void endedClaim_countsWithItsCost_untilItIsBooked() {
    Commitment ended = Samples.open("c1", 10_000_000).toBuilder().setEnd(ClaimEnd.CLAIM_END_COMPLETED).setCostMicros(9_000_001).build();
    assertThat(ClaimRules.admit(SPEC, Samples.admission(FOX, ended)).orElseThrow().metadata()).containsEntry("shortfall_micros", "1");
    Standing booked = FOX.toBuilder().setCreditMicros(1_000_000).addSettledClaimIds("c1").build();
    assertThat(ClaimRules.admit(SPEC, Samples.admission(booked, ended))).isEmpty();
  }

  @Test
  void freeTask_needsNoCredit() {
    Standing poor = FOX.toBuilder().setCreditMicros(0).build();
    assertThat(ClaimRules.admit(SPEC.toBuilder().setMaxCostMicros(0).build(), Samples.admission(poor))).isEmpty();
    assertThat(ClaimRules.admit(SPEC.toBuilder().setMaxCostMicros(1).build(), Samples.admission(poor))).isPresent();
  }

  /** One cause is told at a time: what concerns the caller, then the task, then what only time or people change. */
  @Test
  void refusals_comeInOneOrder() {
    Standing worst =
        Samples.standing("fox").setBreaker(BreakerState.BREAKER_STATE_OPEN).setReputationMillis(0).setMaxConcurrent(1).setCreditMicros(0).build();
    TaskSpec spec = SPEC.toBuilder().setMinReputationMillis(1).build();
    Commitment held = Samples.open("c1", 1);
    Admission none = new Admission(Optional.empty(), 0, Optional.empty(), Samples.book("fox"), ActivePolicy.first());
    Task completed = Samples.ready(spec).toBuilder().setCompleted(Completed.getDefaultInstance()).build();
    Task ready = Samples.ready(spec);

    assertThat(refused(completed, BY_FOX, none)).isEqualTo(ErrorCode.ERROR_CODE_SWARM_NOT_FOUND);
    assertThat(refused(completed, BY_FOX, new Admission(Optional.empty(), 0, Optional.of(worst), Samples.book("fox"), ActivePolicy.first())))
        .isEqualTo(ErrorCode.ERROR_CODE_SESSION_NOT_FOUND);
    assertThat(refused(completed, BY_FOX, Samples.admission(worst, held))).isEqualTo(ErrorCode.ERROR_CODE_TASK_ENDED);
    assertThat(refused(ready, BY_FOX, Samples.admission(worst, held))).isEqualTo(ErrorCode.ERROR_CODE_BREAKER_OPEN);
    Standing closed = worst.toBuilder().setBreaker(BreakerState.BREAKER_STATE_CLOSED).build();
    assertThat(refused(ready, BY_FOX, Samples.admission(closed, held))).isEqualTo(ErrorCode.ERROR_CODE_CAPABILITY_MISSING);
    Standing able = closed.toBuilder().addCapabilities("code:java").build();
    assertThat(refused(ready, BY_FOX, Samples.admission(able, held))).isEqualTo(ErrorCode.ERROR_CODE_REPUTATION_TOO_LOW);
    Standing trusted = able.toBuilder().setReputationMillis(1).build();
    assertThat(refused(ready, BY_FOX, Samples.admission(trusted, held))).isEqualTo(ErrorCode.ERROR_CODE_AT_CAPACITY);
    assertThat(refused(ready, BY_FOX, Samples.admission(trusted))).isEqualTo(ErrorCode.ERROR_CODE_BUDGET_EXCEEDED);
    assertThat(judge(ready, BY_FOX, Samples.admission(trusted.toBuilder().setCreditMicros(1_000_000).build()))).isInstanceOf(ClaimRules.Verdict.Admit.class);
  }

  private static ClaimRules.Report report(Task task, String swarm, long fence, String request) {
    return ClaimRules.report("t1", Samples.stored(task), swarm, fence, request);
  }

  private static ErrorCode refused(ClaimRules.Report report) {
    return ((ClaimRules.Report.Refused) report).refusal().code();
  }

  private static Task ended(int attempts, Task state) {
    Task.Builder task = state.toBuilder();
    for (int i = 1; i <= attempts; i++) {
      task.addAttempts(Attempt.newBuilder().setNumber(i).setSwarmId("fox").setFence(100L * i).setRequestId("end-" + i).setEnd(ClaimEnd.CLAIM_END_FAILED));
    }
    return task.setAttempt(attempts).build();
  }

  @Test
  void report_countsWithTheFenceOfTheLiveClaim() {
    Task held = Samples.claimed(SPEC, "fox", 1);
    assertThat(report(held, "fox", 100, "r")).isEqualTo(new ClaimRules.Report.Current(held.getClaimed()));
  }

  @Test
  void report_isRefusedWithAnyOtherFence() {
    Task held = ended(1, Samples.claimed(SPEC, "fox", 2));
    assertThat(refused(report(held, "fox", 100, "r"))).isEqualTo(ErrorCode.ERROR_CODE_STALE_FENCE);
    assertThat(refused(report(held, "fox", 300, "r"))).isEqualTo(ErrorCode.ERROR_CODE_STALE_FENCE);
    assertThat(refused(report(held, "fox", 199, "r"))).isEqualTo(ErrorCode.ERROR_CODE_STALE_FENCE);
  }

  @Test
  void report_isRefusedToWhoIsNotTheHolder() {
    Task held = Samples.claimed(SPEC, "fox", 1);
    assertThat(refused(report(held, "owl", 100, "r"))).isEqualTo(ErrorCode.ERROR_CODE_NOT_THE_HOLDER);
    assertThat(refused(report(held, "owl", 7, "r"))).isEqualTo(ErrorCode.ERROR_CODE_NOT_THE_HOLDER);
  }

  @Test
  void report_isDoneWhenTheSameRequestEndedThatClaim() {
    Task again = ended(1, Samples.ready(SPEC));
    assertThat(report(again, "fox", 100, "end-1")).isInstanceOf(ClaimRules.Report.Done.class);
    assertThat(refused(report(again, "fox", 100, "end-2"))).isEqualTo(ErrorCode.ERROR_CODE_STALE_FENCE);
    assertThat(refused(report(again, "owl", 100, "end-1"))).isEqualTo(ErrorCode.ERROR_CODE_STALE_FENCE);
  }

  @Test
  void report_isNeverDoneByTheFabricsOwnEnds() {
    Task lost = ended(1, Samples.ready(SPEC));
    lost = lost.toBuilder().setAttempts(0, lost.getAttempts(0).toBuilder().setRequestId("").setEnd(ClaimEnd.CLAIM_END_LOST)).build();
    assertThat(refused(report(lost, "fox", 100, ""))).isEqualTo(ErrorCode.ERROR_CODE_STALE_FENCE);
  }

  @Test
  void secondOutcomeOfAClaim_isRefusedBecauseTheFirstStands() {
    Task held = Samples.claimed(SPEC, "fox", 1);
    Task completed = ended(1, held.toBuilder().setCompleted(Completed.newBuilder().setClaim(held.getClaimed())).build());
    assertThat(refused(report(completed, "fox", 100, "other"))).isEqualTo(ErrorCode.ERROR_CODE_TASK_ENDED);
  }

  @Test
  void report_isRefusedAboutATaskThatNobodyEverHeld() {
    assertThat(refused(report(Samples.ready(SPEC), "fox", 100, "r"))).isEqualTo(ErrorCode.ERROR_CODE_TASK_NOT_READY);
    Optional<StoredTask> none = Optional.empty();
    assertThat(refused(ClaimRules.report("t1", none, "fox", 100, "r"))).isEqualTo(ErrorCode.ERROR_CODE_TASK_NOT_FOUND);
  }

  @Test
  void report_isRefusedOnceTheTaskIsCancelled() {
    Task cancelled = ended(1, Samples.ready(SPEC).toBuilder().setCancelled(Cancelled.getDefaultInstance()).build());
    assertThat(refused(report(cancelled, "fox", 100, "mine"))).isEqualTo(ErrorCode.ERROR_CODE_STALE_FENCE);
  }
}
