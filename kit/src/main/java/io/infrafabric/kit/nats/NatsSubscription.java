package io.infrafabric.kit.nats;

import io.infrafabric.kit.lifecycle.Threads;
import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.Message;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A core subscription whose handler runs on a thread of its own behind a bounded queue. */
final class NatsSubscription implements Subscription {
  private static final Duration LOOK_AGAIN = Duration.ofMillis(500);
  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(5);
  private static final Logger LOG = LoggerFactory.getLogger(NatsBus.class);

  private final BlockingQueue<Message> queue;
  private final Consumer<BusMessage> handler;
  private final NatsCounters counters;
  private final CompletableFuture<Runnable> unsubscribe;
  private final Thread worker;
  private volatile boolean closed;

  NatsSubscription(
      CompletableFuture<Connection> connection,
      String subject,
      int queueSize,
      Consumer<BusMessage> handler,
      NatsCounters counters) {
    this.queue = new ArrayBlockingQueue<>(queueSize);
    this.handler = handler;
    this.counters = counters;
    this.worker = Threads.startVirtual("nats-sub-" + subject, this::loop);
    this.unsubscribe = connection.thenApply(connected -> open(connected, subject, queueSize));
  }

  @Override
  public void close() {
    closed = true;
    unsubscribe.thenAccept(Runnable::run);
    worker.interrupt();
    if (Thread.currentThread() != worker) {
      try {
        worker.join(CLOSE_PATIENCE);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private Runnable open(Connection connection, String subject, int queueSize) {
    Dispatcher dispatcher = connection.createDispatcher(this::enqueue);
    dispatcher.setPendingLimits(queueSize, -1);
    dispatcher.subscribe(subject);
    return () -> {
      if (connection.getStatus() != Connection.Status.CLOSED) {
        connection.closeDispatcher(dispatcher);
      }
    };
  }

  private void enqueue(Message message) {
    if (!queue.offer(message)) {
      counters.dropped().increment();
    }
  }

  private void loop() {
    try {
      while (!closed) {
        Message message = queue.poll(LOOK_AGAIN.toMillis(), TimeUnit.MILLISECONDS);
        if (message != null) {
          handle(message);
        }
      }
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    }
  }

  private void handle(Message message) {
    try {
      handler.accept(Messages.received(message));
    } catch (RuntimeException failure) {
      counters.handlerFailures().increment();
      LOG.atWarn().addKeyValue("subject", message.getSubject()).setCause(failure).log("a message was not handled");
    }
  }
}
