package io.infrafabric.governor.books;

import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.Commitment;
import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.Breaker;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.Manifest;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.governor.v1.SwarmRecord;
import java.time.Instant;
import java.util.List;

/** Books and commitments to test with. */
public final class BooksFixture {
  /** When everything happens. */
  public static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  private BooksFixture() {}

  /** A swarm that was granted this much and has spent nothing. */
  public static Books granted(long micros) {
    Standing standing =
        Standing.newBuilder()
            .setSwarmId("s1")
            .addCapabilities("code:java")
            .setCostPerHourMicros(2_000_000)
            .setMaxConcurrent(3)
            .setBreaker(BreakerState.BREAKER_STATE_CLOSED)
            .setReputationMillis(700)
            .setPolicyRevision(1)
            .build();
    Manifest manifest =
        Manifest.newBuilder()
            .setSwarmId("s1")
            .addCapabilities("code:java")
            .setCostPerHourMicros(2_000_000)
            .setMaxConcurrent(3)
            .build();
    SwarmRecord registration = SwarmRecord.newBuilder().setManifest(manifest).setVersion(1).setRequestId("r-0").build();
    Breaker breaker = Breaker.newBuilder().setSwarmId("s1").setState(BreakerState.BREAKER_STATE_CLOSED).build();
    Books empty = new Books(registration, standing, Account.newBuilder().setAccountId("s1").build(), breaker);
    return empty.with(empty.account().toBuilder().setGrantedMicros(micros).build());
  }

  /** A claim that may cost 10. */
  public static Commitment open(String claim) {
    return Commitment.newBuilder().setClaimId(claim).setTaskId("t-" + claim).setMaxCostMicros(10).build();
  }

  /** A claim that has ended as the n-th. */
  public static Commitment ended(String claim, int number, ClaimEnd end, long cost) {
    return open(claim).toBuilder().setEnd(end).setEndedNumber(number).setCostMicros(cost).build();
  }

  /** The commitments of s1. */
  public static CommitmentsRecord commitments(Commitment... commitments) {
    return CommitmentsRecord.newBuilder().setSwarmId("s1").addAllCommitments(List.of(commitments)).build();
  }

  /** The books that a rule writes. */
  public static <T> Books written(Ruling<T> ruling) {
    return switch (ruling) {
      case Ruling.Write<T>(Books next, T answer) -> next;
      case Ruling.Keep<T> keep -> throw new AssertionError("nothing was written");
      case Ruling.Refuse<T>(var refusal) -> throw new AssertionError("refused: " + refusal);
    };
  }
}
