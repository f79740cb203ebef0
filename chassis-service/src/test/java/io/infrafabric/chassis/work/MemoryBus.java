package io.infrafabric.chassis.work;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.nats.Bus;
import io.infrafabric.kit.nats.BusMessage;
import io.infrafabric.kit.nats.ConsumerSpec;
import io.infrafabric.kit.nats.Receipt;
import io.infrafabric.kit.nats.StreamLog;
import io.infrafabric.kit.nats.Subscription;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;

/** Subscriptions by exact subject and durable messages by id, in memory. */
final class MemoryBus implements Bus {
  private final Map<String, Consumer<BusMessage>> subscribers = new ConcurrentHashMap<>();
  final Map<String, BusMessage> durable = new ConcurrentHashMap<>();
  volatile boolean away;

  @Override
  public boolean publish(String subject, Map<String, String> headers, byte[] body) {
    Consumer<BusMessage> subscriber = subscribers.get(subject);
    if (subscriber != null) {
      subscriber.accept(BusMessage.of(subject, headers, body));
    }
    return subscriber != null;
  }

  @Override
  public CompletableFuture<Receipt> publishDurable(String subject, String messageId, Map<String, String> headers, byte[] body) {
    if (away) {
      return CompletableFuture.failedFuture(Refusal.of(ErrorCode.ERROR_CODE_UNAVAILABLE, "away").asException());
    }
    boolean known = durable.put(messageId, BusMessage.of(subject, headers, body)) != null;
    return CompletableFuture.completedFuture(new Receipt("memory", durable.size(), known));
  }

  @Override
  public Subscription subscribe(String subject, Consumer<BusMessage> handler) {
    subscribers.put(subject, handler);
    return () -> subscribers.remove(subject);
  }

  @Override
  public Subscription consume(ConsumerSpec spec, Function<BusMessage, CompletionStage<Void>> handler) {
    throw new UnsupportedOperationException("not needed here");
  }

  @Override
  public StreamLog log(String stream) {
    throw new UnsupportedOperationException("not needed here");
  }
}
