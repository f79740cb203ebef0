package io.infrafabric.kit.etcd;

import io.etcd.jetcd.Client;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A jetcd client that is replaced when etcd has been away: gRPC's own back-off grows to minutes and jetcd does not let us
 * reset it, so that a fresh client is the way to be back within a second of etcd.
 */
final class EtcdConnection implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(EtcdConnection.class);
  private static final long REPLACE_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(800);
  private static final Duration LINGER = Duration.ofSeconds(5);

  private final EtcdSettings settings;
  private final ScheduledExecutorService closer =
      Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon(true).name("etcd-closer").factory());
  private volatile Client client;
  private long failingSinceNanos;
  private long replacedNanos;
  private boolean closed;

  EtcdConnection(EtcdSettings settings) {
    this.settings = settings;
    this.client = connect();
  }

  Client client() {
    return client;
  }

  void answered() {
    if (failingSinceNanos != 0) {
      synchronized (this) {
        failingSinceNanos = 0;
      }
    }
  }

  synchronized void failed(Throwable failure) {
    if (closed || !EtcdFailures.isAway(failure)) {
      return;
    }
    long now = System.nanoTime();
    if (failingSinceNanos == 0) {
      failingSinceNanos = now;
    }
    if (now - failingSinceNanos > REPLACE_EVERY_NANOS && now - replacedNanos > REPLACE_EVERY_NANOS) {
      replacedNanos = now;
      Client old = client;
      client = connect();
      log.atDebug().log("a fresh etcd client, because the last one only fails");
      closer.schedule(old::close, LINGER.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  private Client connect() {
    return Client.builder()
        .endpoints(settings.endpoints())
        .waitForReady(false)
        .retryMaxAttempts(1)
        .retryMaxDuration(settings.callTimeout())
        .connectTimeout(Duration.ofSeconds(2))
        .keepaliveTime(Duration.ofSeconds(10))
        .keepaliveTimeout(Duration.ofSeconds(3))
        .maxInboundMessageSize(32 << 20)
        .build();
  }

  @Override
  public synchronized void close() {
    closed = true;
    closer.shutdownNow();
    client.close();
  }
}
