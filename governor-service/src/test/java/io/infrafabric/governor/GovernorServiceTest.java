package io.infrafabric.governor;

import static io.infrafabric.governor.GovernorFixture.refusalOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.BreakerReason;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.Candidate;
import io.infrafabric.governor.v1.GetAccountRequest;
import io.infrafabric.governor.v1.GetAccountResponse;
import io.infrafabric.governor.v1.GetSwarmRequest;
import io.infrafabric.governor.v1.ListBreakersRequest;
import io.infrafabric.governor.v1.ListManifestsRequest;
import io.infrafabric.governor.v1.ListSwarmsRequest;
import io.infrafabric.governor.v1.ListSwarmsResponse;
import io.infrafabric.governor.v1.ManifestVersion;
import io.infrafabric.governor.v1.RankSwarmsRequest;
import io.infrafabric.governor.v1.RankSwarmsResponse;
import io.infrafabric.governor.v1.RejectReason;
import io.infrafabric.governor.v1.ReportBy;
import io.infrafabric.governor.v1.ReportLine;
import io.infrafabric.governor.v1.ReportRequest;
import io.infrafabric.governor.v1.ReportResponse;
import io.infrafabric.governor.v1.ResetRequest;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.governor.v1.TripRequest;
import io.infrafabric.governor.v1.UnregisterSwarmRequest;
import io.infrafabric.governor.v1.UnregisterSwarmResponse;
import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.Outcome;
import io.infrafabric.kit.store.Store;
import io.infrafabric.kit.store.Txn;
import io.infrafabric.names.Keys;
import io.infrafabric.names.SwarmId;
import io.infrafabric.testkit.Backends;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Every call of the governor over gRPC; the subclass says which store is behind it. */
abstract class GovernorServiceTest {
  private final String prefix = Backends.freshKeys().root();
  private GovernorFixture governor;

  abstract Store store();

  @BeforeEach
  void start() {
    governor = new GovernorFixture(store(), prefix);
  }

  @AfterEach
  void stop() {
    governor.close();
  }

  @Test
  void register_createsOnceAndReplacesLater() {
    var first = governor.register("s1", "r1", "code:java");
    assertThat(first.getCreated()).isTrue();
    assertThat(first.getStanding().getReputationMillis()).isEqualTo(700);
    assertThat(first.getStanding().getRevision()).isPositive();
    assertThat(governor.register("s1", "r1", "code:java")).isEqualTo(first);
    var second = governor.register("s1", "r2", "code:rust");
    assertThat(second.getCreated()).isFalse();
    var shown = governor.registry.getSwarm(GetSwarmRequest.newBuilder().setSwarmId("s1").build());
    assertThat(shown.getStanding()).isEqualTo(second.getStanding());
    assertThat(shown.getManifest().getCapabilitiesList()).containsExactly("code:rust");
  }

  /** Writes over whatever is there; answers what was. */
  private ByteString overwrite(String key, ByteString value) {
    String folder = key.substring(0, key.lastIndexOf('/') + 1);
    Entry there = store().list(List.of(folder)).join().entries().stream().filter(entry -> entry.key().equals(key)).findFirst().orElseThrow();
    Txn txn = new Txn(List.of(new Txn.Compare(key, there.modRevision())), List.of(new Txn.Write.Put(key, value, 0)));
    assertThat(store().commit(List.of(txn)).join().getFirst()).isInstanceOf(Outcome.Committed.class);
    return there.value();
  }

  private List<String> quarantined() {
    return store().list(List.of(new Keys(prefix).quarantine())).join().entries().stream().map(Entry::key).toList();
  }

  @Test
  void unreadableVersionOfAManifest_isSetAside_andDoesNoHarm() {
    governor.register("s1", "r1", "code:java");
    governor.register("s1", "r2", "code:rust");
    Keys keys = new Keys(prefix);
    overwrite(keys.manifest(new SwarmId("s1"), 1), ByteString.copyFromUtf8("?"));
    await().untilAsserted(() -> assertThat(quarantined()).singleElement().asString().contains("manifests/s1/01"));
    await()
        .untilAsserted(
            () ->
                assertThat(governor.registry.listManifests(ListManifestsRequest.newBuilder().setSwarmId("s1").build()).getVersionsList())
                    .extracting(ManifestVersion::getVersion)
                    .containsExactly(2));
    assertThat(governor.register("s1", "r3", "code:go").getVersion()).isEqualTo(3);
  }

