package io.infrafabric.governor.breaker;

import io.infrafabric.governor.books.Books;
import io.infrafabric.governor.books.Ruling;
import io.infrafabric.governor.v1.Breaker;
import io.infrafabric.governor.v1.BreakerEventType;
import io.infrafabric.governor.v1.CapabilityBreaker;
import io.infrafabric.kit.time.Times;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** When a breaker lets one claim through by itself, as the policy said when it opened. Pure. */
final class ProbeRules {
  private ProbeRules() {}

  /** When the next of a swarm's breakers is to be half open, if any is. */
  static Optional<Instant> next(Breaker breaker) {
    return Cells.all(breaker).stream()
        .filter(cell -> CellRules.isDue(cell, Instant.MAX))
        .map(cell -> Times.toInstant(cell.getHalfOpenAt()))
        .min(Comparator.naturalOrder());
  }

  /** Half opens all that it is time for; each gets the number of a probe of its own. */
  static Ruling<Void> halfOpen(Books books, Instant now) {
    List<CapabilityBreaker> due = Cells.all(books.breaker()).stream().filter(cell -> CellRules.isDue(cell, now)).toList();
    if (due.isEmpty()) {
      return new Ruling.Keep<>(books, null);
    }
    Books next = books;
    for (CapabilityBreaker cell : due) {
      CapabilityBreaker tried = CellRules.halfOpen(cell, next.breaker().getProbes() + 1, now);
      next = Cells.put(books.breaker(), next, tried, BreakerEventType.BREAKER_EVENT_TYPE_HALF_OPENED, "", now);
    }
    return new Ruling.Write<>(next, null);
  }
}
