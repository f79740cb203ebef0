package io.infrafabric.kit.relay;

import java.util.concurrent.CompletableFuture;

/** Where a relay publishes to. */
@FunctionalInterface
public interface Publisher {
  /** Publishes; done when the message is stored durably, failed when that is not known. Must not block. */
  CompletableFuture<?> publish(OutboundMessage message);
}
