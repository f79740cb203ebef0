package io.infrafabric.testkit.chaos;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import io.infrafabric.coordinator.v1.Offer;
import io.infrafabric.coordinator.v1.TaskEvent;
import io.infrafabric.coordinator.v1.TaskEventType;
import io.infrafabric.testkit.history.CallLog;
import io.infrafabric.testkit.history.Told;
import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.ErrorListener;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Hears what is told about tasks, straight from the server. */
final class NatsEars implements AutoCloseable {
  private final Connection nats;
  private final CallLog log;
  private final Queue<Told> heard = new ConcurrentLinkedQueue<>();

  private NatsEars(Connection nats, CallLog log) {
    this.nats = nats;
    this.log = log;
  }

  static NatsEars at(String address, CallLog log) throws IOException, InterruptedException {
    Options options =
        Options.builder().server(address).maxReconnects(-1).reconnectWait(Duration.ofMillis(200)).errorListener(new ErrorListener() {}).build();
    NatsEars ears = new NatsEars(Nats.connect(options), log);
    Dispatcher dispatcher = ears.nats.createDispatcher();
    dispatcher.subscribe("if.v1.event.task.>", message -> ears.event(message.getData()));
    dispatcher.subscribe("if.v1.offer.*", message -> ears.offer(message.getData()));
    return ears;
  }

  private void event(byte[] body) {
    TaskEvent.Builder event = TaskEvent.newBuilder();
    if (parse(body, event)) {
      heard.add(new Told(event.getTaskId(), event.getRevision(), event.getType(), event.getReconciled(), Long.MAX_VALUE));
    }
  }

  private void offer(byte[] body) {
    Offer.Builder offer = Offer.newBuilder();
    if (parse(body, offer) && !offer.hasWithdrawal() && !offer.hasResumption() && offer.getRevision() > 0) {
      heard.add(new Told(offer.getTaskId(), offer.getRevision(), TaskEventType.TASK_EVENT_TYPE_UNSPECIFIED, false, Long.MAX_VALUE));
    }
  }

  private boolean parse(byte[] body, Message.Builder into) {
    try {
      JsonFormat.parser().ignoringUnknownFields().merge(new String(body, StandardCharsets.UTF_8), into);
      return true;
    } catch (InvalidProtocolBufferException unreadable) {
      log.surprise("a message that cannot be read: " + unreadable.getMessage());
      return false;
    }
  }

  List<Told> heard() {
    return List.copyOf(heard);
  }

  @Override
  public void close() throws InterruptedException {
    nats.close();
  }
}
