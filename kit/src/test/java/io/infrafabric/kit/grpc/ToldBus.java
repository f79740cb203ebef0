package io.infrafabric.kit.grpc;

import io.infrafabric.kit.nats.Bus;
import io.infrafabric.kit.nats.BusMessage;
import io.infrafabric.kit.nats.ConsumerSpec;
import io.infrafabric.kit.nats.Receipt;
import io.infrafabric.kit.nats.StreamLog;
import io.infrafabric.kit.nats.Subscription;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Function;

/** Keeps the facts that it is told; nobody listens. */
final class ToldBus implements Bus {
  final List<BusMessage> facts = new CopyOnWriteArrayList<>();

  @Override
  public boolean publish(String subject, Map<String, String> headers, byte[] body) {
    return true;
  }

  @Override
  public CompletableFuture<Receipt> publishDurable(String subject, String messageId, Map<String, String> headers, byte[] body) {
    facts.add(BusMessage.of(subject, headers, body));
    return CompletableFuture.completedFuture(new Receipt("facts", facts.size(), false));
  }

  @Override
  public Subscription subscribe(String subject, Consumer<BusMessage> handler) {
    return () -> {};
  }

  @Override
  public Subscription consume(ConsumerSpec spec, Function<BusMessage, CompletionStage<Void>> handler) {
    return () -> {};
  }

  @Override
  public StreamLog log(String stream) {
    throw new UnsupportedOperationException("it is written only");
  }
}
