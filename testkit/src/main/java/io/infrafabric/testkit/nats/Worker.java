package io.infrafabric.testkit.nats;

import io.infrafabric.kit.nats.BusMessage;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The thread of a receiver; a handler that throws loses its message. */
final class Worker implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Worker.class);

  private final Thread thread;
  private volatile boolean closed;

  private Worker(Inbox inbox, Consumer<BusMessage> handler) {
    thread = Thread.ofVirtual().name("memory-bus").unstarted(() -> run(inbox, handler));
  }

  static Worker start(Inbox inbox, Consumer<BusMessage> handler) {
    Worker worker = new Worker(inbox, handler);
    worker.thread.start();
    return worker;
  }

  private void run(Inbox inbox, Consumer<BusMessage> handler) {
    while (!closed) {
      try {
        inbox.handleNext(handler);
      } catch (InterruptedException end) {
        return;
      } catch (RuntimeException failure) {
        log.atWarn().setCause(failure).log("a message was not handled");
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
  }
}
