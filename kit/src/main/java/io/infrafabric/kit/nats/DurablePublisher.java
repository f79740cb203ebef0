package io.infrafabric.kit.nats;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.RefusedException;
import io.nats.client.Connection;
import io.nats.client.PublishOptions;
import io.nats.client.api.PublishAck;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Sends messages to streams without waiting, so many at once. */
final class DurablePublisher {
  private final Semaphore slots;
  private final Duration timeout;
  private final NatsCounters counters;
  private final Executor executor;

  DurablePublisher(NatsSettings settings, NatsCounters counters, Executor executor) {
    this.slots = new Semaphore(settings.durableInFlight());
    this.timeout = settings.requestTimeout();
    this.counters = counters;
    this.executor = executor;
  }

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
    return send(nats, subject, messageId, headers, body)
        .orTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
        .handleAsync(
            (ack, failure) -> {
              slots.release();
              if (failure != null) {
                throw NatsFailures.ofDurable(subject, failure);
              }
              return new Receipt(ack.getStream(), ack.getSeqno(), ack.isDuplicate());
            },
            executor);
  }

  private static RefusedException tooLarge(String subject, int bytes, long limit) {
    return Refusal.of(
            ErrorCode.ERROR_CODE_PAYLOAD_TOO_LARGE,
            "a message on %s has %d bytes, NATS takes %d".formatted(subject, bytes, limit))
        .asException();
  }

  private static CompletableFuture<PublishAck> send(
      Connection nats, String subject, String messageId, Map<String, String> headers, byte[] body) {
    try {
      PublishOptions options = PublishOptions.builder().messageId(messageId).build();
      return nats.jetStream().publishAsync(subject, Messages.headers(headers), body, options);
    } catch (IOException | RuntimeException notSent) {
      return CompletableFuture.failedFuture(notSent);
    }
  }
}
