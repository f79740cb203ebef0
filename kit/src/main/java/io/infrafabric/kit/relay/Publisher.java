package io.infrafabric.kit.relay;

import io.infrafabric.kit.nats.Bus;
import java.util.concurrent.CompletableFuture;

/** Where a relay publishes to. */
@FunctionalInterface
public interface Publisher {
  /** Publishes; done when the message is stored durably, failed when that is not known; on any thread. Must not block. */
  CompletableFuture<?> publish(OutboundMessage message);

  /** Publishes to the streams of a bus. */
  static Publisher on(Bus bus) {
    return message ->
        bus.publishDurable(message.subject(), message.messageId(), message.headers(), message.body().toByteArray());
  }
}
