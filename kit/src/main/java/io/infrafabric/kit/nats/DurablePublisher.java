package io.infrafabric.kit.nats;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.RefusedException;
import io.infrafabric.kit.lifecycle.Periodic;
import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.PublishOptions;
import io.nats.client.api.PublishAck;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeoutException;

/**
 * Sends messages to streams without waiting, so many at once. One look at all of them every quarter of a second finds those
 * without an answer: a timer for each message costs more than the message.
 */
final class DurablePublisher implements AutoCloseable {
  private static final Duration LOOK = Duration.ofMillis(250);

  private final Semaphore slots;
  private final Duration timeout;
  private final NatsCounters counters;
  private final Queue<Sent> sent = new ConcurrentLinkedQueue<>();
  private final Periodic look;
  private volatile Streams streams;

  private record Streams(Connection connection, JetStream view) {}

  /** In the order in which they become late; answered ones may still be among them. */
  private record Sent(long lateNanos, CompletableFuture<PublishAck> answer) {}

  DurablePublisher(NatsSettings settings, NatsCounters counters) {
    this.slots = new Semaphore(settings.durableInFlight());
    this.timeout = settings.requestTimeout();
    this.counters = counters;
    this.look = Periodic.start("nats-durable", LOOK, this::expire);
  }

  /** Completed on a thread of the NATS client: go on elsewhere with anything slow. */
  CompletableFuture<Receipt> publish(
      Connection nats, String subject, String messageId, Map<String, String> headers, byte[] body) {
    if (body.length > nats.getMaxPayload()) {
      return CompletableFuture.failedFuture(tooLarge(subject, body.length, nats.getMaxPayload()));
    }
    if (!slots.tryAcquire()) {
      counters.overloaded().increment();
      return CompletableFuture.failedFuture(
          Refusal.of(ErrorCode.ERROR_CODE_OVERLOADED, "too many durable messages wait for their answer")
              .retryAfter(Duration.ofMillis(100))
              .asException());
    }
    CompletableFuture<PublishAck> answer = send(nats, subject, messageId, headers, body);
    sent.add(new Sent(System.nanoTime() + timeout.toNanos(), answer));
    return answer.handle(
        (ack, failure) -> {
          slots.release();
          if (failure != null) {
            throw NatsFailures.ofDurable(subject, failure);
          }
          return new Receipt(ack.getStream(), ack.getSeqno(), ack.isDuplicate());
        });
  }

  private void expire() {
    long now = System.nanoTime();
    for (Sent first = sent.peek(); first != null && (first.answer().isDone() || now - first.lateNanos() >= 0); first = sent.peek()) {
      sent.poll();
      first.answer().completeExceptionally(new TimeoutException("no answer in " + timeout));
    }
  }

  private static RefusedException tooLarge(String subject, int bytes, long limit) {
    return Refusal.of(
            ErrorCode.ERROR_CODE_PAYLOAD_TOO_LARGE,
            "a message on %s has %d bytes, NATS takes %d".formatted(subject, bytes, limit))
        .asException();
  }

  private CompletableFuture<PublishAck> send(
      Connection nats, String subject, String messageId, Map<String, String> headers, byte[] body) {
    try {
      PublishOptions options = PublishOptions.builder().messageId(messageId).build();
      return streams(nats).publishAsync(subject, Messages.headers(headers), body, options);
    } catch (IOException | RuntimeException notSent) {
      return CompletableFuture.failedFuture(notSent);
    }
  }

  /** The view of a connection on its streams; made once for each connection. */
  private JetStream streams(Connection nats) throws IOException {
    Streams known = streams;
    if (known == null || known.connection() != nats) {
      known = new Streams(nats, nats.jetStream());
      streams = known;
    }
    return known.view();
  }

  @Override
  public void close() {
    look.close();
  }
}
