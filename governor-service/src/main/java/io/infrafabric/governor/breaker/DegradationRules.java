package io.infrafabric.governor.breaker;

import io.infrafabric.chassis.v1.SloViolation;
import io.infrafabric.governor.books.Books;
import io.infrafabric.governor.books.Ruling;
import io.infrafabric.governor.v1.BreakerEventType;
import io.infrafabric.governor.v1.BreakerReason;
import io.infrafabric.governor.v1.CapabilityBreaker;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.Capability;
import io.infrafabric.names.Ids;
import io.infrafabric.names.Limits;
import io.infrafabric.policy.BreakerPolicy;
import java.time.Instant;
import java.util.regex.Pattern;

/** What a violated SLO does to a breaker (spec G9, performance_degradation). Pure. */
final class DegradationRules {
  private static final Pattern METRIC = Pattern.compile("[a-z0-9_]{1,40}");

  private DegradationRules() {}

  /** Whether the fact says what it must; one that does not is passed over. */
  static boolean isSound(SloViolation fact) {
    return Ids.isId(fact.getSwarmId())
        && (fact.getCapability().isEmpty() || Capability.isCapability(fact.getCapability()))
        && METRIC.matcher(fact.getMetric()).matches()
        && fact.getWindows() > 0
        && fact.hasAt()
        && fact.getObserved().length() <= Limits.TEXT_CHARACTERS
        && fact.getTarget().length() <= Limits.TEXT_CHARACTERS;
  }

  /**
   * Opens the breaker that the fact is about when it was violated in as many windows in a row as the policy lets pass. A fact that comes twice
   * opens it once; one that is older than its last closing is about what a person, or a probe, has looked at since.
   */
  static Ruling<Void> violated(Books books, SloViolation fact, BreakerPolicy policy, Instant now) {
    CapabilityBreaker cell = Cells.of(books, fact.getCapability());
    boolean isNews = !cell.hasClosedAt() || Times.toInstant(fact.getAt()).isAfter(Times.toInstant(cell.getClosedAt()));
    boolean opens = policy.sloViolationThreshold() > 0 && fact.getWindows() >= policy.sloViolationThreshold();
    if (!opens || !isNews || Books.isOpen(cell) || books.isBreakerOpen() || books.standing().getUnregistered()) {
      return new Ruling.Keep<>(books, null);
    }
    String detail =
        "%s was missed in %d windows in a row: %s, and %s is promised"
            .formatted(fact.getMetric(), fact.getWindows(), fact.getObserved(), fact.getTarget());
    CellRules.Cause cause = new CellRules.Cause(BreakerReason.BREAKER_REASON_PERFORMANCE_DEGRADATION, detail);
    return new Ruling.Write<>(
        Cells.put(
            books.breaker(), books, CellRules.open(cell, cause, policy, now), BreakerEventType.BREAKER_EVENT_TYPE_OPENED, "", now),
        null);
  }
}
