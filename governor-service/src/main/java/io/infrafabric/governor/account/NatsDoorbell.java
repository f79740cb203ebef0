package io.infrafabric.governor.account;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.TaskEvent;
import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.kit.grpc.Errors;
import io.infrafabric.kit.nats.Bus;
import io.infrafabric.kit.nats.BusMessage;
import io.infrafabric.kit.nats.ConsumerSpec;
import io.infrafabric.kit.nats.Subscription;
import io.infrafabric.kit.telemetry.Counter;
import io.infrafabric.kit.telemetry.Metrics;
import io.infrafabric.names.Ids;
import io.infrafabric.names.Subjects;
import io.infrafabric.names.SwarmId;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Rings the settler when JetStream tells of the end of a claim. All governors share the messages; losing one costs nothing. */
public final class NatsDoorbell implements AutoCloseable {
  /** The events with which a claim ends. NATS 2.9 knows one filter a consumer, so that each has its own. */
  private static final List<TaskEventType> ENDS =
      List.of(
          TaskEventType.TASK_EVENT_TYPE_COMPLETED,
          TaskEventType.TASK_EVENT_TYPE_FAILED,
          TaskEventType.TASK_EVENT_TYPE_RELEASED,
          TaskEventType.TASK_EVENT_TYPE_LOST,
          TaskEventType.TASK_EVENT_TYPE_STALLED,
          TaskEventType.TASK_EVENT_TYPE_REVOKED,
          TaskEventType.TASK_EVENT_TYPE_CANCELLED,
          TaskEventType.TASK_EVENT_TYPE_QUARANTINED,
          TaskEventType.TASK_EVENT_TYPE_RETRIED);

  private static final Logger log = LoggerFactory.getLogger(NatsDoorbell.class);

  private final SettlementBell bell;
  private final Counter rung;
  private final Counter malformed;
  private final List<Subscription> subscriptions;

  private NatsDoorbell(Bus bus, SettlementBell bell, Metrics metrics) {
    this.bell = bell;
    this.rung = metrics.counter("if.settlement.rung", "Messages that told of the end of a claim");
    this.malformed = metrics.counter("if.settlement.malformed_doorbells", "Messages that could not be read");
    this.subscriptions = ENDS.stream().map(event -> bus.consume(consumer(event), this::ring)).toList();
  }

  /** Listens from now on. */
  public static NatsDoorbell open(Bus bus, SettlementBell bell, Metrics metrics) {
    return new NatsDoorbell(bus, bell, metrics);
  }

  private static ConsumerSpec consumer(TaskEventType event) {
    String word = event.name().substring("TASK_EVENT_TYPE_".length()).toLowerCase(Locale.ROOT);
    return ConsumerSpec.of(Subjects.EVENTS_STREAM, "governor-settlement-" + word, Subjects.eventsOf("task", word));
  }

  private CompletionStage<Void> ring(BusMessage message) {
    Optional<TaskEvent> event = read(message);
    if (event.isEmpty() || !Ids.isId(event.get().getSwarmId())) {
      return CompletableFuture.completedFuture(null);
    }
    rung.increment();
    SwarmId swarm = new SwarmId(event.get().getSwarmId());
    bell.ring(swarm, event.get().getRevision());
    return CompletableFuture.completedFuture(null);
  }

  private Optional<TaskEvent> read(BusMessage message) {
    TaskEvent.Builder event = TaskEvent.newBuilder();
    try {
      JsonFormat.parser().ignoringUnknownFields().merge(new String(message.body(), StandardCharsets.UTF_8), event);
      return Optional.of(event.build());
    } catch (InvalidProtocolBufferException unreadable) {
      malformed.increment();
      log.atWarn().addKeyValue("subject", message.subject()).addKeyValue("cause", unreadable.toString()).log("not a task event, skipped");
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    subscriptions.forEach(Subscription::close);
  }
}