  @Test
  void unreadableRecord_stopsItsSwarmAlone_andIsKeptUntilItIsRepaired() {
    Keys keys = new Keys(prefix);
    SwarmId hurt = new SwarmId("s1");
    governor.register("s1", "r1", "code:java");
    governor.register("s2", "r2", "code:java");
    governor.coordinator.open("s1", "c1", 0);
    for (String key : List.of(keys.swarm(hurt), keys.standing(hurt), keys.account(hurt), keys.breaker(hurt), keys.commitments(hurt))) {
      ByteString good = overwrite(key, ByteString.copyFromUtf8("?"));
      assertThat(refusalOf(() -> account("s1"))).as(key).isEqualTo(ErrorCode.ERROR_CODE_RECORD_UNREADABLE);
      String ended = "ended-" + key.replaceAll("[^a-z]", "");
      governor.coordinator.end("s2", ended, ClaimEnd.CLAIM_END_COMPLETED, 0);
      await().until(() -> governor.registry.getSwarm(GetSwarmRequest.newBuilder().setSwarmId("s2").build()).getStanding().getSettledClaimIdsList().contains(ended));
      if (!key.startsWith(keys.commitments())) { // the coordinator's to report
        assertThat(refusalOf(() -> governor.grant("s1", "g1", 100))).as(key).isEqualTo(ErrorCode.ERROR_CODE_RECORD_UNREADABLE);
        await().untilAsserted(() -> assertThat(quarantined()).singleElement().asString().startsWith(keys.quarantine() + key.substring(prefix.length())));
      }
      assertThat(governor.registry.listSwarms(ListSwarmsRequest.getDefaultInstance()).getStandingsList()).extracting(Standing::getSwarmId).contains("s2");
      assertThat(governor.breakers.listBreakers(ListBreakersRequest.getDefaultInstance()).getBreakersCount()).isPositive();
      overwrite(key, good);
      assertThat(account("s1").getAccount().getAccountId()).isEqualTo("s1");
      await().until(this::quarantined, List::isEmpty);
    }
  }

  @Test
  void unknownSwarms_areNotFound() {
    assertThat(refusalOf(() -> governor.registry.getSwarm(GetSwarmRequest.newBuilder().setSwarmId("s1").build())))
        .isEqualTo(ErrorCode.ERROR_CODE_SWARM_NOT_FOUND);
    assertThat(refusalOf(() -> governor.grant("s1", "r1", 5))).isEqualTo(ErrorCode.ERROR_CODE_ACCOUNT_NOT_FOUND);
    assertThat(refusalOf(() -> account("s1"))).isEqualTo(ErrorCode.ERROR_CODE_ACCOUNT_NOT_FOUND);
    assertThat(refusalOf(() -> trip("s1", "r1"))).isEqualTo(ErrorCode.ERROR_CODE_SWARM_NOT_FOUND);
  }

  @Test
  void listSwarms_pagesById() {
    for (int i = 0; i < 5; i++) {
      governor.register("s" + i, "r" + i, "code:java");
    }
    List<String> ids = new ArrayList<>();
    String token = "";
    do {
      ListSwarmsResponse page =
          governor.registry.listSwarms(ListSwarmsRequest.newBuilder().setPageSize(2).setPageToken(token).build());
      page.getStandingsList().forEach(standing -> ids.add(standing.getSwarmId()));
      token = page.getNextPageToken();
    } while (!token.isEmpty());
    assertThat(ids).containsExactly("s0", "s1", "s2", "s3", "s4");
  }

  @Test
  void grant_isBookedOncePerRequestId() {
    governor.register("s1", "r1", "code:java");
    governor.grant("s1", "g1", 100);
    governor.grant("s1", "g1", 100);
    assertThat(account("s1").getAccount().getGrantedMicros()).isEqualTo(100);
    assertThat(refusalOf(() -> governor.grant("s1", "g1", 101))).isEqualTo(ErrorCode.ERROR_CODE_REQUEST_ID_REUSED);
    assertThat(refusalOf(() -> governor.grant("s1", "g2", -1))).isEqualTo(ErrorCode.ERROR_CODE_INVALID_MONEY);
  }

