package io.infrafabric.governor;

import static io.infrafabric.governor.GovernorFixture.refusalOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.SkillLevel;
import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.governor.v1.Candidate;
import io.infrafabric.governor.v1.ExplainMatchRequest;
import io.infrafabric.governor.v1.ExplainMatchResponse;
import io.infrafabric.governor.v1.GetSwarmRequest;
import io.infrafabric.governor.v1.RankSwarmsRequest;
import io.infrafabric.governor.v1.RankSwarmsResponse;
import io.infrafabric.governor.v1.RegisterSwarmRequest;
import io.infrafabric.governor.v1.RejectReason;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.governor.v1.TripRequest;
import io.infrafabric.governor.v1.UnregisterSwarmRequest;
import io.infrafabric.testkit.Backends;
import io.infrafabric.testkit.store.MemoryStore;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Matching over gRPC: routing by class, newcomers, explanations, and what is told when nobody qualifies. */
class MatchServiceTest {
  private final GovernorFixture governor = new GovernorFixture(new MemoryStore(), Backends.freshKeys().root());

  @AfterEach
  void stop() {
    governor.close();
  }

  private void register(String swarm, String model, long cost) {
    RegisterSwarmRequest.Builder request = RegisterSwarmRequest.newBuilder().setRequestId("r-" + swarm);
    request.getManifestBuilder().setSwarmId(swarm).addCapabilities("code:java").setModel(model).setCostPerHourMicros(cost);
    governor.registry.registerSwarm(request.build());
  }

  /** G14 through the door: the class decides the tier, the score decides within it. */
  @Test
  void rank_routesByTheClassOfTheWork() {
    register("h", "haiku", 2_000_000);
    register("s", "sonnet", 15_000_000);
    register("o", "opus", 75_000_000);
    assertThat(rankedFor("")).containsExactly("h", "s", "o");
    assertThat(rankedFor("documentation")).containsExactly("h", "s", "o");
    assertThat(rankedFor("security")).containsExactly("s", "o", "h");
    RankSwarmsResponse security = governor.matches.rankSwarms(RankSwarmsRequest.newBuilder().setTaskClass("security").build());
    assertThat(security.getMinReputationMillis()).as("what is asked of everybody").isEqualTo(600);
    assertThat(security.getCandidatesList()).extracting(Candidate::getTier).containsExactly(1, 2, 0);
    assertThat(security.getReferenceCostPerHourMicros()).isEqualTo(15_000_000);
  }

  private List<String> rankedFor(String taskClass) {
    return governor
        .matches
        .rankSwarms(RankSwarmsRequest.newBuilder().addRequiredCapabilities("code:java").setTaskClass(taskClass).build())
        .getCandidatesList()
        .stream()
        .map(Candidate::getSwarmId)
        .toList();
  }

  /** Who has never worked gets every tenth ranking for dispatch, though others have done well; those of people are as they are. */
  @Test
  void newcomer_getsItsShareOfTheRankingsForDispatch() {
    register("old", "haiku", 2_000_000);
    register("z-new", "haiku", 2_100_000);
    for (int i = 0; i < 10; i++) {
      governor.coordinator.end("old", "c" + i, ClaimEnd.CLAIM_END_COMPLETED, 0);
    }
    await().until(() -> standing("old").getSkillsOrThrow("code:java"), SkillLevel.SKILL_LEVEL_INTERMEDIATE::equals);
    RankSwarmsRequest request = RankSwarmsRequest.newBuilder().addRequiredCapabilities("code:java").setForDispatch(true).build();
    List<Integer> turns = new ArrayList<>();
    for (int i = 1; i <= 60; i++) {
      RankSwarmsResponse ranked = governor.matches.rankSwarms(request);
      assertThat(ranked.getCandidatesList()).hasSize(2);
      if (ranked.getExplored()) {
        assertThat(ranked.getCandidates(0).getSwarmId()).isEqualTo("z-new");
        assertThat(ranked.getCandidates(0).getNewcomer()).isTrue();
        turns.add(i);
      } else {
        assertThat(ranked.getCandidates(0).getSwarmId()).isEqualTo("old");
      }
      assertThat(governor.matches.rankSwarms(request.toBuilder().clearForDispatch().build()).getCandidates(0).getSwarmId()).isEqualTo("old");
    }
    assertThat(turns).containsExactly(5, 13, 26, 34, 47, 60);
  }

  @Test
  void explain_tellsThePlaceOrAllTheReasons() {
    register("a", "haiku", 2_000_000);
    register("b", "haiku", 1_000_000);
    register("c", "opus", 75_000_000);
    governor.registry.unregisterSwarm(
        UnregisterSwarmRequest.newBuilder().setRequestId("u1").setSwarmId("c").setPrincipal("ada").setReason("it moved").build());
    governor.breakers.trip(TripRequest.newBuilder().setRequestId("x1").setSwarmId("b").setPrincipal("ada").setReason("it misbehaves").build());
    RankSwarmsRequest dear = RankSwarmsRequest.newBuilder().addRequiredCapabilities("code:java").setMaxCostPerHourMicros(20_000_000).setMaxCostMicros(0).build();
    await().until(() -> explained("a", dear).getPlace() == 1 && explained("a", dear).getQualified() == 1);
    assertThat(explained("b", dear).getPlace()).isZero();
    assertThat(explained("b", dear).getRejected().getReasonsList()).containsExactly(RejectReason.REJECT_REASON_BREAKER_OPEN);
    assertThat(explained("c", dear).getRejected().getReasonsList())
        .containsExactly(RejectReason.REJECT_REASON_COST_PER_HOUR, RejectReason.REJECT_REASON_UNREGISTERED);
    assertThat(refusalOf(() -> explained("d", dear))).isEqualTo(ErrorCode.ERROR_CODE_SWARM_NOT_FOUND);
    assertThat(refusalOf(() -> explained("D", dear))).isEqualTo(ErrorCode.ERROR_CODE_INVALID_ID);
  }

  private ExplainMatchResponse explained(String swarm, RankSwarmsRequest criteria) {
    return governor.matches.explainMatch(ExplainMatchRequest.newBuilder().setSwarmId(swarm).setCriteria(criteria).build());
  }

  /** G6: once, however often it is ranked while it waits. */
  @Test
  void nobodyForWorkThatIsToBeHandedOut_isAFact() {
    register("a", "haiku", 2_000_000);
    RankSwarmsRequest request = RankSwarmsRequest.newBuilder().addRequiredCapabilities("code:rust").setMaxCostMicros(5).setForDispatch(true).build();
    for (int i = 0; i < 3; i++) {
      assertThat(governor.matches.rankSwarms(request).getCandidatesCount()).isZero();
    }
    governor.matches.rankSwarms(request.toBuilder().clearForDispatch().setMaxCostMicros(6).build());
    assertThat(governor.published).filteredOn(message -> message.subject().startsWith("if.v1.event.match.nobody.")).singleElement().satisfies(
        message ->
            assertThat(message.body().toStringUtf8())
                .contains("\"requiredCapabilities\":[\"code:rust\"]")
                .contains("{\"reason\":\"CAPABILITY_MATCH\",\"swarms\":1},{\"reason\":\"CREDIT\",\"swarms\":1}"));
  }

  private Standing standing(String swarm) {
    return governor.registry.getSwarm(GetSwarmRequest.newBuilder().setSwarmId(swarm).build()).getStanding();
  }
}
