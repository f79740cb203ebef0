package io.infrafabric.governor.witness;

import io.infrafabric.governor.v1.Breaker;
import io.infrafabric.governor.v1.BreakerEvent;
import io.infrafabric.governor.v1.BreakerEventType;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.witness.EntryLine.Severity;
import io.infrafabric.kit.time.Times;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** What the log says of a version of a swarm's breakers: the gravest thing that happened in it, of the swarm as a whole or of a capability. Pure. */
final class BreakerEntryRules {
  private BreakerEntryRules() {}

  static void fill(EntryLine line, Breaker breaker, boolean created) {
    Optional<BreakerEvent> event = breaker.getEventsList().stream().min(Comparator.comparingInt(BreakerEvent::getTypeValue));
    boolean open = event.map(told -> told.getType() == BreakerEventType.BREAKER_EVENT_TYPE_OPENED).orElse(breaker.getState() == BreakerState.BREAKER_STATE_OPEN);
    line.operation = event.map(told -> "breaker." + word(told.getType())).orElse(open ? "breaker.opened" : created ? "breaker.registered" : "breaker.closed");
    line.severity = open ? Severity.WARNING : Severity.INFO;
    if (event.isPresent()) {
      line.time = Times.toInstant(event.get().getAt());
    } else if (breaker.hasSince()) {
      line.time = Times.toInstant(breaker.getSince());
    }
    line.swarm = breaker.getSwarmId();
    line.principal = event.map(BreakerEvent::getPrincipal).orElse(breaker.getPrincipal());
    line.request = breaker.getRequestId();
  }

  private static String word(BreakerEventType type) {
    return type.name().substring("BREAKER_EVENT_TYPE_".length()).toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
