package io.infrafabric.governor.account;

import io.infrafabric.coordinator.v1.Commitment;
import java.util.List;

/**
 * What one transaction booked.
 *
 * @param bookings in the order in which the claims ended
 * @param budgetBecameLow true when people should hear of the account
 * @param ended the lines of the commitments that were booked, in the same order
 */
record Settled(List<Booking> bookings, boolean budgetBecameLow, List<Commitment> ended) {
  /** Nothing was due. */
  static final Settled NOTHING = new Settled(List.of(), false, List.of());

  Settled {
    bookings = List.copyOf(bookings);
    ended = List.copyOf(ended);
  }
}
