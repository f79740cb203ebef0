package io.infrafabric.kit.nats;

import io.infrafabric.kit.lifecycle.Periodic;
import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Whether NATS passes messages on. A server that hangs keeps its connections open, and its client takes half a minute to be sure; this one sends
 * itself a message every second and looks whether it comes back.
 */
final class NatsEcho implements AutoCloseable {
  private static final Duration EVERY = Duration.ofSeconds(1);

  /** As long as nothing has to come back. */
  private static final Duration SILENCE = Duration.ofSeconds(4);

  private static final long NEVER = Long.MIN_VALUE;

  private final CompletableFuture<Connection> connection;
  private final CompletableFuture<String> subject;
  private final AtomicLong heardNanos = new AtomicLong(NEVER);
  private final Periodic loop;

  NatsEcho(CompletableFuture<Connection> connection) {
    this.connection = connection;
    this.subject = connection.thenApply(this::listen);
    this.loop = Periodic.start("nats-echo", EVERY, this::call);
  }

  private String listen(Connection connected) {
    String inbox = connected.createInbox();
    Dispatcher dispatcher = connected.createDispatcher(message -> heardNanos.set(System.nanoTime()));
    dispatcher.subscribe(inbox);
    return inbox;
  }

  private void call() {
    Connection now = connection.getNow(null);
    String inbox = subject.getNow(null);
    if (now != null && inbox != null && now.getStatus() == Connection.Status.CONNECTED) {
      now.publish(inbox, new byte[0]);
    }
  }

  /** False when something came back once and nothing has for a while; who may not send itself anything is not judged. */
  boolean comesBack() {
    long heard = heardNanos.get();
    return heard == NEVER || System.nanoTime() - heard < SILENCE.toNanos();
  }

  /** Whether anything has come back so far. */
  boolean hasComeBack() {
    return heardNanos.get() != NEVER;
  }

  @Override
  public void close() {
    loop.close();
  }
}
