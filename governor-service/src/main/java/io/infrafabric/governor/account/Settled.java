package io.infrafabric.governor.account;

import java.util.List;

/**
 * What one transaction booked.
 *
 * @param bookings in the order in which the claims ended
 * @param budgetBecameLow true when people should hear of the account
 */
record Settled(List<Booking> bookings, boolean budgetBecameLow) {
  /** Nothing was due. */
  static final Settled NOTHING = new Settled(List.of(), false);

  Settled {
    bookings = List.copyOf(bookings);
  }
}
