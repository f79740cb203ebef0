package io.infrafabric.governor.breaker;

import io.infrafabric.coordinator.v1.ClaimEnd;
import io.infrafabric.coordinator.v1.Commitment;
import io.infrafabric.governor.books.Books;
import io.infrafabric.governor.v1.Breaker;
import io.infrafabric.governor.v1.BreakerEventType;
import io.infrafabric.governor.v1.BreakerReason;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.CapabilityBreaker;
import io.infrafabric.governor.v1.CapabilityCount;
import io.infrafabric.policy.BreakerPolicy;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/**
 * What the end of a claim does to breakers, once it is booked. A success closes an open breaker only when it is the probe of a half open one.
 * Pure.
 */
public final class EndedRules {
  private EndedRules() {}

  /**
   * The books after a claim was booked and counted in them.
   *
   * @param stored the breakers as the store has them
   * @param costMicros that was booked
   */
  public static Books after(Breaker stored, Books books, Commitment claim, long costMicros, BreakerPolicy policy, Instant now) {
    Books next = books;
    for (long probe : claim.getProbesList()) {
      Optional<CapabilityBreaker> tried =
          Cells.all(next.breaker()).stream().filter(cell -> cell.getState() == BreakerState.BREAKER_STATE_HALF_OPEN && cell.getProbe() == probe).findFirst();
      if (tried.isPresent()) {
        next = probed(stored, next, tried.get(), claim, policy, now);
      }
    }
    // What was spent while the breaker was open has opened none: it counts when a probe closes it.
    boolean closed = books.isBreakerOpen() && !next.isBreakerOpen() && !books.account().hasDraw();
    return tripped(stored, next, claim, closed ? books.account().getSettledMicros() : costMicros, policy, now);
  }

  /**
   * The books after a cost was charged to the swarm's account beside its claims: when that was the last of its money, it is stopped. Only a person
   * who gives money closes such a breaker, so that the waits of the policy do not matter.
   *
   * @param costMicros that was charged
   */
  public static Books afterCharge(Books books, long costMicros, Instant now) {
    BreakerPolicy withoutWaits = BreakerPolicy.ofThreshold(Integer.MAX_VALUE);
    return books.isBreakerOpen()
        ? books
        : spent(books, costMicros).map(cause -> open(books.breaker(), books, "", cause, withoutWaits, now)).orElse(books);
  }

  private static Optional<CellRules.Cause> spent(Books books, long costMicros) {
    if (costMicros <= 0 || books.account().getCreditMicros() > 0) {
      return Optional.empty();
    }
    String detail = "%d of %d micro-dollars are spent".formatted(books.account().getSettledMicros(), books.account().getGrantedMicros());
    return Optional.of(new CellRules.Cause(BreakerReason.BREAKER_REASON_BUDGET_EXHAUSTED, detail));
  }

  private static Books probed(Breaker stored, Books books, CapabilityBreaker cell, Commitment claim, BreakerPolicy policy, Instant now) {
    String task = "its probe, task " + claim.getTaskId() + ",";
    return switch (claim.getEnd()) {
      case CLAIM_END_COMPLETED -> {
        Books closed = Cells.put(stored, books, CellRules.closed(cell, task + " was completed", "", now), BreakerEventType.BREAKER_EVENT_TYPE_CLOSED, "", now);
        yield Cells.forgiven(closed, cell.getCapability());
      }
      // Whoever ended it was not the swarm: another one is let through.
      case CLAIM_END_CANCELLED, CLAIM_END_SUPERSEDED, CLAIM_END_REVOKED, CLAIM_END_UNSPECIFIED, UNRECOGNIZED ->
          Cells.put(
              stored, books, CellRules.halfOpen(cell, books.breaker().getProbes() + 1, now), BreakerEventType.BREAKER_EVENT_TYPE_HALF_OPENED, "", now);
      case CLAIM_END_FAILED, CLAIM_END_RELEASED, CLAIM_END_LOST, CLAIM_END_STALLED ->
          Cells.put(
              stored,
              books,
              CellRules.probeFailed(cell, task + " ended " + word(claim.getEnd()), policy, now),
              BreakerEventType.BREAKER_EVENT_TYPE_OPENED,
              "",
              now);
    };
  }

  private static Books tripped(Breaker stored, Books books, Commitment claim, long costMicros, BreakerPolicy policy, Instant now) {
    if (books.isBreakerOpen()) {
      return books;
    }
    Optional<CellRules.Cause> whole = ofTheWhole(books, claim, costMicros, policy);
    if (whole.isPresent()) {
      return open(stored, books, "", whole.get(), policy, now);
    }
    Books next = books;
    for (CapabilityCount count : books.standing().getCountsList()) {
      Optional<CellRules.Cause> cause =
          claim.getRequiredCapabilitiesList().contains(count.getCapability()) ? ofCapability(count, claim, policy) : Optional.empty();
      if (cause.isPresent() && !Books.isOpen(Cells.of(next, count.getCapability()))) {
        next = open(stored, next, count.getCapability(), cause.get(), policy, now);
      }
    }
    return next;
  }

  private static Optional<CellRules.Cause> ofTheWhole(Books books, Commitment claim, long costMicros, BreakerPolicy policy) {
    Optional<CellRules.Cause> spent = spent(books, costMicros);
    if (spent.isPresent()) {
      return spent;
    }
    int failures = books.standing().getConsecutiveFailures();
    if (failures >= policy.failureThreshold()) {
      return Optional.of(new CellRules.Cause(BreakerReason.BREAKER_REASON_REPEATED_FAILURES, "%d claims in a row have failed".formatted(failures)));
    }
    return stalled(books.standing().getConsecutiveStalls(), "", claim, policy);
  }

  private static Optional<CellRules.Cause> ofCapability(CapabilityCount count, Commitment claim, BreakerPolicy policy) {
    if (claim.getEnd() == ClaimEnd.CLAIM_END_FAILED && count.getFailures() >= policy.capabilityFailureThreshold()) {
      String detail = "%d claims in a row that require %s have failed".formatted(count.getFailures(), count.getCapability());
      return Optional.of(new CellRules.Cause(BreakerReason.BREAKER_REASON_REPEATED_FAILURES, detail));
    }
    return stalled(count.getStalls(), " that require " + count.getCapability(), claim, policy);
  }

  private static Optional<CellRules.Cause> stalled(int stalls, String which, Commitment claim, BreakerPolicy policy) {
    boolean opens = claim.getEnd() == ClaimEnd.CLAIM_END_STALLED && policy.noProgressThreshold() > 0 && stalls >= policy.noProgressThreshold();
    String detail = "%d claims%s were taken back for want of progress, and none was completed between them".formatted(stalls, which);
    return opens ? Optional.of(new CellRules.Cause(BreakerReason.BREAKER_REASON_NO_PROGRESS, detail)) : Optional.empty();
  }

  private static Books open(Breaker stored, Books books, String capability, CellRules.Cause cause, BreakerPolicy policy, Instant now) {
    CapabilityBreaker opened = CellRules.open(Cells.of(books, capability), cause, policy, now);
    return Cells.put(stored, books, opened, BreakerEventType.BREAKER_EVENT_TYPE_OPENED, "", now);
  }

  private static String word(ClaimEnd end) {
    return end.name().substring("CLAIM_END_".length()).toLowerCase(Locale.ROOT);
  }
}
