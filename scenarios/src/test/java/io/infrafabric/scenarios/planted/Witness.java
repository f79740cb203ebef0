package io.infrafabric.scenarios.planted;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import io.infrafabric.coordinator.v1.Offer;
import io.infrafabric.coordinator.v1.TaskEvent;
import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.kit.nats.Bus;
import io.infrafabric.kit.nats.BusMessage;
import io.infrafabric.kit.nats.ConsumerSpec;
import io.infrafabric.kit.nats.ObjectBucket;
import io.infrafabric.kit.nats.Receipt;
import io.infrafabric.kit.nats.StreamLog;
import io.infrafabric.kit.nats.Subscription;
import io.infrafabric.testkit.history.Told;
import io.infrafabric.testkit.store.MemoryStore;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.function.Function;

/** A bus that remembers what was sent about tasks, and where the store was then. */
final class Witness implements Bus {
  private static final String EVENTS = "if.v1.event.task.";
  private static final String OFFERS = "if.v1.offer.";

  private final Bus inner;
  private final MemoryStore memory;
  private final Queue<Told> sent = new ConcurrentLinkedQueue<>();
  private final Queue<Told> stored = new ConcurrentLinkedQueue<>();

  Witness(Bus inner, MemoryStore memory) {
    this.inner = inner;
    this.memory = memory;
  }

  /** What was sent, whether it arrived or not. */
  List<Told> sent() {
    return List.copyOf(sent);
  }

  /** What was sent and surely stored. */
  List<Told> stored() {
    return List.copyOf(stored);
  }

  @Override
  public boolean publish(String subject, Map<String, String> headers, byte[] body) {
    told(subject, body).ifPresent(sent::add);
    return inner.publish(subject, headers, body);
  }

  @Override
  public CompletableFuture<Receipt> publishDurable(String subject, String messageId, Map<String, String> headers, byte[] body) {
    Optional<Told> told = told(subject, body);
    told.ifPresent(sent::add);
    return inner.publishDurable(subject, messageId, headers, body).thenApply(receipt -> {
      told.ifPresent(stored::add);
      return receipt;
    });
  }

  private Optional<Told> told(String subject, byte[] body) {
    if (subject.startsWith(EVENTS)) {
      TaskEvent event = parse(body, TaskEvent.newBuilder()).build();
      return Optional.of(new Told(event.getTaskId(), event.getRevision(), event.getType(), event.getReconciled(), memory.revision()));
    }
    if (subject.startsWith(OFFERS)) {
      Offer offer = parse(body, Offer.newBuilder()).build();
      return offer.getRevision() == 0
          ? Optional.empty()
          : Optional.of(new Told(offer.getTaskId(), offer.getRevision(), TaskEventType.TASK_EVENT_TYPE_UNSPECIFIED, false, memory.revision()));
    }
    return Optional.empty();
  }

  private static <B extends Message.Builder> B parse(byte[] body, B builder) {
    try {
      JsonFormat.parser().ignoringUnknownFields().merge(new String(body, StandardCharsets.UTF_8), builder);
      return builder;
    } catch (InvalidProtocolBufferException unreadable) {
      throw new IllegalStateException(unreadable);
    }
  }

  @Override
  public Subscription subscribe(String subject, Consumer<BusMessage> handler) {
    return inner.subscribe(subject, handler);
  }

  @Override
  public ObjectBucket bucket(String name) {
    return inner.bucket(name);
  }

  @Override
  public StreamLog log(String stream) {
    return inner.log(stream);
  }

  @Override
  public Subscription consume(ConsumerSpec spec, Function<BusMessage, CompletionStage<Void>> handler) {
    return inner.consume(spec, handler);
  }
}
