package io.infrafabric.scenarios;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.infrafabric.coordinator.v1.Offer;
import io.infrafabric.names.Subjects;
import io.infrafabric.names.SwarmId;
import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.Message;
import io.nats.client.Nats;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** Very many swarms that can all do the same: each registered, with a session, and a subscription on its own doorbell. */
final class Multitude implements AutoCloseable {
  private static final Duration TTL = Duration.ofMinutes(5);
  private static final int AT_ONCE = 64;
  private static final int SWARMS_OF_A_CONNECTION = 1_000;

  private final RunningFabric running;
  private final String name;
  private final Map<String, String> sessions = new ConcurrentHashMap<>();
  private final Queue<Offer> doorbells = new ConcurrentLinkedQueue<>();
  private final List<Connection> connections = new ArrayList<>();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  private Multitude(RunningFabric running, String name) {
    this.running = running;
    this.name = name;
  }

  /** Connects them; each does on its doorbell what the consumer says, at once. */
  static Multitude connect(RunningFabric running, String name, int swarms, String capability, Consumer<Offer> onDoorbell) throws Exception {
    Multitude all = new Multitude(running, name);
    all.register(swarms, capability);
    all.listen(swarms, onDoorbell);
    return all;
  }

  /** Every doorbell that rang so far. */
  List<Offer> doorbells() {
    return List.copyOf(doorbells);
  }

  String session(String swarm) {
    return sessions.get(swarm);
  }

  private String swarm(int number) {
    return name + "-" + number;
  }

  /** Their ids. */
  Set<String> swarms() {
    return Set.copyOf(sessions.keySet());
  }

  private void register(int swarms, String capability) throws Exception {
    Instant begin = Instant.now();
    forAll(swarms, swarm -> running.client().register(swarm, 0, 3, capability));
    Instant registered = Instant.now();
    forAll(swarms, swarm -> sessions.put(swarm, running.client().open(swarm, TTL)));
    System.out.printf(
        "%d swarms registered in %d ms, their sessions opened in %d ms, %d at once%n",
        swarms, Duration.between(begin, registered).toMillis(), Duration.between(registered, Instant.now()).toMillis(), AT_ONCE);
  }

  private void forAll(int swarms, Consumer<String> call) throws Exception {
    Semaphore slots = new Semaphore(AT_ONCE);
    List<Future<?>> all = new ArrayList<>();
    for (int i = 0; i < swarms; i++) {
      String swarm = swarm(i);
      slots.acquire();
      all.add(
          threads.submit(
              () -> {
                try {
                  call.accept(swarm);
                } finally {
                  slots.release();
                }
              }));
    }
    for (Future<?> one : all) {
      one.get();
    }
  }

  private void listen(int swarms, Consumer<Offer> onDoorbell) throws IOException, InterruptedException {
    for (int from = 0; from < swarms; from += SWARMS_OF_A_CONNECTION) {
      Connection connection = Nats.connect(running.fabric().nats().address());
      connections.add(connection);
      Dispatcher dispatcher = connection.createDispatcher(message -> ring(message, onDoorbell));
      for (int i = from; i < Math.min(swarms, from + SWARMS_OF_A_CONNECTION); i++) {
        dispatcher.subscribe(Subjects.offer(new SwarmId(swarm(i))));
      }
    }
    for (Connection connection : connections) {
      try {
        connection.flush(Duration.ofSeconds(10));
      } catch (java.util.concurrent.TimeoutException slow) {
        throw new IOException("NATS does not take the subscriptions", slow);
      }
    }
  }

  private void ring(Message message, Consumer<Offer> onDoorbell) {
    Offer offer = offer(message);
    doorbells.add(offer);
    threads.execute(() -> onDoorbell.accept(offer));
  }

  /** The offer in a message. */
  static Offer offer(Message message) {
    Offer.Builder offer = Offer.newBuilder();
    try {
      JsonFormat.parser().merge(new String(message.getData(), StandardCharsets.UTF_8), offer);
    } catch (InvalidProtocolBufferException malformed) {
      throw new AssertionError("not an offer: " + message, malformed);
    }
    return offer.build();
  }

  @Override
  public void close() throws InterruptedException {
    for (Connection connection : connections) {
      connection.close();
    }
    threads.close();
  }
}
