package io.infrafabric.testkit.nats;

import io.infrafabric.kit.nats.BusMessage;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** Messages that wait for one receiver, or for several that share them. */
final class Inbox {
  private final LinkedBlockingDeque<BusMessage> messages = new LinkedBlockingDeque<>();
  private final AtomicInteger open = new AtomicInteger();

  void put(BusMessage message, boolean first) {
    open.incrementAndGet();
    if (first) {
      messages.addFirst(message);
    } else {
      messages.addLast(message);
    }
  }

  /** Waits for the next message and handles it. */
  void handleNext(Consumer<BusMessage> handler) throws InterruptedException {
    BusMessage message = messages.take();
    try {
      handler.accept(message);
    } finally {
      open.decrementAndGet();
    }
  }

  boolean isQuiet() {
    return open.get() == 0;
  }
}