  @Test
  void rank_followsStandingsAndCommitments() {
    governor.register("s1", "r1", "code:java", "docs:write");
    governor.register("s2", "r2", "code:java");
    governor.register("s3", "r3", "code:rust");
    governor.grant("s1", "g1", 100);
    governor.grant("s2", "g2", 100);
    governor.coordinator.open("s2", "c1", 60);
    await().until(() -> rank(50).getCandidatesList().stream().map(Candidate::getSwarmId).toList(), List.of("s1")::equals);
    RankSwarmsResponse response = rank(50);
    assertThat(response.getCandidates(0).getScore()).isEqualTo(0.35);
    assertThat(response.getRejectedList())
        .extracting(rejected -> rejected.getSwarmId() + rejected.getReasonsList())
        .containsExactly(
            "s2" + List.of(RejectReason.REJECT_REASON_CREDIT),
            "s3" + List.of(RejectReason.REJECT_REASON_CAPABILITY_MATCH, RejectReason.REJECT_REASON_CREDIT));
    assertThat(account("s2").getCommittedMicros()).isEqualTo(60);
  }

  @Test
  void endedClaims_areBookedOnce() {
    governor.register("s1", "r1", "code:java");
    governor.grant("s1", "g1", 100);
    governor.coordinator.end("s1", "c1", ClaimEnd.CLAIM_END_COMPLETED, 10);
    governor.coordinator.end("s1", "c2", ClaimEnd.CLAIM_END_FAILED, 5);
    await().until(() -> account("s1").getAccount().getSettledMicros(), Long.valueOf(15)::equals);
    Account account = account("s1").getAccount();
    assertThat(account.getCreditMicros()).isEqualTo(85);
    assertThat(account.getWastedMicros()).isEqualTo(5);
    assertThat(account("s1").getCommittedMicros()).isZero();
    assertThat(standing("s1").getSettledClaimIdsList()).containsExactly("c1", "c2");
    assertThat(standing("s1").getConsecutiveFailures()).isEqualTo(1);
    await()
        .untilAsserted(
            () ->
                assertThat(governor.published)
                    .extracting(message -> message.subject())
                    .contains("if.v1.event.settlement.booked.c1", "if.v1.event.settlement.booked.c2"));
  }

  @Test
  void droppedClaims_leaveTheStandingWithTheNextBooking() {
    governor.register("s1", "r1", "code:java");
    governor.grant("s1", "g1", 100);
    governor.coordinator.end("s1", "c1", ClaimEnd.CLAIM_END_COMPLETED, 10);
    await().until(() -> standing("s1").getSettledClaimIdsList(), List.of("c1")::equals);
    governor.coordinator.dropBooked("s1");
    governor.coordinator.end("s1", "c2", ClaimEnd.CLAIM_END_COMPLETED, 10);
    await().until(() -> standing("s1").getSettledClaimIdsList(), List.of("c2")::equals);
    assertThat(account("s1").getAccount().getSettledMicros()).isEqualTo(20);
  }

  @Test
  void theLastMoney_warnsAndOpensTheBreakerUntilSomebodyPays() {
    governor.register("s1", "r1", "code:java");
    governor.grant("s1", "g1", 10);
    governor.coordinator.end("s1", "c1", ClaimEnd.CLAIM_END_COMPLETED, 10);
    await().until(() -> standing("s1").getBreaker(), BreakerState.BREAKER_STATE_OPEN::equals);
    assertThat(standing("s1").getBreakerReason()).isEqualTo(BreakerReason.BREAKER_REASON_BUDGET_EXHAUSTED);
    await().until(() -> governor.published.stream().anyMatch(message -> message.subject().equals("if.v1.event.account.low.s1")));
    governor.register("s1", "r2", "code:java");
    assertThat(standing("s1").getBreaker()).isEqualTo(BreakerState.BREAKER_STATE_OPEN);
    assertThat(refusalOf(() -> reset("s1", "x1", 0))).isEqualTo(ErrorCode.ERROR_CODE_INVALID_MONEY);
    reset("s1", "x2", 40);
    reset("s1", "x2", 40);
    assertThat(standing("s1").getBreaker()).isEqualTo(BreakerState.BREAKER_STATE_CLOSED);
    assertThat(account("s1").getAccount().getCreditMicros()).isEqualTo(40);
  }

