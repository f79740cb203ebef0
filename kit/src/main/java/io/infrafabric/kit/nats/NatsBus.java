package io.infrafabric.kit.nats;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.RefusedException;
import io.infrafabric.kit.grpc.Errors;
import io.infrafabric.kit.lifecycle.Periodic;
import io.infrafabric.kit.lifecycle.Threads;
import io.infrafabric.kit.telemetry.Telemetry;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.impl.NatsMessage;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bus over NATS 2.9 or later. Starts whether or not NATS answers, connects as soon as it does, and goes on after
 * every outage: subscriptions and consumers continue, streams that were lost are made again.
 */
public final class NatsBus implements Bus, AutoCloseable {
  private static final Duration STREAM_CHECK = Duration.ofSeconds(5);
  private static final Logger LOG = LoggerFactory.getLogger(NatsBus.class);

  private final NatsSettings settings;
  private final NatsCounters counters;
  private final NatsEvents events;
  private final NatsConnector connector;
  private final NatsStreams streams = new NatsStreams();
  private final DurablePublisher durable;
  private final ExecutorService executor = Threads.virtualPerTask("nats");
  private final Set<Subscription> open = ConcurrentHashMap.newKeySet();
  private final Map<String, ObjectBucket> buckets = new ConcurrentHashMap<>();
  private final AtomicLong epoch = new AtomicLong();
  private final ReentrantLock ensuring = new ReentrantLock();
  private final Periodic streamCheck;
  private final NatsEcho echo;

  private NatsBus(NatsSettings settings, String name, Telemetry telemetry) {
    this.settings = settings;
    this.counters = new NatsCounters(telemetry.metrics());
    this.events = new NatsEvents(counters, this::reconnected);
    this.connector = new NatsConnector(NatsOptions.of(settings, name, events), settings.reconnectWait());
    this.durable = new DurablePublisher(settings, counters);
    this.streamCheck = Periodic.start("nats-streams", STREAM_CHECK, this::ensureStreams);
    connector.connection().thenRun(streamCheck::wakeUp);
    this.echo = new NatsEcho(connector.connection());
    telemetry.metrics().gauge("if.nats.connected", "1 while connected", () -> connected() ? 1 : 0);
  }

  /** Starts to connect; {@code name} is how the servers list this client. */
  public static NatsBus start(NatsSettings settings, String name, Telemetry telemetry) {
    return new NatsBus(settings, name, telemetry);
  }

  /** True while there is a connection. */
  @Override
  public boolean connected() {
    Connection now = connector.connection().getNow(null);
    return now != null && now.getStatus() == Connection.Status.CONNECTED;
  }

  /** True while there is a connection and what is sent comes back: a server that hangs is noticed within seconds. */
  @Override
  public boolean answers() {
    return connected() && echo.comesBack();
  }

