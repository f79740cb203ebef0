package io.infrafabric.kit.nats;

import io.infrafabric.kit.lifecycle.Threads;
import io.nats.client.Connection;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tries to connect until it works or is closed, and says every few seconds that it still tries. */
final class NatsConnector implements AutoCloseable {
  private static final Duration SAY_EVERY = Duration.ofSeconds(5);
  private static final Logger LOG = LoggerFactory.getLogger(NatsBus.class);

  private final Options options;
  private final Duration wait;
  private final CompletableFuture<Connection> connection = new CompletableFuture<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread thread;

  NatsConnector(Options options, Duration wait) {
    this.options = options;
    this.wait = wait;
    this.thread = Threads.startVirtual("nats-connect", this::loop);
  }

  /** Done with the first connection, which then lives until it is closed; on a virtual thread. */
  CompletableFuture<Connection> connection() {
    return connection;
  }

  @Override
  public void close() {
    closed.countDown();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (!connection.completeExceptionally(new IllegalStateException("closed"))) {
      close(connection.join());
    }
  }

  private void loop() {
    long said = System.nanoTime() - SAY_EVERY.toNanos();
    try {
      do {
        try {
          Connection connected = Nats.connect(options);
          LOG.atInfo().addKeyValue("server", connected.getConnectedUrl()).log("NATS connected");
          connection.complete(connected);
          return;
        } catch (IOException | RuntimeException unreachable) {
          if (System.nanoTime() - said >= SAY_EVERY.toNanos()) {
            said = System.nanoTime();
            LOG.atWarn()
                .addKeyValue("servers", options.getServers())
                .addKeyValue("reason", unreachable.getMessage())
                .log("NATS does not answer, trying until it does");
          }
        }
      } while (!closed.await(wait.toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    }
  }

  private static void close(Connection connected) {
    try {
      connected.flush(Duration.ofSeconds(1));
    } catch (Exception notFlushed) {
      LOG.atDebug().setCause(notFlushed).log("not everything was sent before closing");
    }
    try {
      connected.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
