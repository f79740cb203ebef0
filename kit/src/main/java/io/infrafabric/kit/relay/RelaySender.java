package io.infrafabric.kit.relay;

import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends what the queue of a term holds and hears the answers. A message that fails, or has had no answer for too long, is sent again, and
 * nothing at all is sent for a moment after that. All state belongs to the thread of the term.
 */
final class RelaySender {
  private static final Logger log = LoggerFactory.getLogger(RelaySender.class);

  private final RelayQueue queue;
  private final Publisher publisher;
  private final RelaySettings settings;
  private final RelayThread thread;
  private final RelayMeter meter;
  private final String service;
  private final Runnable onSent;
  /** Messages under way in the order in which they become late; answered ones may still be among them. */
  private final ArrayDeque<Sent> sent = new ArrayDeque<>();
  private final Queue<Answer> answers = new ConcurrentLinkedQueue<>();
  /** Whether something waits for an answer. Else they are taken when there is something to do anyway: each would wake the thread for itself. */
  private volatile boolean hurried;
  private final BooleanSupplier hurry;
  private final AtomicBoolean toldOfAnswers = new AtomicBoolean();
  private boolean failing;
  private long pausedUntilNanos = System.nanoTime();

  /** A message under way; its answer counts once, and silence is an answer too. */
  private static final class Sent {
    final RelayQueue.Parcel parcel;
    final long lateNanos;
    boolean answered;

    Sent(RelayQueue.Parcel parcel, long lateNanos) {
      this.parcel = parcel;
      this.lateNanos = lateNanos;
    }
  }

  private record Answer(Sent sent, Throwable failure) {}

  /**
   * @param service whose relay it is, for the log
   * @param onSent told whenever all that may be sent has been
   * @param hurry whether each answer counts at once although nothing is left to send
   */
  RelaySender(
      RelayQueue queue,
      Publisher publisher,
      RelaySettings settings,
      RelayThread thread,
      RelayMeter meter,
      String service,
      Runnable onSent,
      BooleanSupplier hurry) {
    this.queue = queue;
    this.publisher = publisher;
    this.settings = settings;
    this.thread = thread;
    this.meter = meter;
    this.service = service;
    this.onSent = onSent;
    this.hurry = hurry;
  }

  /** Takes the answers that are there, and sends what may be sent. */
  void pump() {
    do {
      takeAnswers();
      if (System.nanoTime() - pausedUntilNanos < 0) {
        return;
      }
      Optional<RelayQueue.Parcel> parcel = queue.next();
      while (parcel.isPresent()) {
        send(parcel.get());
        parcel = queue.next();
      }
      onSent.run();
      hurried = queue.hasUnsent() || hurry.getAsBoolean();
    } while (hurried && !answers.isEmpty()); // what came before it was said has woken nobody
  }

  private void send(RelayQueue.Parcel parcel) {
    Sent mine = new Sent(parcel, System.nanoTime() + settings.publishTimeout().toNanos());
    sent.add(mine);
    CompletableFuture<?> stored;
    try {
      stored = publisher.publish(parcel.message());
    } catch (RuntimeException failure) {
      stored = CompletableFuture.failedFuture(failure);
    }
    stored.whenComplete((receipt, failure) -> arrived(new Answer(mine, failure)));
  }

  /** On the publisher's thread. Answers come in bursts: one step of the relay's thread takes all that are there. */
  private void arrived(Answer answer) {
    answers.add(answer);
    if (answer.failure() == null) {
      meter.published().increment();
    }
    if ((hurried || answer.failure() != null) && toldOfAnswers.compareAndSet(false, true)) {
      thread.hop(this::pump);
    }
  }

  /** Hears the answers that are there. */
  void takeAnswers() {
    toldOfAnswers.set(false);
    for (Answer answer = answers.poll(); answer != null; answer = answers.poll()) {
      answered(answer.sent(), answer.failure());
    }
    while (!sent.isEmpty() && sent.peek().answered) {
      sent.poll();
    }
  }

  /** Takes messages for failed that have had no answer for too long. */
  void expire() {
    takeAnswers();
    long now = System.nanoTime();
    while (!sent.isEmpty() && now - sent.peek().lateNanos >= 0) {
      answered(sent.poll(), new TimeoutException("no answer in " + settings.publishTimeout()));
    }
    pump();
  }

  private void answered(Sent message, Throwable failure) {
    if (message.answered) {
      return;
    }
    message.answered = true;
    if (failure == null) {
      if (failing) {
        failing = false;
        log.atInfo().addKeyValue("relay", service).log("publishing again");
      }
      queue.acknowledged(message.parcel);
    } else {
      queue.failed(message.parcel);
      meter.retried().increment();
      pause(failure);
    }
  }

  private void pause(Throwable failure) {
    long now = System.nanoTime();
    if (now - pausedUntilNanos < 0) {
      return;
    }
    pausedUntilNanos = now + settings.retryAfter().toNanos();
    if (!failing) {
      failing = true;
      log.atWarn().addKeyValue("relay", service).addKeyValue("cause", failure.toString()).log("publish failed, trying again until it goes through");
    }
    thread.after(settings.retryAfter().plusMillis(1), this::pump);
  }
}
