package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.CoordinatorFixture.KEYS;
import static io.infrafabric.coordinator.CoordinatorFixture.assertRefused;
import static io.infrafabric.coordinator.CoordinatorFixture.refusalOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimNextRequest;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.RaiseBlockerRequest;
import io.infrafabric.governor.v1.DecisionBatch;
import io.infrafabric.governor.v1.PolicyCondition;
import io.infrafabric.governor.v1.PolicyDecision;
import io.infrafabric.governor.v1.PolicyFinding;
import io.infrafabric.governor.v1.PolicyTerms;
import io.infrafabric.names.Subjects;
import io.infrafabric.names.SwarmId;
import io.infrafabric.policy.ActivePolicy;
import io.infrafabric.policy.DecisionRules;
import io.infrafabric.testkit.store.MemoryStore;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A coordinator follows the governor's policy, and writes down how it decided. */
class PolicyTest {
  private final MemoryStore memory = new MemoryStore();
  private final CoordinatorFixture fabric = CoordinatorFixture.inMemory(memory);
  private final String fox = fabric.swarm(Samples.standing("fox", "a:a", "n:1", "n:2", "n:3", "n:4", "n:5").setModel("haiku"));

  @AfterEach
  void stop() {
    fabric.close();
  }

  private static PolicyTerms.Builder terms() {
    return ActivePolicy.first().terms().toBuilder();
  }

  private static PolicyTerms terms(String condition, String require) {
    return terms().addConditions(PolicyCondition.newBuilder().setName(condition).setRequire(require)).build();
  }

  private Claim claim(String task) {
    return fabric.claims
        .claimTask(ClaimTaskRequest.newBuilder().setRequestId("claim-" + task).setTaskId(task).setSwarmId("fox").setSessionId(fox).build())
        .getClaim();
  }

  private List<PolicyDecision> decisions() {
    fabric.decisions.runOnce();
    return fabric.bus.sent(Subjects.DECISIONS).stream().flatMap(message -> batch(message.body()).getDecisionsList().stream()).toList();
  }

  private static DecisionBatch batch(byte[] body) {
    try {
      return DecisionBatch.parseFrom(body);
    } catch (InvalidProtocolBufferException foreign) {
      throw new AssertionError(foreign);
    }
  }

  private List<String> violations() {
    fabric.decisions.runOnce();
    return fabric.bus.sent(Subjects.VIOLATIONS).stream().map(message -> new String(message.body(), StandardCharsets.UTF_8)).toList();
  }

  @Test
  void claims_followThePolicyInForce() {
    fabric.submit(Samples.spec("dear", "a:a").setMaxCostMicros(2_000_000));
    PolicyTerms.Builder cheap = terms();
    cheap.getLimitsBuilder().setMaxCostPerTaskMicros(1_999_999);
    fabric.policy(2, cheap.build());
    assertRefused(ErrorCode.ERROR_CODE_POLICY_DENIED, () -> claim("dear"));
    cheap.getLimitsBuilder().setMaxCostPerTaskMicros(2_000_000);
    fabric.policy(3, cheap.build());
    assertThat(claim("dear").getTaskId()).isEqualTo("dear");
  }

  @Test
  void claimNext_passesOverWhatTheConditionsDeny() {
    fabric.policy(2, terms("no-secrets-for-haiku", "task.task_class != 'security' || swarm.model != 'haiku'"));
    for (int i = 0; i < 20; i++) {
      fabric.submit(Samples.spec("secret-" + i, "a:a").setTaskClass("security"));
    }
    fabric.submit(Samples.spec("text", "a:a").setTaskClass("documentation"));
    ClaimNextRequest.Builder next = ClaimNextRequest.newBuilder().setSwarmId("fox").setSessionId(fox);
    assertThat(fabric.claims.claimNext(next.setRequestId("n1").build()).getClaim().getTaskId()).isEqualTo("text");
    assertRefused(ErrorCode.ERROR_CODE_NO_TASK_READY, () -> fabric.claims.claimNext(next.setRequestId("n2").build()));
    assertRefused(ErrorCode.ERROR_CODE_POLICY_DENIED, () -> claim("secret-7"));
  }

  @Test
  void policyThatCannotBeRead_deniesEveryClaim_untilItCan() {
    fabric.submit(Samples.spec("t1", "a:a"));
    CoordinatorFixture.put(memory, KEYS.policyInForce(), ByteString.copyFromUtf8("?"));
    await().until(() -> !fabric.records.policy(fabric.replica).isReadable());
    assertRefused(ErrorCode.ERROR_CODE_RECORD_UNREADABLE, () -> claim("t1"));
    fabric.policy(2, terms().build());
    assertThat(claim("t1").getTaskId()).isEqualTo("t1");
  }

