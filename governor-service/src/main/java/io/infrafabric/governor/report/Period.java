package io.infrafabric.governor.report;

import io.infrafabric.governor.spend.SpendRules;
import java.time.LocalDate;
import java.util.Optional;

/**
 * The days of a report, in UTC.
 *
 * @param from the first; from the beginning when absent
 * @param to the first that does not count any more; until now when absent
 */
record Period(Optional<LocalDate> from, Optional<LocalDate> to) {
  /** All time. */
  static final Period ALL = new Period(Optional.empty(), Optional.empty());

  /** Whether it is all time: then its sums are those of the accounts. */
  boolean isAll() {
    return from.isEmpty() && to.isEmpty();
  }

  /** Whether what was booked in a slot counts; all days before count only where there is no first one. */
  boolean covers(String slot) {
    return slot.equals(SpendRules.BEFORE)
        ? from.isEmpty()
        : from.filter(day -> slot.compareTo(SpendRules.slot(day)) < 0).isEmpty() && to.filter(day -> slot.compareTo(SpendRules.slot(day)) >= 0).isEmpty();
  }
}