  @Test
  void threeFailures_openTheBreaker() {
    governor.register("s1", "r1", "code:java");
    governor.grant("s1", "g1", 100);
    for (int i = 0; i < 3; i++) {
      governor.coordinator.end("s1", "c" + i, ClaimEnd.CLAIM_END_FAILED, 1);
    }
    await().until(() -> standing("s1").getBreakerReason(), BreakerReason.BREAKER_REASON_REPEATED_FAILURES::equals);
    assertThat(rank(1).getCandidatesList()).isEmpty();
    reset("s1", "x1", 0);
    assertThat(standing("s1").getConsecutiveFailures()).isZero();
  }

  @Test
  void unregisteredSwarm_isNeitherRankedNorListed_butItsClaimsAreBooked_andItComesBackAsItWas() {
    governor.register("s1", "r1", "code:java");
    governor.register("s2", "r2", "code:java");
    governor.grant("s1", "g1", 100);
    governor.coordinator.open("s1", "c1", 10);
    await().until(() -> account("s1").getCommittedMicros(), Long.valueOf(10)::equals);
    var answer = unregister("s1", "u1");
    assertThat(answer.getStanding().getUnregistered()).isTrue();
    assertThat(answer.getOpenClaims()).isEqualTo(1);
    assertThat(unregister("s1", "u1").getStanding()).isEqualTo(answer.getStanding());
    assertThat(unregister("s1", "u2").getStanding()).as("it is out already").isEqualTo(answer.getStanding());
    assertThat(refusalOf(() -> standing("s1"))).isEqualTo(ErrorCode.ERROR_CODE_SWARM_NOT_FOUND);
    assertThat(refusalOf(() -> unregister("s9", "u3"))).isEqualTo(ErrorCode.ERROR_CODE_SWARM_NOT_FOUND);
    await().untilAsserted(() -> assertThat(rank(1).getRejectedList()).extracting(rejected -> rejected.getSwarmId()).containsExactly("s2"));
    assertThat(rank(0).getCandidatesList()).extracting(Candidate::getSwarmId).containsExactly("s2");
    assertThat(listed(false)).containsExactly("s2");
    assertThat(listed(true)).containsExactly("s1", "s2");
    governor.coordinator.end("s1", "c1", ClaimEnd.CLAIM_END_COMPLETED, 7);
    await().until(() -> account("s1").getAccount().getSettledMicros(), Long.valueOf(7)::equals);
    assertThat(governor.register("s1", "r3", "code:java").getStanding().getCreditMicros()).isEqualTo(93);
    assertThat(unregister("s1", "u1").getStanding().getUnregistered()).as("a late try").isFalse();
    assertThat(listed(false)).containsExactly("s1", "s2");
    await().until(() -> rank(50).getCandidatesList().stream().map(Candidate::getSwarmId).toList(), List.of("s1")::equals);
  }

  private UnregisterSwarmResponse unregister(String swarm, String requestId) {
    return governor.registry.unregisterSwarm(
        UnregisterSwarmRequest.newBuilder().setRequestId(requestId).setSwarmId(swarm).setPrincipal("ada").setReason("it moved").build());
  }

  private List<String> listed(boolean includeUnregistered) {
    return governor.registry
        .listSwarms(ListSwarmsRequest.newBuilder().setPageSize(2).setIncludeUnregistered(includeUnregistered).build())
        .getStandingsList()
        .stream()
        .map(Standing::getSwarmId)
        .toList();
  }

  @Test
  void breakers_areOpenedAndListedByHand() {
    governor.register("s1", "r1", "code:java");
    governor.register("s2", "r2", "code:java");
    trip("s1", "x1");
    assertThat(standing("s1").getBreaker()).isEqualTo(BreakerState.BREAKER_STATE_OPEN);
    assertThat(governor.breakers.listBreakers(ListBreakersRequest.newBuilder().setOpenOnly(true).build()).getBreakersList())
        .singleElement()
        .satisfies(breaker -> assertThat(breaker.getPrincipal()).isEqualTo("ada"));
    assertThat(governor.breakers.listBreakers(ListBreakersRequest.getDefaultInstance()).getBreakersCount()).isEqualTo(2);
    assertThat(refusalOf(() -> reset("s2", "x2", 0))).isEqualTo(ErrorCode.ERROR_CODE_INVALID_ARGUMENT);
  }

