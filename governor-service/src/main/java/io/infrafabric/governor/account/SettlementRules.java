package io.infrafabric.governor.account;

import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.Commitment;
import io.infrafabric.coordinator.v1.CommitmentsRecord;
import io.infrafabric.governor.books.Books;
import io.infrafabric.governor.books.Commitments;
import io.infrafabric.governor.books.Ruling;
import io.infrafabric.governor.breaker.CountRules;
import io.infrafabric.governor.breaker.EndedRules;
import io.infrafabric.governor.money.Purses;
import io.infrafabric.governor.money.SpendRules;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.BreakerReason;
import io.infrafabric.governor.v1.FailureFacts;
import io.infrafabric.governor.v1.Settlement;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.kit.time.Times;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Books the ended claims of a swarm. A claim is booked only when it stands in the commitments as ended and the standing does
 * not list it as booked; the transaction compares both records, so that neither a repeated message nor a second settler
 * books it again. Booked claims that no longer stand in the commitments leave the list in the same write.
 */
final class SettlementRules {
  /** Claims booked in one transaction. */
  static final int CLAIMS_PER_BOOKING = 256;

  /** So many do not wait for more. */
  static final int URGENT_CLAIMS = 32;

  private SettlementRules() {}

  /** True when there is something to book. */
  static boolean isDue(Standing standing, CommitmentsRecord commitments) {
    return !due(standing, commitments).isEmpty();
  }

  /**
   * What the claims that have ended may cost before they must be booked, in micro-dollars. Empty when they must be at once: they may open a breaker or
   * end a row of failures, they bring the money near its end, or there are so many that the swarm's record grows. Nobody is asked about the money of a
   * swarm that draws on a parent with some, and that draws by what is promised and not by what is booked: its claims linger until all of it is spent.
   *
   * @param parent the account above the swarm's, as far as it is known
   */
  static OptionalLong mayLinger(Books books, Optional<Account> parent, CommitmentsRecord commitments, SettlementLimits limits) {
    boolean draws = BudgetRules.getsMoreByItself(books.account(), parent);
    long untilLow = draws ? Purses.left(books.account()) : BudgetRules.untilLow(books.account(), limits.lowBudgetPercent());
    boolean must =
        CountRules.countsAnything(books.standing()) || Books.isAnyOpen(books.breaker()) || untilLow <= 0 || isUrgent(commitments, untilLow);
    return must ? OptionalLong.empty() : OptionalLong.of(untilLow);
  }

  /**
   * True when claims that linger must be booked at once.
   *
   * @param mayCost what they may cost together before that, more than 0
   */
  static boolean isUrgent(CommitmentsRecord commitments, long mayCost) {
    int ended = 0;
    long cost = 0;
    for (Commitment claim : commitments.getCommitmentsList()) {
      if (Commitments.hasEnded(claim)) {
        ended++;
        cost += costOf(claim);
        if (claim.getEnd() != ClaimEnd.CLAIM_END_COMPLETED) {
          return true;
        }
      }
    }
    return ended >= URGENT_CLAIMS || cost >= mayCost;
  }

  /** Books what is due, in the order in which the claims ended. */
  static Ruling<Settled> settle(Books books, CommitmentsRecord commitments, SettlementLimits limits, Instant now) {
    List<Commitment> due = due(books.standing(), commitments);
    if (due.isEmpty()) {
      return new Ruling.Keep<>(books, Settled.NOTHING);
    }
    Books next = prune(books, commitments);
    List<Booking> bookings = new ArrayList<>(due.size());
    for (Commitment claim : due) {
      Books before = book(next, claim, now);
      // Help that it has paid for says nothing of the swarm but that its money is spent.
      Commitment told = Commitments.isHelp(claim) ? Commitment.newBuilder().setTaskId(claim.getTaskId()).build() : claim;
      // Who draws on a parent waits for money and not for a person: its claims are refused until some has come.
      long spent = before.account().hasDraw() ? 0 : costOf(claim);
      next = EndedRules.after(books.breaker(), before, told, spent, limits.breaker(), now);
      bookings.add(booking(before, next, claim, now));
    }
    boolean low = BudgetRules.becameLow(books.account(), next.account(), limits.lowBudgetPercent());
    Standing judged = next.standing().toBuilder().setPolicyRevision(limits.policyRevision()).build();
    return new Ruling.Write<>(next.with(judged), new Settled(bookings, low, due));
  }

