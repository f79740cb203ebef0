package io.infrafabric.kit.nats;

import io.infrafabric.kit.telemetry.Counter;
import io.infrafabric.kit.telemetry.Metrics;

/** What went wrong on the bus, by kind. */
public final class NatsCounters {
  private final Counter slowConsumers;
  private final Counter dropped;
  private final Counter unsent;
  private final Counter overloaded;
  private final Counter handlerFailures;
  private final Counter disconnects;
  private final Counter errors;

  NatsCounters(Metrics metrics) {
    this.slowConsumers = metrics.counter("if.nats.slow_consumers", "Times jnats found a subscription too slow");
    this.dropped = metrics.counter("if.nats.dropped", "Received messages that did not fit into a queue");
    this.unsent = metrics.counter("if.nats.unsent", "Hints that could not be sent");
    this.overloaded = metrics.counter("if.nats.overloaded", "Durable messages and mirrored calls over the limit");
    this.handlerFailures = metrics.counter("if.nats.handler_failures", "Messages whose handler failed");
    this.disconnects = metrics.counter("if.nats.disconnects", "Times the connection was lost");
    this.errors = metrics.counter("if.nats.errors", "Errors that the server or jnats reported");
  }

  /** Times jnats found a subscription too slow; it drops messages then. */
  public Counter slowConsumers() {
    return slowConsumers;
  }

  /** Received messages that did not fit into a queue. */
  public Counter dropped() {
    return dropped;
  }

  /** Hints that could not be sent. */
  public Counter unsent() {
    return unsent;
  }

  /** Durable messages and mirrored calls over the limit. */
  public Counter overloaded() {
    return overloaded;
  }

  /** Messages whose handler failed. */
  public Counter handlerFailures() {
    return handlerFailures;
  }

  /** Times the connection was lost. */
  public Counter disconnects() {
    return disconnects;
  }

  /** Errors that the server or jnats reported. */
  public Counter errors() {
    return errors;
  }
}
