package io.infrafabric.kit.nats;

import io.infrafabric.kit.lifecycle.Threads;
import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamSubscription;
import io.nats.client.Message;
import io.nats.client.PullRequestOptions;
import io.nats.client.PullSubscribeOptions;
import io.nats.client.api.AckPolicy;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.DeliverPolicy;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The loop that follows a stream: a consumer in the server's memory that begins with what is new, made again whenever it, the
 * connection or the stream was lost. Each time, and when a message is missing from the row, the gap is told.
 */
final class NatsTail implements Subscription {
  private static final int BATCH = 256;
  private static final Duration PULL = Duration.ofSeconds(2);
  private static final Duration LOOK_AGAIN = Duration.ofMillis(200);
  private static final Duration FORGOTTEN_AFTER = Duration.ofSeconds(30);
  private static final Duration RETRY = Duration.ofMillis(500);
  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(5);
  private static final Logger LOG = LoggerFactory.getLogger(NatsBus.class);

  private final CompletableFuture<Connection> connection;
  private final NatsStreamLog.TailSpec spec;
  private final Consumer<BusMessage> handler;
  private final NatsCounters counters;
  private final AtomicLong epoch;
  private final CountDownLatch stop = new CountDownLatch(1);
  private final Thread thread;
  private long expected;

  /** {@code epoch} grows whenever a consumer may have been lost. */
  NatsTail(
      CompletableFuture<Connection> connection,
      NatsStreamLog.TailSpec spec,
      Consumer<BusMessage> handler,
      NatsCounters counters,
      AtomicLong epoch) {
    this.connection = connection;
    this.spec = spec;
    this.handler = handler;
    this.counters = counters;
    this.epoch = epoch;
    this.thread = Threads.startVirtual("nats-tail-" + spec.stream(), this::loop);
  }

  @Override
  public void close() {
    stop.countDown();
    try {
      if (Thread.currentThread() != thread && !thread.join(CLOSE_PATIENCE)) {
        thread.interrupt();
      }
    } catch (InterruptedException e) {
      thread.interrupt();
      Thread.currentThread().interrupt();
    }
  }

  private boolean stopped() {
    return stop.getCount() == 0;
  }

  private void loop() {
    boolean said = false;
    try {
      while (!stopped()) {
        try {
          follow(connection.get(LOOK_AGAIN.toMillis(), TimeUnit.MILLISECONDS));
          said = false;
        } catch (java.util.concurrent.TimeoutException notConnected) {
          LOG.atTrace().log("not connected yet");
        } catch (IOException | JetStreamApiException | java.util.concurrent.ExecutionException | RuntimeException broken) {
          if (!stopped() && !said) {
            said = true;
            LOG.atWarn().addKeyValue("stream", spec.stream()).addKeyValue("reason", broken.toString()).log("a stream is not followed, trying again");
          }
          stop.await(RETRY.toMillis(), TimeUnit.MILLISECONDS);
        }
      }
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    }
  }

  private void follow(Connection nats) throws IOException, JetStreamApiException, InterruptedException {
    long now = epoch.get();
    ConsumerConfiguration fromNowOn =
        ConsumerConfiguration.builder()
            .filterSubject(spec.subjects())
            .deliverPolicy(DeliverPolicy.New)
            .ackPolicy(AckPolicy.None)
            .inactiveThreshold(FORGOTTEN_AFTER)
            .memStorage(true)
            .build();
    JetStreamSubscription pulls =
        nats.jetStream().subscribe(spec.subjects(), PullSubscribeOptions.builder().stream(spec.stream()).configuration(fromNowOn).build());
    try {
      expected = 1;
      spec.onGap().run();
      while (!stopped() && epoch.get() == now) {
        if (!pull(pulls, now) && !stopped() && epoch.get() == now) {
          pulls.getConsumerInfo(); // fails when the consumer is gone, with its stream or alone
        }
      }
    } finally {
      if (nats.getStatus() == Connection.Status.CONNECTED) {
        pulls.unsubscribe();
      }
    }
  }

  /** One pull; false when nothing came. */
  private boolean pull(JetStreamSubscription pulls, long now) throws InterruptedException {
    pulls.pull(PullRequestOptions.builder(BATCH).expiresIn(PULL).build());
    long end = System.nanoTime() + PULL.plus(LOOK_AGAIN).toNanos();
    int came = 0;
    while (came < BATCH && !stopped() && epoch.get() == now && System.nanoTime() < end) {
      Message message = pulls.nextMessage(LOOK_AGAIN);
      if (message != null && message.isJetStream()) {
        came++;
        handle(message);
      }
    }
    return came > 0;
  }

  private void handle(Message message) {
    long place = message.metaData().consumerSequence();
    try {
      if (place != expected) {
        spec.onGap().run();
      }
      handler.accept(Messages.received(message));
    } catch (RuntimeException failure) {
      counters.handlerFailures().increment();
      LOG.atWarn().addKeyValue("subject", message.getSubject()).setCause(failure).log("a message was not handled");
    }
    expected = place + 1;
  }
}
