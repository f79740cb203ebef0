package io.infrafabric.kit.nats;

import io.infrafabric.kit.lifecycle.Threads;
import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
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
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The loop of a durable consumer: pull, hand over, acknowledge. A pull is lost with the connection or the consumer, so
 * it is made again after a reconnect, and a consumer that is gone is made again.
 */
final class NatsConsumption implements Subscription {
  private static final Duration PULL = Duration.ofSeconds(5);
  private static final Duration LOOK_AGAIN = Duration.ofMillis(200);
  private static final Duration NO_WAIT = Duration.ofMillis(1);
  private static final Duration RETRY = Duration.ofMillis(500);
  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(5);
  private static final int NOT_FOUND = 404;
  private static final Logger LOG = LoggerFactory.getLogger(NatsBus.class);

  private static final Duration GIVE_BACK = Duration.ofMillis(200);

  private final CompletableFuture<Connection> connection;
  private final ConsumerSpec spec;
  private final Function<BusMessage, CompletionStage<Void>> handler;
  private final NatsCounters counters;
  private final AtomicLong epoch;
  private final Semaphore slots;
  private final CountDownLatch stop = new CountDownLatch(1);
  private final Thread thread;

  /** {@code epoch} grows whenever pulls that are under way may have been lost. */
  NatsConsumption(
      CompletableFuture<Connection> connection,
      ConsumerSpec spec,
      Function<BusMessage, CompletionStage<Void>> handler,
      NatsCounters counters,
      AtomicLong epoch) {
    this.connection = connection;
    this.spec = spec;
    this.handler = handler;
    this.counters = counters;
    this.epoch = epoch;
    this.slots = new Semaphore(spec.inFlight());
    this.thread = Threads.startVirtual("nats-consume-" + spec.durable(), this::loop);
  }

  /** Ends the loop and waits up to 5 s for the messages at hand. */
  @Override
  public void close() {
    stop.countDown();
    try {
      if (Thread.currentThread() != thread && thread.join(CLOSE_PATIENCE)) {
        slots.tryAcquire(spec.inFlight(), CLOSE_PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      } else {
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
          consume(connected());
          said = false;
        } catch (IOException | JetStreamApiException | RuntimeException broken) {
          if (!stopped() && !said) {
            said = true;
            LOG.atWarn()
                .addKeyValue("durable", spec.durable())
                .addKeyValue("stream", spec.stream())
                .addKeyValue("reason", broken.toString())
                .log("a consumer stands still, trying again");
          }
          stop.await(RETRY.toMillis(), TimeUnit.MILLISECONDS);
        }
      }
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    }
  }

  private Connection connected() throws InterruptedException, IOException {
    try {
      return connection.get(LOOK_AGAIN.toMillis(), TimeUnit.MILLISECONDS);
    } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException notYet) {
      throw new IOException("NATS is not connected", notYet);
    }
  }

  /** Pulls until the loop ends, the connection has come back, or something fails. */
  private void consume(Connection nats) throws IOException, JetStreamApiException, InterruptedException {
    long now = epoch.get();
    ensureConsumer(nats.jetStreamManagement());
    JetStreamSubscription pulls =
        nats.jetStream()
            .subscribe(null, PullSubscribeOptions.bind(spec.stream(), spec.durable()));
    try {
      while (!stopped() && epoch.get() == now) {
        boolean quiet = !pull(pulls, now);
        if (quiet && !stopped() && epoch.get() == now) {
          nats.jetStreamManagement().getConsumerInfo(spec.stream(), spec.durable());
        }
      }
    } finally {
      giveBack(pulls);
      if (nats.getStatus() == Connection.Status.CONNECTED) {
        pulls.unsubscribe();
      }
    }
  }

  /**
   * Messages that came and were not handed over are for another to have soon, not after the time to answer. Not at once: the
   * server would give them to the pull of this subscription, which is open until it hears that the subscription has ended.
   */
  private static void giveBack(JetStreamSubscription pulls) throws InterruptedException {
    try {
      for (Message left = pulls.nextMessage(NO_WAIT); left != null; left = pulls.nextMessage(NO_WAIT)) {
        if (left.isJetStream()) {
          left.nakWithDelay(GIVE_BACK);
        }
      }
    } catch (IllegalStateException lost) {
      LOG.atDebug().setCause(lost).log("messages could not be given back");
    }
  }

  /** Makes one pull for as many messages as may be handled now; true unless none came of those asked for. */
  private boolean pull(JetStreamSubscription pulls, long now) throws InterruptedException {
    int batch = acquireSlots();
    if (batch == 0) {
      return true;
    }
    long end = System.nanoTime() + PULL.plus(LOOK_AGAIN).toNanos();
    int left = batch;
    try {
      pulls.pull(PullRequestOptions.builder(batch).expiresIn(PULL).build());
      while (left > 0 && !stopped() && epoch.get() == now && System.nanoTime() < end) {
        Message message = pulls.nextMessage(LOOK_AGAIN);
        if (message != null && message.isJetStream()) {
          left--;
          handle(message);
        }
      }
    } finally {
      slots.release(left);
    }
    return left < batch;
  }

  private int acquireSlots() throws InterruptedException {
    if (!slots.tryAcquire(LOOK_AGAIN.toMillis(), TimeUnit.MILLISECONDS)) {
      return 0;
    }
    return 1 + slots.drainPermits();
  }

  /** Owns one slot until the message is answered. */
  private void handle(Message message) {
    CompletionStage<Void> done;
    try {
      done = handler.apply(Messages.received(message));
    } catch (RuntimeException failure) {
      done = CompletableFuture.failedStage(failure);
    }
    done.whenComplete(
        (nothing, failure) -> {
          slots.release();
          answer(message, failure);
        });
  }

  private void answer(Message message, Throwable failure) {
    try {
      if (failure == null) {
        message.ack();
        return;
      }
      counters.handlerFailures().increment();
      Duration delay = spec.delayAfter(message.metaData().deliveredCount());
      LOG.atWarn()
          .addKeyValue("subject", message.getSubject())
          .addKeyValue("deliveries", message.metaData().deliveredCount())
          .addKeyValue("again", delay)
          .setCause(failure)
          .log("a message was not handled");
      message.nakWithDelay(delay);
    } catch (RuntimeException disconnected) {
      LOG.atDebug().setCause(disconnected).log("no answer to a message, it will come again");
    }
  }

  private void ensureConsumer(JetStreamManagement management) throws IOException, JetStreamApiException {
    ConsumerConfiguration wanted =
        ConsumerConfiguration.builder()
            .durable(spec.durable())
            .filterSubject(spec.filterSubject())
            .deliverPolicy(DeliverPolicy.All)
            .ackPolicy(AckPolicy.Explicit)
            .ackWait(spec.ackWait())
            .maxAckPending(Math.max(spec.inFlight() * 4L, 64))
            .build();
    try {
      management.addOrUpdateConsumer(spec.stream(), wanted);
    } catch (JetStreamApiException refused) {
      if (refused.getErrorCode() == NOT_FOUND) {
        throw refused;
      }
      // Found with a setting that cannot be changed: it is used as it is.
      management.getConsumerInfo(spec.stream(), spec.durable());
      LOG.atWarn()
          .addKeyValue("durable", spec.durable())
          .addKeyValue("reason", refused.getMessage())
          .log("a consumer keeps its old settings");
    }
  }
}
