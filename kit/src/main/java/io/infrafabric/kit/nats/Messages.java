package io.infrafabric.kit.nats;

import io.nats.client.Message;
import io.nats.client.impl.Headers;
import io.nats.client.impl.NatsJetStreamMetaData;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Messages and headers between jnats and the port. */
final class Messages {
  private Messages() {}

  static BusMessage received(Message message) {
    NatsJetStreamMetaData place = message.isJetStream() ? message.metaData() : null;
    return new BusMessage(
        message.getSubject(),
        headers(message.getHeaders()),
        message.getData(),
        place == null ? 1 : place.deliveredCount(),
        place == null ? 0 : place.streamSequence(),
        place == null ? Optional.ofNullable(message.getReplyTo()) : Optional.empty());
  }

  static Map<String, String> headers(Headers headers) {
    Map<String, String> byName = new HashMap<>();
    if (headers != null) {
      headers.forEach((name, values) -> byName.put(name, values.isEmpty() ? "" : values.getFirst()));
    }
    return byName;
  }

  static Headers headers(Map<String, String> byName) {
    Headers headers = new Headers();
    byName.forEach((name, value) -> headers.put(name, value));
    return headers;
  }
}
