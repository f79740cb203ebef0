package io.infrafabric.coordinator.dispatch;

import io.infrafabric.error.RefusedException;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import java.time.Instant;
import java.util.Optional;

/**
 * Names an offer: it is the message id on the wire, so that who sees only the headers knows what was offered to whom.
 *
 * @param revision of the READY record that is offered
 * @param until to the millisecond
 */
public record OfferId(TaskId task, long revision, SwarmId swarm, Instant until) {

  /** As it stands in the header. */
  public String text() {
    return task + ":" + revision + ":" + swarm + ":" + until.toEpochMilli();
  }

  /** Reads it; empty when it is none. */
  public static Optional<OfferId> parse(String text) {
    String[] parts = text.split(":", -1);
    if (parts.length != 4) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new OfferId(new TaskId(parts[0]), Long.parseLong(parts[1]), new SwarmId(parts[2]), Instant.ofEpochMilli(Long.parseLong(parts[3]))));
    } catch (RefusedException | NumberFormatException malformed) {
      return Optional.empty();
    }
  }
}
