package io.infrafabric.kit.relay;

import com.google.protobuf.ByteString;
import java.util.Map;

/**
 * A message to the world.
 *
 * @param messageId the same whenever the same change is published again: the key, a colon and the revision; with a suffix
 *     where one change becomes several messages
 * @param headers without the message id
 */
public record OutboundMessage(String subject, String messageId, Map<String, String> headers, ByteString body) {
  /** Copies the headers. */
  public OutboundMessage {
    headers = Map.copyOf(headers);
  }
}
