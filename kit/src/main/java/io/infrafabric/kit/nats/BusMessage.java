package io.infrafabric.kit.nats;

import java.util.Map;
import java.util.Optional;

/**
 * A message as it was received.
 *
 * @param headers by name; names keep their case, of several values the first
 * @param deliveries how often a durable consumer was given it, from 1; 1 on a core subscription
 * @param sequence its place in the stream; 0 on a core subscription
 * @param replyTo where an answer is expected
 */
public record BusMessage(
    String subject, Map<String, String> headers, byte[] body, long deliveries, long sequence, Optional<String> replyTo) {

  public BusMessage {
    headers = Map.copyOf(headers);
  }

  /** A message of a core subscription without reply subject. */
  public static BusMessage of(String subject, Map<String, String> headers, byte[] body) {
    return new BusMessage(subject, headers, body, 1, 0, Optional.empty());
  }
}