  /** Waits for the first connection; false when it did not come in time. */
  public boolean awaitConnected(Duration patience) throws InterruptedException {
    try {
      connector.connection().get(patience.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException notYet) {
      return false;
    }
  }

  /** What went wrong so far. */
  public NatsCounters counters() {
    return counters;
  }

  @Override
  public boolean publish(String subject, Map<String, String> headers, byte[] body) {
    Connection now = connector.connection().getNow(null);
    if (now == null) {
      counters.unsent().increment();
      return false;
    }
    try {
      now.publish(subject, Messages.headers(headers), body);
      return true;
    } catch (IllegalStateException full) {
      counters.unsent().increment();
      return false;
    }
  }

  @Override
  public CompletableFuture<Receipt> publishDurable(
      String subject, String messageId, Map<String, String> headers, byte[] body) {
    if (!connected()) {
      return CompletableFuture.failedFuture(notConnected());
    }
    CompletableFuture<Receipt> receipt = durable.publish(connection(), subject, messageId, headers, body);
    receipt.whenComplete((kept, failure) -> lookAfterStreams(failure));
    return receipt;
  }

  @Override
  public Subscription subscribe(String subject, Consumer<BusMessage> handler) {
    return tracked(
        new NatsSubscription(connector.connection(), subject, settings.subscriptionQueue(), handler, counters));
  }

  @Override
  public Subscription consume(ConsumerSpec spec, Function<BusMessage, CompletionStage<Void>> handler) {
    return tracked(new NatsConsumption(connector.connection(), spec, handler, counters, epoch));
  }

  @Override
  public StreamLog log(String stream) {
    return new NatsStreamLog(
        stream,
        this::connection,
        (handler, spec) -> tracked(new NatsTail(connector.connection(), spec, handler, counters, epoch)));
  }

  /**
   * Sends a request and returns the first answer. The future fails with a {@code RefusedException}: UNAVAILABLE when
   * nobody listens, OUTCOME_UNKNOWN when no answer came in time. It is completed on a virtual thread.
   */
  public CompletableFuture<BusMessage> request(
      String subject, Map<String, String> headers, byte[] body, Duration timeout) {
    if (!connected()) {
      return CompletableFuture.failedFuture(notConnected());
    }
    Message message = NatsMessage.builder().subject(subject).headers(Messages.headers(headers)).data(body).build();
    return connection()
        .requestWithTimeout(message, timeout)
        // jnats itself looks at time-outs every few seconds only.
        .orTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
        .thenApply(Messages::received)
        .exceptionallyCompose(failure -> CompletableFuture.failedFuture(NatsFailures.ofRequest(subject, failure)))
        .whenCompleteAsync((answer, failure) -> {}, executor);
  }

  @Override
  public CompletableFuture<Optional<BusMessage>> last(String stream, String subject) {
    return CompletableFuture.supplyAsync(() -> NatsStreams.last(connection(), stream, subject), executor);
  }

  /** Keeps the stream as it must be, from now on; tries at once if there is a connection. */
  public void ensureStream(StreamSpec spec) {
    streams.want(spec);
    try {
      ensureStreams();
    } catch (IOException later) {
      LOG.atWarn().addKeyValue("reason", later.getMessage()).log("a stream is not as it must be, trying again");
    }
  }

  /**
   * Keeps the stream as it must be, from now on, without waiting for NATS: for a service that starts, which must not depend on
   * how NATS is. The stream may not be there when this returns.
   */
  public void keepStream(StreamSpec spec) {
    streams.want(spec);
    streamCheck.wakeUp();
  }

  /**
   * Makes all wanted streams what they must be, now, or nothing while not connected. The bus does it by itself every
   * 5 s, after a reconnect, and when a durable message finds no stream: there is no need for a loop.
   *
   * @return the names of those that had to be made
   * @throws IOException when NATS does not answer or refuses
   */
  public List<String> ensureStreams() throws IOException {
    if (!connected()) {
      return List.of();
    }
    // One at a time, so that a stream is made once and nobody begins to read it before its readers are told.
    ensuring.lock();
    try {
      List<String> made = streams.ensure(connection());
      if (!made.isEmpty()) {
        epoch.incrementAndGet();
      }
      return made;
    } finally {
      ensuring.unlock();
    }
  }

  @Override
  public ObjectBucket bucket(String name) {
    return buckets.computeIfAbsent(name, bucket -> new NatsObjects(this::connection, bucket));
  }

  /** Closes subscriptions and consumers, then the connection. */
  @Override
  public void close() {
    streamCheck.close();
    echo.close();
    open.forEach(Subscription::close);
    events.closing();
    connector.close();
    durable.close();
    executor.shutdown();
  }

  /**
   * The connection.
   *
   * @throws RefusedException UNAVAILABLE when there was none yet
   */
  Connection connection() {
    Connection now = connector.connection().getNow(null);
    if (now == null) {
      throw notConnected();
    }
    return now;
  }

  /** Done with the first connection. */
  CompletableFuture<Connection> firstConnection() {
    return connector.connection();
  }

  NatsEcho echo() {
    return echo;
  }

  NatsSettings settings() {
    return settings;
  }

  private Subscription tracked(Subscription subscription) {
    open.add(subscription);
    return () -> {
      open.remove(subscription);
      subscription.close();
    };
  }

  private void lookAfterStreams(Throwable failure) {
    boolean refused = Errors.refusalOf(failure).map(Refusal::code).filter(ErrorCode.ERROR_CODE_UNAVAILABLE::equals).isPresent();
    if (refused) {
      streamCheck.wakeUp();
    }
  }

  private void reconnected() {
    epoch.incrementAndGet();
    streamCheck.wakeUp();
  }

  private static RefusedException notConnected() {
    return Refusal.of(ErrorCode.ERROR_CODE_UNAVAILABLE, "NATS is not connected; nothing was sent")
        .retryAfter(Duration.ofSeconds(1))
        .asException();
  }
}