  @Test
  void everyDecision_isWrittenDown_soThatItComesOutTheSameAgain() {
    PolicyTerms terms = terms("one-at-a-time", "swarm.open_claims == 0");
    fabric.policy(2, terms);
    fabric.submit(Samples.spec("t1", "a:a").setMaxCostMicros(3_000_000).putLabels("team", "red"));
    fabric.submit(Samples.spec("t2", "a:a"));
    fabric.submit(Samples.spec("t3", "x:x"));
    Claim first = claim("t1");
    assertRefused(ErrorCode.ERROR_CODE_POLICY_DENIED, () -> claim("t2"));
    assertRefused(ErrorCode.ERROR_CODE_CAPABILITY_MISSING, () -> claim("t3"));

    List<PolicyDecision> decisions = decisions();
    assertThat(decisions).hasSize(3).allSatisfy(decision -> {
      assertThat(decision.getPolicyRevision()).isEqualTo(2);
      assertThat(DecisionRules.again(decision, ActivePolicy.of(2, terms)).findings()).isEqualTo(decision.getFindingsList());
    });
    PolicyDecision made = decisions.getFirst();
    assertThat(made.getClaimId()).isEqualTo(first.getClaimId());
    assertThat(made.getClaim().getTask().getLabelsMap()).containsEntry("team", "red");
    assertThat(made.getClaim().getAccount().getCreditMicros()).isEqualTo(10_000_000);
    assertThat(made.getClaim().getAccount().getCommittedMicros()).as("before it").isZero();
    assertThat(decisions.get(1).getClaim().getSwarm().getOpenClaims()).isEqualTo(1);
    assertThat(decisions.get(1).getFindingsList()).extracting(PolicyFinding::getRule).containsExactly("one-at-a-time");
    assertThat(decisions.get(2).getFindingsList()).extracting(PolicyFinding::getRule).containsExactly("min_capability_match", "one-at-a-time");
    assertThat(violations()).anySatisfy(json -> assertThat(json).contains("VIOLATION_TYPE_CAPABILITY_MATCH").contains("\"swarmId\":\"fox\"").contains("\"taskId\":\"t3\""));
  }

  @Test
  void refusalsThatAreNotThePolicys_areNoDecisionsOfIt() {
    fabric.submit(Samples.spec("t1", "a:a").setMinReputationMillis(900));
    assertRefused(ErrorCode.ERROR_CODE_REPUTATION_TOO_LOW, () -> claim("t1"));
    assertThat(decisions()).isEmpty();
  }

  private Blocker blocked(int needs) {
    fabric.submit(Samples.spec("t1", "a:a").setMaxCostMicros(1_000_000));
    Claim claim = claim("t1");
    RaiseBlockerRequest.Builder raise =
        RaiseBlockerRequest.newBuilder().setRequestId("raise").setTaskId("t1").setSwarmId("fox").setFence(claim.getFence()).setType("weather");
    for (int i = 1; i <= needs; i++) {
      raise.addNeeds("n:" + i);
      String helper = "helper-" + i;
      fabric.swarm(Samples.standing(helper, "n:" + i));
      fabric.ranking.put("n:" + i, List.of(new SwarmId(helper)));
    }
    Blocker blocker = fabric.claims.raiseBlocker(raise.build()).getBlocker();
    fabric.settle();
    return blocker;
  }

  @Test
  void swarmsThatHelp_areAsManyAsThePolicyAllows() {
    PolicyTerms.Builder five = terms();
    five.getLimitsBuilder().setMaxSwarmsPerTask(5);
    fabric.policy(2, five.build());
    blocked(5);
    assertThat(fabric.task("t1").getParked().getWaits(0).getTaskIdsList()).hasSize(5);
    assertThat(violations()).isEmpty();
  }

  @Test
  void moreSwarmsThanThePolicyAllows_isAViolation_andSoIsHelpingTwice() {
    PolicyTerms.Builder one = terms();
    one.getLimitsBuilder().setMaxSwarmsPerTask(2);
    fabric.policy(2, one.build());
    Blocker blocker = blocked(3);
    assertThat(fabric.task("t1").getParked().getWaits(0).getTaskIdsList()).hasSize(2);
    String help = fabric.task("t1").getParked().getWaits(0).getTaskIds(0);
    assertThat(refusalOf(() -> claim(help))).isEqualTo(ErrorCode.ERROR_CODE_PERMISSION_DENIED);
    assertThat(violations())
        .hasSize(2)
        .anySatisfy(json -> assertThat(json).contains("VIOLATION_TYPE_SWARMS_PER_TASK").contains("3 swarms are wanted, and 2 may help").contains("\"swarmId\":\"fox\""))
        .anySatisfy(json -> assertThat(json).contains("VIOLATION_TYPE_DUPLICATE_SWARM").contains(help));
    assertThat(decisions()).filteredOn(PolicyDecision::hasHelp).singleElement().satisfies(decision -> {
      assertThat(decision.getHelp().getWanted()).isEqualTo(3);
      assertThat(decision.getHelp().getBlockerId()).isEqualTo(blocker.getBlockerId());
    });
  }

  @Test
  void nobodyToHelp_isAViolation() {
    fabric.submit(Samples.spec("t1", "a:a").setMaxCostMicros(1_000_000));
    Claim claim = claim("t1");
    fabric.claims.raiseBlocker(
        RaiseBlockerRequest.newBuilder().setRequestId("raise").setTaskId("t1").setSwarmId("fox").setFence(claim.getFence()).setType("weather").addNeeds("z:z").build());
    fabric.settle();
    assertThat(violations()).singleElement().asString().contains("VIOLATION_TYPE_NO_SWARM").contains("\"taskId\":\"t1\"");
  }
}
