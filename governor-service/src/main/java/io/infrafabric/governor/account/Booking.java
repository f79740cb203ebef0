package io.infrafabric.governor.account;

import io.infrafabric.common.v1.TraceContext;
import io.infrafabric.governor.v1.FailureFacts;
import io.infrafabric.governor.v1.Settlement;
import java.util.Optional;

/**
 * One ended claim that is booked.
 *
 * @param fact what is told to others
 * @param trace the span of the claim or of its end, the parent of the booking's span
 * @param failure present when the claim had failed and the policy was asked whether the breaker opens
 * @param tripped whether it did
 */
record Booking(Settlement fact, TraceContext trace, Optional<FailureFacts> failure, boolean tripped) {
  /** A claim that had not failed. */
  Booking(Settlement fact, TraceContext trace) {
    this(fact, trace, Optional.empty(), false);
  }
}
