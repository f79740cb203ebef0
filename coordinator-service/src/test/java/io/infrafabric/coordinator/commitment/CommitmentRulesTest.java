package io.infrafabric.coordinator.commitment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Timestamp;
import io.infrafabric.coordinator.Samples;
import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.Commitment;
import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.governor.v1.CapabilityCount;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.names.Limits;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class CommitmentRulesTest {
  private static Commitment end(String claim, ClaimEnd how, long cost) {
    return Commitment.newBuilder().setClaimId(claim).setEnd(how).setCostMicros(cost).setFence(77).build();
  }

  private static Standing settled(String... claims) {
    return Samples.standing("fox").addAllSettledClaimIds(List.of(claims)).build();
  }

  @Test
  void total_isTheCapOfOpenClaims_andTheCostOfEndedOnes() {
    CommitmentsRecord book = Samples.book("fox", Samples.open("c1", 100), Samples.open("c2", 50));
    assertThat(CommitmentRules.totalMicros(book)).isEqualTo(150);
    assertThat(CommitmentRules.totalMicros(CommitmentRules.ended(book, end("c1", ClaimEnd.CLAIM_END_COMPLETED, 30)))).isEqualTo(80);
    assertThat(CommitmentRules.totalMicros(Samples.book("fox"))).isZero();
  }

  @Test
  void total_neverWrapsAround() {
    Commitment most = Samples.open("c", Limits.MONEY_MICROS);
    CommitmentsRecord full = Samples.book("fox", IntStream.range(0, CommitmentRules.MOST).mapToObj(i -> most).toArray(Commitment[]::new));
    assertThat(CommitmentRules.totalMicros(full)).isEqualTo(Limits.MONEY_MICROS * CommitmentRules.MOST).isPositive();
    assertThatThrownBy(() -> CommitmentRules.totalMicros(Samples.book("fox", Samples.open("a", Long.MAX_VALUE), Samples.open("b", 1))))
        .isInstanceOf(ArithmeticException.class);
  }

  @Test
  void openClaims_areCounted() {
    CommitmentsRecord book = Samples.book("fox", Samples.open("c1", 1), Samples.open("c2", 1));
    assertThat(CommitmentRules.atWork(book)).isEqualTo(2);
    assertThat(CommitmentRules.atWork(CommitmentRules.ended(book, end("c2", ClaimEnd.CLAIM_END_FAILED, 0)))).isEqualTo(1);
  }

  @Test
  void parkedClaim_keepsItsPromise_andTakesNoPlace() {
    CommitmentsRecord book = Samples.book("fox", Samples.open("c1", 100), Samples.open("c2", 50));
    CommitmentsRecord parked = CommitmentRules.parked(book, "c1", true);
    assertThat(CommitmentRules.atWork(parked)).isEqualTo(1);
    assertThat(CommitmentRules.totalMicros(parked)).isEqualTo(150);
    assertThat(CommitmentRules.parked(parked, "c1", false)).isEqualTo(book);
    assertThat(CommitmentRules.ended(parked, end("c1", ClaimEnd.CLAIM_END_FAILED, 7)).getCommitments(0).getParked()).isFalse();
    assertThat(CommitmentRules.parked(book, "c9", true)).as("of nobody").isEqualTo(book);
  }

  @Test
  void whatTheGovernorHasBooked_isDropped() {
    CommitmentsRecord book = CommitmentRules.ended(Samples.book("fox", Samples.open("c1", 1), Samples.open("c2", 1)), end("c1", ClaimEnd.CLAIM_END_COMPLETED, 1));
    CommitmentsRecord left = CommitmentRules.withoutSettled(book, settled("c1", "unheard-of"));
    assertThat(left.getCommitmentsList()).extracting(Commitment::getClaimId).containsExactly("c2");
    assertThat(left.getEndedCount()).isEqualTo(1);
  }

  @Test
  void openClaim_isKeptWhateverTheGovernorSays() {
    CommitmentsRecord book = Samples.book("fox", Samples.open("c1", 100));
    assertThat(CommitmentRules.withoutSettled(book, settled("c1"))).isEqualTo(book);
  }

  @ParameterizedTest
  @CsvSource({
    "CLAIM_END_COMPLETED, 0, true", "CLAIM_END_COMPLETED, 5, true", "CLAIM_END_FAILED, 0, true", "CLAIM_END_FAILED, 5, true",
    "CLAIM_END_RELEASED, 0, false", "CLAIM_END_RELEASED, 5, true", "CLAIM_END_LOST, 0, false", "CLAIM_END_CANCELLED, 0, false", "CLAIM_END_SUPERSEDED, 0, false",
    "CLAIM_END_REVOKED, 0, false", "CLAIM_END_STALLED, 0, true"
  })
  void endedClaim_waitsForTheGovernor_unlessItIsNeutralAndCostNothing(ClaimEnd how, long cost, boolean waits) {
    CommitmentsRecord book = CommitmentRules.ended(Samples.book("fox", Samples.open("c1", 100)), end("c1", how, cost));
    assertThat(book.getCommitmentsCount()).isEqualTo(waits ? 1 : 0);
    assertThat(book.getEndedCount()).isEqualTo(waits ? 1 : 0);
    assertThat(CommitmentRules.atWork(book)).isZero();
  }

  @ParameterizedTest
  @EnumSource(names = {"CLAIM_END_RELEASED", "CLAIM_END_LOST", "CLAIM_END_CANCELLED", "CLAIM_END_REVOKED"})
  void endedProbe_waitsForTheGovernor_howeverItEnds(ClaimEnd how) {
    CommitmentsRecord book = Samples.book("fox", Samples.open("c1", 100).toBuilder().addProbes(7).build());
    assertThat(CommitmentRules.ended(book, end("c1", how, 0)).getCommitments(0).getProbesList()).containsExactly(7L);
  }

  private static List<String> noted(CommitmentsRecord book, String claim) {
    return book.getCommitmentsList().stream().filter(line -> line.getClaimId().equals(claim)).findFirst().orElseThrow().getRequiredCapabilitiesList();
  }

  @Test
  void capabilities_areNotedFromTheFirstFailureOn_untilNothingIsCountedAnyMore() {
    List<String> java = List.of("code:java");
    CommitmentsRecord book = Samples.book("fox", Samples.open("c1", 1), Samples.open("c2", 1), Samples.open("c3", 1), Samples.open("c4", 1));
    book = CommitmentRules.ended(book, end("c1", ClaimEnd.CLAIM_END_COMPLETED, 1), java);
    assertThat(noted(book, "c1")).as("nothing has failed").isEmpty();
    assertThat(book.getByCapability()).isFalse();
    book = CommitmentRules.ended(book, end("c2", ClaimEnd.CLAIM_END_FAILED, 1), java);
    assertThat(noted(book, "c2")).isEqualTo(java);
    Standing counting = settled("c1", "c2").toBuilder().addCounts(CapabilityCount.newBuilder().setCapability("code:java").setFailures(1)).build();
    book = CommitmentRules.withoutSettled(book, counting);
    assertThat(book.getByCapability()).as("a success would end the row").isTrue();
    book = CommitmentRules.ended(book, end("c3", ClaimEnd.CLAIM_END_COMPLETED, 1), java);
    assertThat(noted(book, "c3")).isEqualTo(java);
    assertThat(CommitmentRules.withoutSettled(book, settled("c1")).getByCapability()).as("c3 is not booked").isTrue();
    book = CommitmentRules.withoutSettled(book, settled("c3"));
    assertThat(book.getByCapability()).isFalse();
    assertThat(noted(CommitmentRules.ended(book, end("c4", ClaimEnd.CLAIM_END_COMPLETED, 1), java), "c4")).isEmpty();
  }

  @Test
  void book_withTheLongestCapabilitiesThatFail_staysWithin64KiB() {
    List<String> longest = IntStream.range(0, 64).mapToObj(i -> "c".repeat(40) + ":" + "s".repeat(38) + String.format("%02d", i)).toList();
    CommitmentsRecord book =
        Samples.book("fox", IntStream.range(0, CommitmentRules.MOST).mapToObj(i -> Samples.open("0123456789012345678901234" + i, 1)).toArray(Commitment[]::new));
    for (Commitment line : book.getCommitmentsList()) {
      book = CommitmentRules.ended(book, end(line.getClaimId(), ClaimEnd.CLAIM_END_FAILED, 1), longest);
    }
    assertThat(book.getSerializedSize()).isLessThan(64 * 1024);
    assertThat(book.getCommitmentsList().stream().filter(line -> line.getRequiredCapabilitiesCount() > 0)).isNotEmpty();
  }

  @Test
  void endedClaims_areNumberedInTheOrderInWhichTheyEnded_withoutGaps() {
    CommitmentsRecord book = Samples.book("fox", Samples.open("c1", 1), Samples.open("c2", 1), Samples.open("c3", 1), Samples.open("c4", 1));
    book = CommitmentRules.ended(book, end("c3", ClaimEnd.CLAIM_END_COMPLETED, 1));
    book = CommitmentRules.ended(book, end("c2", ClaimEnd.CLAIM_END_RELEASED, 0));
    book = CommitmentRules.ended(book, end("c1", ClaimEnd.CLAIM_END_FAILED, 0));
    book = CommitmentRules.withoutSettled(book, settled("c3"));
    book = CommitmentRules.ended(book, end("c4", ClaimEnd.CLAIM_END_COMPLETED, 1));
    assertThat(book.getCommitmentsList()).extracting(Commitment::getClaimId).containsExactly("c1", "c4");
    assertThat(book.getCommitmentsList()).extracting(Commitment::getEndedNumber).containsExactly(2L, 3L);
    assertThat(book.getEndedCount()).isEqualTo(3);
  }

  @Test
  void endedClaim_keepsWhatItWasPromisedAs() {
    Timestamp claimedAt = Timestamp.newBuilder().setSeconds(1_700_000_000).build();
    Commitment open = Samples.open("c1", 100).toBuilder().setRequestId("r1").setTaskClass("security").setAt(claimedAt).build();
    Commitment ended = CommitmentRules.ended(Samples.book("fox", open), end("c1", ClaimEnd.CLAIM_END_COMPLETED, 30)).getCommitments(0);
    assertThat(ended.getTaskId()).isEqualTo("of-c1");
    assertThat(ended.getRequestId()).isEqualTo("r1");
    assertThat(ended.getMaxCostMicros()).isEqualTo(100);
    assertThat(ended.getFence()).isEqualTo(77);
    assertThat(ended.getTaskClass()).isEqualTo("security");
    assertThat(ended.getClaimedAt()).isEqualTo(claimedAt);
  }

  @Test
  void endOfAClaimThatIsNotInTheBook_changesNothing() {
    CommitmentsRecord book = Samples.book("fox", Samples.open("c1", 100));
    assertThat(CommitmentRules.ended(book, end("c9", ClaimEnd.CLAIM_END_COMPLETED, 1))).isEqualTo(book);
  }

  @Test
  void claim_isFoundByItsRequest() {
    CommitmentsRecord book = Samples.book("fox", Samples.open("c1", 1).toBuilder().setRequestId("r1").build());
    assertThat(CommitmentRules.ofRequest(book, "r1")).map(Commitment::getClaimId).contains("c1");
    assertThat(CommitmentRules.ofRequest(book, "r2")).isEmpty();
  }

  @Test
  void requestsOfClaimsThatHaveLeft_areKnown_theNewestOfThem() {
    CommitmentsRecord book = Samples.book("fox");
    for (int i = 0; i < PastRequests.MOST + 5; i++) {
      Commitment open = Samples.open("c" + i, 1).toBuilder().setRequestId("r" + i).build();
      book = book.toBuilder().addCommitments(open).build();
      assertThat(CommitmentRules.isPast(book, "r" + i)).isFalse();
      book =
          i % 2 == 0
              ? CommitmentRules.ended(book, end("c" + i, ClaimEnd.CLAIM_END_CANCELLED, 0))
              : CommitmentRules.withoutSettled(CommitmentRules.ended(book, end("c" + i, ClaimEnd.CLAIM_END_COMPLETED, 1)), settled("c" + i));
      assertThat(CommitmentRules.isPast(book, "r" + i)).isTrue();
    }
    assertThat(book.getCommitmentsList()).isEmpty();
    assertThat(book.getPastRequestsCount()).isEqualTo(PastRequests.MOST);
    assertThat(CommitmentRules.isPast(book, "r4")).isFalse();
    assertThat(CommitmentRules.isPast(book, "r5")).isTrue();
  }
}
