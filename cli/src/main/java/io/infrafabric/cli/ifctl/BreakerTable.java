package io.infrafabric.cli.ifctl;

import com.google.protobuf.Timestamp;
import io.infrafabric.cli.output.Table;
import io.infrafabric.governor.v1.Breaker;
import io.infrafabric.governor.v1.BreakerEvent;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.CapabilityBreaker;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Breakers as people read them: a row for that of the swarm, and one for each capability whose breaker is not closed. */
final class BreakerTable {
  private BreakerTable() {}

  static Table of(List<Breaker> breakers) {
    Table table = Table.of("SWARM", "CAPABILITY", "STATE", "REASON", "SINCE", "REOPENED", "PROBE AT", "BY", "DETAIL");
    for (Breaker breaker : breakers) {
      table.row(
          breaker.getSwarmId(),
          "",
          Shown.word(breaker.getState()),
          Shown.word(breaker.getReason()),
          time(breaker.hasSince(), breaker.getSince()),
          breaker.getReopened(),
          time(breaker.hasHalfOpenAt(), breaker.getHalfOpenAt()),
          breaker.getPrincipal(),
          breaker.getDetail());
      breaker.getCapabilitiesList().stream()
          .filter(cell -> cell.getState() != BreakerState.BREAKER_STATE_CLOSED)
          .forEach(cell -> row(table, breaker.getSwarmId(), cell));
    }
    return table;
  }

  private static void row(Table table, String swarm, CapabilityBreaker cell) {
    table.row(
        swarm,
        cell.getCapability(),
        Shown.word(cell.getState()),
        Shown.word(cell.getReason()),
        time(cell.hasSince(), cell.getSince()),
        cell.getReopened(),
        time(cell.hasHalfOpenAt(), cell.getHalfOpenAt()),
        cell.getPrincipal(),
        cell.getDetail());
  }

  /** What happened last, or how it stands when nothing did. */
  static String line(Breaker breaker) {
    String what =
        breaker.getEventsCount() == 0 ? Shown.word(breaker.getState()) : breaker.getEventsList().stream().map(BreakerTable::event).collect(Collectors.joining("; "));
    return breaker.getSwarmId() + "  " + what;
  }

  private static String event(BreakerEvent event) {
    String what = event.getType().name().substring("BREAKER_EVENT_TYPE_".length()).toLowerCase(Locale.ROOT).replace('_', ' ');
    String why = Shown.word(event.getReason());
    return what
        + (event.getCapability().isEmpty() ? "" : " for " + event.getCapability())
        + (why.isEmpty() ? "" : " (" + why + ")")
        + (event.getPrincipal().isEmpty() ? "" : " by " + event.getPrincipal())
        + ": "
        + event.getDetail();
  }

  private static String time(boolean known, Timestamp at) {
    return known ? Shown.time(at) : "";
  }
}
