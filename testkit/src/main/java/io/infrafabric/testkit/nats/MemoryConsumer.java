package io.infrafabric.testkit.nats;

import io.infrafabric.kit.nats.BusMessage;
import io.infrafabric.kit.nats.ConsumerSpec;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/** A durable consumer: what was not acknowledged stays for whoever consumes next. */
final class MemoryConsumer {
  private final ConsumerSpec spec;
  private final Inbox inbox = new Inbox();
  private final Semaphore slots;
  private final AtomicInteger open = new AtomicInteger();

  MemoryConsumer(ConsumerSpec spec) {
    this.spec = spec;
    this.slots = new Semaphore(spec.inFlight());
  }

  String stream() {
    return spec.stream();
  }

  Inbox inbox() {
    return inbox;
  }

  boolean takes(String subject) {
    return SubjectPattern.matches(spec.filterSubject(), subject);
  }

  boolean isQuiet() {
    return inbox.isQuiet() && open.get() == 0;
  }

  /** Hands a message over when there is a slot; gives it again later if that fails. */
  void handle(BusMessage message, Function<BusMessage, CompletionStage<Void>> handler) {
    open.incrementAndGet();
    slots.acquireUninterruptibly();
    CompletionStage<Void> done;
    try {
      done = handler.apply(message);
    } catch (RuntimeException failure) {
      done = CompletableFuture.failedStage(failure);
    }
    done.whenComplete(
        (nothing, failure) -> {
          slots.release();
          if (failure == null) {
            open.decrementAndGet();
          } else {
            again(message);
          }
        });
  }

  private void again(BusMessage message) {
    BusMessage next =
        new BusMessage(
            message.subject(), message.headers(), message.body(), message.deliveries() + 1, message.sequence(), message.replyTo());
    CompletableFuture.delayedExecutor(spec.delayAfter(message.deliveries()).toMillis(), TimeUnit.MILLISECONDS)
        .execute(
            () -> {
              inbox.put(next, false);
              open.decrementAndGet();
            });
  }
}
