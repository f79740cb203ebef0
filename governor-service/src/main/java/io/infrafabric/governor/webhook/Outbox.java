package io.infrafabric.governor.webhook;

import java.util.concurrent.CompletableFuture;

/** The port to the sinks. */
@FunctionalInterface
interface Outbox {
  /** Posts; done within the time that a sink has, never with a failure. Does not block. */
  CompletableFuture<Answer> send(Sink sink, Post post);
}
