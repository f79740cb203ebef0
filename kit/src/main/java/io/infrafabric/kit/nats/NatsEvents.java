package io.infrafabric.kit.nats;

import io.nats.client.Connection;
import io.nats.client.ConnectionListener;
import io.nats.client.Consumer;
import io.nats.client.ErrorListener;
import io.nats.client.JetStreamSubscription;
import io.nats.client.Message;
import io.nats.client.support.Status;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts and logs what jnats reports, and tells of a connection that is there (again). */
final class NatsEvents implements ErrorListener, ConnectionListener {
  private static final Logger LOG = LoggerFactory.getLogger(NatsBus.class);

  private final NatsCounters counters;
  private final Runnable onReconnect;
  private final AtomicBoolean up = new AtomicBoolean();

  NatsEvents(NatsCounters counters, Runnable onReconnect) {
    this.counters = counters;
    this.onReconnect = onReconnect;
  }

  /** From now on a connection that ends is not a loss. */
  void closing() {
    up.set(false);
  }

  @Override
  public void connectionEvent(Connection connection, Events event) {
    // The listener with the time and the address is the one that jnats calls.
  }

  @Override
  public void connectionEvent(Connection connection, Events event, Long time, String uri) {
    switch (event) {
      case DISCONNECTED -> {
        // jnats says so too when a first try fails.
        if (up.compareAndSet(true, false)) {
          counters.disconnects().increment();
          LOG.warn("NATS connection lost, trying again");
        }
      }
      case CONNECTED -> up.set(true);
      case RECONNECTED -> {
        up.set(true);
        LOG.atInfo().addKeyValue("server", uri).log("NATS connection is back");
      }
      case RESUBSCRIBED -> onReconnect.run();
      case CLOSED, DISCOVERED_SERVERS, LAME_DUCK -> LOG.atDebug().addKeyValue("event", event).log("NATS");
    }
  }

  @Override
  public void errorOccurred(Connection connection, String error) {
    counters.errors().increment();
    LOG.atWarn().addKeyValue("error", error).log("NATS server reports an error");
  }

  @Override
  public void exceptionOccurred(Connection connection, Exception failure) {
    counters.errors().increment();
    LOG.atDebug().setCause(failure).log("jnats reports an exception");
  }

  @Override
  public void slowConsumerDetected(Connection connection, Consumer consumer) {
    counters.slowConsumers().increment();
    LOG.atWarn().addKeyValue("dropped", consumer.getDroppedCount()).log("a NATS subscription is too slow and drops");
  }

  @Override
  public void messageDiscarded(Connection connection, Message message) {
    counters.unsent().increment();
  }

  @Override
  public void pullStatusError(Connection connection, JetStreamSubscription subscription, Status status) {
    LOG.atDebug().addKeyValue("status", Optional.ofNullable(status).map(Status::getMessage)).log("pull ended");
  }

  @Override
  public void unhandledStatus(Connection connection, JetStreamSubscription subscription, Status status) {
    LOG.atDebug().addKeyValue("status", Optional.ofNullable(status).map(Status::getMessage)).log("pull ended");
  }
}
