package io.infrafabric.governor.account;

import io.infrafabric.common.v1.TraceContext;
import io.infrafabric.governor.v1.Settlement;

/**
 * One ended claim that is booked.
 *
 * @param fact what is told to others
 * @param trace the span of the claim or of its end, the parent of the booking's span
 */
record Booking(Settlement fact, TraceContext trace) {}