  private static List<Commitment> due(Standing standing, CommitmentsRecord commitments) {
    Set<String> booked = new HashSet<>(standing.getSettledClaimIdsList());
    return commitments.getCommitmentsList().stream()
        .filter(claim -> Commitments.hasEnded(claim) && !booked.contains(claim.getClaimId()))
        .sorted(Comparator.comparingLong(Commitment::getEndedNumber).thenComparing(Commitment::getClaimId))
        .limit(CLAIMS_PER_BOOKING)
        .toList();
  }

  private static Books prune(Books books, CommitmentsRecord commitments) {
    Set<String> listed = new HashSet<>();
    commitments.getCommitmentsList().forEach(claim -> listed.add(claim.getClaimId()));
    List<String> kept = books.standing().getSettledClaimIdsList().stream().filter(listed::contains).toList();
    return books.with(books.standing().toBuilder().clearSettledClaimIds().addAllSettledClaimIds(kept).build());
  }

  private static Books book(Books books, Commitment claim, Instant now) {
    Account.Builder account = SpendRules.booked(books.account(), costOf(claim), now).toBuilder();
    account.setSettledMicros(account.getSettledMicros() + costOf(claim));
    if (claim.getEnd() != ClaimEnd.CLAIM_END_COMPLETED) {
      account.setWastedMicros(account.getWastedMicros() + costOf(claim));
    }
    Standing.Builder standing = books.standing().toBuilder();
    standing.addSettledClaimIds(claim.getClaimId());
    standing.setBookedThrough(Math.max(standing.getBookedThrough(), claim.getEndedNumber()));
    if (Commitments.isHelp(claim)) {
      return books.with(standing.build()).with(account.build()); // it is not this swarm that did well or failed
    }
    switch (claim.getEnd()) {
      case CLAIM_END_COMPLETED -> account.setClaimsCompleted(account.getClaimsCompleted() + 1);
      case CLAIM_END_FAILED -> account.setClaimsFailed(account.getClaimsFailed() + 1);
      case CLAIM_END_RELEASED, CLAIM_END_LOST, CLAIM_END_CANCELLED, CLAIM_END_STALLED, CLAIM_END_SUPERSEDED, CLAIM_END_REVOKED -> {
        // Says nothing of how well the swarm works.
      }
      case CLAIM_END_UNSPECIFIED, UNRECOGNIZED -> {
        // An end that only a newer coordinator knows is paid and counts as neither.
      }
    }
    return books.with(CountRules.counted(standing.build(), claim)).with(account.build());
  }

  private static Booking booking(Books before, Books books, Commitment claim, Instant now) {
    Settlement fact =
        Settlement.newBuilder()
            .setClaimId(claim.getClaimId())
            .setSwarmId(books.swarmId())
            .setTaskId(claim.getTaskId())
            .setCostMicros(costOf(claim))
            .setCreditMicros(books.account().getCreditMicros())
            .setAt(Times.toProto(now))
            .build();
    boolean forMoney = books.isBreakerOpen() && books.breaker().getReason() == BreakerReason.BREAKER_REASON_BUDGET_EXHAUSTED;
    boolean asked = claim.getEnd() == ClaimEnd.CLAIM_END_FAILED && !Commitments.isHelp(claim) && !before.isBreakerOpen() && !forMoney;
    return asked ? new Booking(fact, claim.getTrace(), Optional.of(failure(books, claim)), books.isBreakerOpen()) : new Booking(fact, claim.getTrace());
  }

  private static FailureFacts failure(Books books, Commitment claim) {
    return FailureFacts.newBuilder()
        .setSwarmId(books.swarmId())
        .setTaskId(claim.getTaskId())
        .setClaimId(claim.getClaimId())
        .setFailures(books.standing().getConsecutiveFailures())
        .build();
  }

  /** The coordinator refuses negative costs; should one get through, it must not make money. */
  private static long costOf(Commitment claim) {
    return Math.max(0, claim.getCostMicros());
  }
}
