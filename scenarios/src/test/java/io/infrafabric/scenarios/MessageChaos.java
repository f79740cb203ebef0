package io.infrafabric.scenarios;

import static org.awaitility.Awaitility.await;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.infrafabric.coordinator.v1.TaskEvent;
import io.infrafabric.names.Ids;
import io.infrafabric.names.Subjects;
import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.impl.Headers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Does to the events of a fabric whatever a network and an intruder can: every event about a task ({@code if.v1.event.task.>})
 * comes again three times, out of order and under new ids, about one in three forged (ten times the cost, another claim); and the
 * streams of the events and of the offers are emptied now and then. Requests, answers, heartbeats and the offers themselves are left
 * alone.
 */
final class MessageChaos implements AutoCloseable {
  private static final String COPY = "chaos-copy";
  private static final int COPIES = 3;
  private static final double PURGE = 0.2;
  private static final int LONGEST_MILLIS = 400;

  private final long seed = System.nanoTime();
  private final Random random = new Random(seed);
  private final Connection nats;
  private final Queue<Message> seen = new ConcurrentLinkedQueue<>();
  private final List<Message> late = new ArrayList<>();
  private final CountDownLatch stop = new CountDownLatch(1);
  private final AtomicInteger copies = new AtomicInteger();
  private final AtomicInteger heldBack = new AtomicInteger();
  private final AtomicInteger purges = new AtomicInteger();
  private final Thread thread;

  private MessageChaos(String server) throws IOException, InterruptedException {
    nats = Nats.connect(server);
    nats.createDispatcher().subscribe("if.v1.event.task.>", this::see);
    thread = Thread.ofVirtual().start(this::run);
  }

  /** Begins. */
  static MessageChaos start(String server) throws IOException, InterruptedException {
    return new MessageChaos(server);
  }

  /** What it was random by. */
  long seed() {
    return seed;
  }

  int copies() {
    return copies.get();
  }

  int purges() {
    return purges.get();
  }

  /** Waits until every copy is out. */
  void awaitQuiet(Duration patience) {
    await("all copies sent").atMost(patience).until(() -> seen.isEmpty() && heldBack.get() == 0);
  }

  @Override
  public void close() throws InterruptedException {
    stop.countDown();
    thread.join();
    nats.close();
  }

  private void see(Message message) {
    if (!message.hasHeaders() || !message.getHeaders().containsKey(COPY)) {
      seen.add(message);
    }
  }

  private void run() {
    try {
      while (!stop.await(random.nextInt(LONGEST_MILLIS), TimeUnit.MILLISECONDS)) {
        disturb();
      }
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    }
  }

  private void disturb() {
    for (Message message = seen.poll(); message != null; message = seen.poll()) {
      for (int i = 0; i < COPIES; i++) {
        late.add(message);
      }
    }
    heldBack.set(late.size());
    Collections.shuffle(late, random);
    int now = (late.size() + 1) / 2;
    List<Message> batch = late.subList(0, now);
    batch.forEach(this::sendAgain);
    batch.clear();
    heldBack.set(late.size());
    if (random.nextDouble() < PURGE) {
      purge(random.nextBoolean() ? Subjects.EVENTS_STREAM : Subjects.OFFERS_STREAM);
    }
  }

  private void sendAgain(Message message) {
    Headers headers = new Headers();
    headers.put(io.infrafabric.names.Headers.MESSAGE_ID, Ids.ulid(System.currentTimeMillis()));
    headers.put(COPY, "true");
    nats.publish(message.getSubject(), headers, random.nextInt(COPIES) == 0 ? forged(message) : message.getData());
    copies.incrementAndGet();
  }

  private static byte[] forged(Message message) {
    TaskEvent.Builder event = TaskEvent.newBuilder();
    try {
      JsonFormat.parser().merge(new String(message.getData(), StandardCharsets.UTF_8), event);
      event.setCostMicros(10 * event.getCostMicros() + 1).setClaimId(Ids.ulid(System.currentTimeMillis())).setFence(event.getFence() + 1);
      return JsonFormat.printer().print(event).getBytes(StandardCharsets.UTF_8);
    } catch (InvalidProtocolBufferException unreadable) {
      return message.getData();
    }
  }

  private void purge(String stream) {
    try {
      nats.jetStreamManagement().purgeStream(stream);
      purges.incrementAndGet();
    } catch (IOException | JetStreamApiException busy) {
      // The next one may work; the test counts those that did.
    }
  }
}
