package io.infrafabric.kit.etcd;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.api.KVGrpc;
import io.etcd.jetcd.api.TxnRequest;
import io.etcd.jetcd.api.TxnResponse;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.MethodDescriptor;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A jetcd client that is replaced when etcd has been away: gRPC's own back-off grows to minutes and jetcd does not let us
 * reset it, so that a fresh client is the way to be back within a second of etcd.
 *
 * <p>Of several members one is used at a time. A member that hangs keeps its connections, and jetcd would go on sending it
 * its share of the calls; so as soon as a call fails, every member is asked for itself, and the first to answer is the next.
 */
final class EtcdConnection implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(EtcdConnection.class);
  private static final long REPLACE_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(800);
  private static final Duration LINGER = Duration.ofSeconds(5);
  private static final ByteSequence PROBE = ByteSequence.from("/if/probe", StandardCharsets.UTF_8);

  private final EtcdSettings settings;
  private final ScheduledExecutorService closer =
      Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon(true).name("etcd-closer").factory());
  private volatile Link link;
  private long failingSinceNanos;
  private long replacedNanos;
  private int rounds;
  /** The round that the client in use won. */
  private int won;
  private boolean closed;

  EtcdConnection(EtcdSettings settings) {
    this.settings = settings;
    this.link = connect(settings.endpoints());
  }

  Client client() {
    return link.client();
  }

  /** Sends a group of transactions with the client in use, once. */
  CompletableFuture<TxnResponse> send(TxnRequest group) {
    return link.send(group);
  }

  /** The channel of the client in use. */
  CompletableFuture<Channel> channel() {
    return link.channel();
  }

  /** Renews a lease with the client in use. */
  CompletableFuture<Optional<Duration>> renew(long lease) {
    return link.renew(lease);
  }

  void answered() {
    if (failingSinceNanos != 0) {
      synchronized (this) {
        failingSinceNanos = 0;
      }
    }
  }

  /**
   * Hears of a call that failed.
   *
   * @param used what it was sent with; what was replaced since may fail as it likes
   */
  synchronized void failed(Client used, Throwable failure) {
    if (closed || used != link.client() || !EtcdFailures.isAway(failure)) {
      return;
    }
    long now = System.nanoTime();
    if (failingSinceNanos == 0) {
      failingSinceNanos = now;
    }
    boolean elsewhere = settings.endpoints().size() > 1;
    if ((elsewhere || now - failingSinceNanos > REPLACE_EVERY_NANOS) && now - replacedNanos > REPLACE_EVERY_NANOS) {
      replacedNanos = now;
      if (elsewhere) {
        rounds++;
        settings.endpoints().forEach(this::ask);
      } else {
        use(connect(settings.endpoints()));
      }
    }
  }

  /** Uses the member from now on if it is the first to answer. */
  private void ask(URI member) {
    Link candidate = connect(List.of(member));
    int round = rounds;
    candidate
        .client()
        .getKVClient()
        .get(PROBE)
        .orTimeout(settings.callTimeout().toMillis(), TimeUnit.MILLISECONDS)
        .whenComplete((response, failure) -> asked(candidate, round, failure == null));
  }

  private synchronized void asked(Link candidate, int round, boolean answered) {
    if (closed || !answered || round <= won) {
      // Not here: this thread is one of the candidate's own.
      Thread.startVirtualThread(candidate.client()::close);
      return;
    }
    won = round;
    use(candidate);
  }

  private void use(Link fresh) {
    Client old = link.client();
    link = fresh;
    log.atDebug().log("a fresh etcd client, because the last one only fails");
    closer.schedule(old::close, LINGER.toMillis(), TimeUnit.MILLISECONDS);
  }

  private Link connect(List<URI> members) {
    ChannelTap tap = new ChannelTap();
    return new Link(client(members, tap), tap);
  }

  private Client client(List<URI> members, ChannelTap tap) {
    return Client.builder()
        .endpoints(members)
        .loadBalancerPolicy("pick_first")
        .waitForReady(false)
        .retryMaxAttempts(1)
        .retryMaxDuration(settings.callTimeout())
        .connectTimeout(Duration.ofSeconds(2))
        .keepaliveTime(Duration.ofSeconds(10))
        .keepaliveTimeout(Duration.ofSeconds(3))
        .maxInboundMessageSize(32 << 20)
        .interceptor(tap)
        .build();
  }

  /**
   * Sees the channel of a jetcd client, which does not show it; null before the first read or write. What asks one member for its state goes
   * over a channel of its own that is closed at once.
   */
  private static final class ChannelTap implements ClientInterceptor {
    private volatile Channel channel;

    @Override
    public <A, B> ClientCall<A, B> interceptCall(MethodDescriptor<A, B> method, CallOptions options, Channel next) {
      if (KVGrpc.SERVICE_NAME.equals(method.getServiceName())) {
        channel = next;
      }
      return next.newCall(method, options);
    }
  }

  /** A client and what runs on its channel beside it. */
  private static final class Link {
    private final Client client;
    private final ChannelTap tap;
    private final EtcdRenewals renewals;

    Link(Client client, ChannelTap tap) {
      this.client = client;
      this.tap = tap;
      this.renewals = new EtcdRenewals(() -> tap.channel);
    }

    Client client() {
      return client;
    }

    CompletableFuture<Optional<Duration>> renew(long lease) {
      return tap.channel != null ? renewals.renew(lease) : first().thenCompose(channel -> renewals.renew(lease));
    }

    CompletableFuture<TxnResponse> send(TxnRequest group) {
      Channel channel = tap.channel;
      return channel != null ? EtcdTxns.send(channel, group) : first().thenCompose(found -> EtcdTxns.send(found, group));
    }

    CompletableFuture<Channel> channel() {
      Channel channel = tap.channel;
      return channel != null ? CompletableFuture.completedFuture(channel) : first();
    }

    /** A first call of jetcd, which shows the channel; fails as that call does. */
    private CompletableFuture<Channel> first() {
      return client.getKVClient().get(PROBE).thenApply(response -> tap.channel);
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    closer.shutdownNow();
    link.client().close();
  }
}