  @Test
  void twoGovernors_bookEachClaimOnce() {
    governor.register("s1", "r1", "code:java");
    governor.grant("s1", "g1", 1_000);
    try (GovernorFixture second = new GovernorFixture(store(), prefix)) {
      for (int i = 0; i < 50; i++) {
        governor.coordinator.end("s1", "c" + i, ClaimEnd.CLAIM_END_COMPLETED, 2);
      }
      await().until(() -> account("s1").getAccount().getClaimsCompleted(), Long.valueOf(50)::equals);
      assertThat(account("s1").getAccount().getSettledMicros()).isEqualTo(100);
      assertThat(second.published.size() + governor.published.size()).isLessThanOrEqualTo(50);
    }
  }

  @Test
  void reports_areOfTheLedger_byPage_andRefuseWhatTheyCannotTell() {
    for (String swarm : List.of("s1", "s2", "s3")) {
      governor.register(swarm, "r-" + swarm, "code:java");
      governor.grant(swarm, "g-" + swarm, 1_000);
      governor.coordinator.end(swarm, "c-" + swarm, ClaimEnd.CLAIM_END_COMPLETED, 20);
    }
    governor.coordinator.end("s3", "f-s3", ClaimEnd.CLAIM_END_FAILED, 5);
    governor.coordinator.open("s1", "o-s1", 7);
    await().untilAsserted(() -> assertThat(report(ReportBy.REPORT_BY_SWARM).getTotal().getSpentMicros()).isEqualTo(65));
    await().untilAsserted(() -> assertThat(report(ReportBy.REPORT_BY_SWARM).getTotal().getCommittedMicros()).isEqualTo(7));
    ReportResponse first = governor.accounts.report(ReportRequest.newBuilder().setBy(ReportBy.REPORT_BY_SWARM).setPageSize(2).build());
    assertThat(first.getLinesList()).extracting(ReportLine::getKey).containsExactly("s1", "s2");
    assertThat(first.getTotal().getGrantedMicros()).isEqualTo(3_000);
    assertThat(first.getTotal().getWastedMicros()).isEqualTo(5);
    ReportResponse rest =
        governor.accounts.report(ReportRequest.newBuilder().setBy(ReportBy.REPORT_BY_SWARM).setPageSize(2).setPageToken(first.getNextPageToken()).build());
    assertThat(rest.getLinesList()).extracting(ReportLine::getKey).containsExactly("s3");
    assertThat(rest.getNextPageToken()).isEmpty();
    for (String swarm : List.of("s1", "s2", "s3")) {
      ReportLine line = report(ReportBy.REPORT_BY_SWARM).getLinesList().stream().filter(one -> one.getKey().equals(swarm)).findFirst().orElseThrow();
      assertThat(line.getSpentMicros()).isEqualTo(account(swarm).getAccount().getSettledMicros());
      assertThat(line.getCreditMicros()).isEqualTo(account(swarm).getAccount().getCreditMicros());
    }
    assertThat(refusalOf(() -> report(ReportBy.REPORT_BY_UNSPECIFIED))).isEqualTo(ErrorCode.ERROR_CODE_INVALID_ARGUMENT);
  }

  private ReportResponse report(ReportBy by) {
    return governor.accounts.report(ReportRequest.newBuilder().setBy(by).build());
  }

  private RankSwarmsResponse rank(long maxCost) {
    return governor.matches.rankSwarms(
        RankSwarmsRequest.newBuilder()
            .addRequiredCapabilities("code:java")
            .setMaxCostMicros(maxCost)
            .setIncludeRejected(true)
            .build());
  }

  private GetAccountResponse account(String swarm) {
    return governor.accounts.getAccount(GetAccountRequest.newBuilder().setAccountId(swarm).build());
  }

  private Standing standing(String swarm) {
    return governor.registry.getSwarm(GetSwarmRequest.newBuilder().setSwarmId(swarm).build()).getStanding();
  }

  private void trip(String swarm, String requestId) {
    governor.breakers.trip(
        TripRequest.newBuilder().setRequestId(requestId).setSwarmId(swarm).setPrincipal("ada").setReason("it misbehaves").build());
  }

  private void reset(String swarm, String requestId, long grant) {
    governor.breakers.reset(
        ResetRequest.newBuilder()
            .setRequestId(requestId)
            .setSwarmId(swarm)
            .setPrincipal("ada")
            .setReason("it is repaired")
            .setGrantMicros(grant)
            .build());
  }
}
