package io.infrafabric.kit.relay;

import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
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
   */
  RelaySender(
      RelayQueue queue, Publisher publisher, RelaySettings settings, RelayThread thread, RelayMeter meter, String service, Runnable onSent) {
    this.queue = queue;
    this.publisher = publisher;
    this.settings = settings;
    this.thread = thread;
    this.meter = meter;
    this.service = service;
    this.onSent = onSent;
  }

  /** Sends what may be sent. */
  void pump() {
    if (System.nanoTime() - pausedUntilNanos < 0) {
      return;
    }
    Optional<RelayQueue.Parcel> parcel = queue.next();
    while (parcel.isPresent()) {
      send(parcel.get());
      parcel = queue.next();
    }
    onSent.run();
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
    if (toldOfAnswers.compareAndSet(false, true)) {
      thread.hop(this::answered);
    }
  }

  private void answered() {
    toldOfAnswers.set(false);
    for (Answer answer = answers.poll(); answer != null; answer = answers.poll()) {
      answered(answer.sent(), answer.failure());
    }
    while (!sent.isEmpty() && sent.peek().answered) {
      sent.poll();
    }
    pump();
  }

  /** Takes messages for failed that have had no answer for too long. */
  void expire() {
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
      meter.published().increment();
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
