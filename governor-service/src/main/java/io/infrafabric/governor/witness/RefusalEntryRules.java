package io.infrafabric.governor.witness;

import io.infrafabric.access.Role;
import io.infrafabric.common.v1.RefusalRecord;
import io.infrafabric.kit.time.Times;

/** Makes the entry of calls that a service refused at its doors. Nothing of a token, and of the caller only what a verified one named. */
final class RefusalEntryRules {
  private RefusalEntryRules() {}

  /** Fills it in; a swarm stands where swarms stand in other entries, anybody else as the principal. */
  static void fill(EntryLine line, RefusalRecord note) {
    boolean swarm = note.getRole().equals(Role.SWARM.word());
    line.operation = "auth.refused";
    line.severity = EntryLine.Severity.WARNING;
    line.component = note.getService();
    line.time = note.hasLastAt() ? Times.toInstant(note.getLastAt()) : line.time;
    line.trace = EntryRules.trace(note.getTrace());
    line.swarm = swarm ? note.getPrincipal() : "";
    line.principal = swarm ? "" : note.getPrincipal();
    line.refused = new EntryLine.Refused(note.getReason(), note.getCount(), Times.toInstant(note.getFirstAt()), note.getMethod());
  }
}
