package io.infrafabric.governor.account;

import io.infrafabric.governor.books.Books;
import io.infrafabric.governor.v1.FailureFacts;
import io.infrafabric.governor.v1.PolicyDecision;
import io.infrafabric.governor.v1.PolicyLimits;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.Ids;
import io.infrafabric.policy.DecisionLog;
import io.infrafabric.policy.DecisionRules;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.BiConsumer;

/** Writes down, of bookings, what claims have cost and whether failures have opened a breaker. */
record DecisionTeller(DecisionLog log, InstantSource clock) implements BiConsumer<Books, Settled> {
  @Override
  public void accept(Books books, Settled settled) {
    for (Booking booking : settled.bookings()) {
      log.booked(booking.fact().getClaimId(), booking.fact().getCostMicros());
      booking.failure().ifPresent(failure -> tell(failure, booking.tripped(), books.standing().getPolicyRevision()));
    }
  }

  private void tell(FailureFacts failure, boolean tripped, long policyRevision) {
    Instant now = clock.instant();
    PolicyDecision.Builder decision =
        PolicyDecision.newBuilder()
            .setDecisionId(Ids.ulid(now.toEpochMilli()))
            .setAt(Times.toProto(now))
            .setPolicyRevision(policyRevision)
            .setFailures(failure);
    if (tripped) {
      // Its last failure is the one too many.
      PolicyLimits reached = PolicyLimits.newBuilder().setFailureThreshold((int) failure.getFailures()).build();
      PolicyDecision denied = decision.addAllFindings(DecisionRules.failures(reached, failure)).build();
      log.denied(() -> denied);
    } else {
      PolicyDecision allowed = decision.build();
      log.allowed(() -> allowed);
    }
  }
}
