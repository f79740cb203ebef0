package io.infrafabric.bench.blocker;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.infrafabric.coordinator.v1.Offer;
import io.infrafabric.names.Subjects;
import io.infrafabric.names.SwarmId;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Nats;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;

/** Who hears of blockers: an orchestrator that subscribes to their facts, the helpers' doorbells, and somebody for bare messages. */
final class Ears implements AutoCloseable {
  private static final String RAISED = "if.v1.event.blocker.raised.";
  private static final String RESOLVED = "if.v1.event.blocker.resolved.";
  private static final String BARE = "bench.bare.blocker";
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** As large as a fact of a blocker with its headers. */
  private static final byte[] BODY = new byte[900];

  private final Connection hearing;
  private final Connection sending;
  private final Map<String, CompletableFuture<Long>> raised = new ConcurrentHashMap<>();
  private final Map<String, CompletableFuture<Long>> resolved = new ConcurrentHashMap<>();
  private final Map<String, CompletableFuture<Ring>> rung = new ConcurrentHashMap<>();
  private volatile CompletableFuture<Long> bare = new CompletableFuture<>();

  /**
   * The first doorbell of a task.
   *
   * @param atNanos when it rang, by {@link System#nanoTime}
   */
  record Ring(String swarm, long atNanos) {}

  Ears(String server) throws IOException, InterruptedException {
    hearing = Nats.connect(server);
    sending = Nats.connect(server);
  }

  /** Listens to facts and bare messages, and to the doorbells of those swarms. */
  void listen(List<String> swarms) throws InterruptedException, TimeoutException {
    hearing
        .createDispatcher(message -> told(message, System.nanoTime()))
        .subscribe(RAISED + "*")
        .subscribe(RESOLVED + "*");
    hearing.createDispatcher(message -> bare.complete(System.nanoTime())).subscribe(BARE);
    var doorbells = hearing.createDispatcher(message -> ring(message, System.nanoTime()));
    swarms.forEach(swarm -> doorbells.subscribe(Subjects.offer(new SwarmId(swarm))));
    hearing.flush(PATIENCE);
  }

  private void told(Message message, long atNanos) {
    boolean isRaised = message.getSubject().startsWith(RAISED);
    String blocker = message.getSubject().substring((isRaised ? RAISED : RESOLVED).length());
    (isRaised ? whenRaised(blocker) : whenResolved(blocker)).complete(atNanos);
  }

  private void ring(Message message, long atNanos) {
    Offer.Builder offer = Offer.newBuilder();
    try {
      JsonFormat.parser().ignoringUnknownFields().merge(new String(message.getData(), StandardCharsets.UTF_8), offer);
    } catch (InvalidProtocolBufferException malformed) {
      throw new IllegalStateException("not an offer", malformed);
    }
    whenRung(offer.getTaskId()).complete(new Ring(offer.getSwarmId(), atNanos));
  }

  /** When the orchestrator was told that a blocker was raised, by {@link System#nanoTime}. */
  CompletableFuture<Long> whenRaised(String blocker) {
    return raised.computeIfAbsent(blocker, id -> new CompletableFuture<>());
  }

  /** The same of its end. */
  CompletableFuture<Long> whenResolved(String blocker) {
    return resolved.computeIfAbsent(blocker, id -> new CompletableFuture<>());
  }

  /** The first doorbell for a task. */
  CompletableFuture<Ring> whenRung(String task) {
    return rung.computeIfAbsent(task, id -> new CompletableFuture<>());
  }

  /** Sends a bare message; when it was heard. One at a time. */
  CompletableFuture<Long> sendBare() {
    CompletableFuture<Long> heard = new CompletableFuture<>();
    bare = heard;
    sending.publish(BARE, BODY);
    return heard;
  }

  @Override
  public void close() throws InterruptedException {
    hearing.close();
    sending.close();
  }
}
