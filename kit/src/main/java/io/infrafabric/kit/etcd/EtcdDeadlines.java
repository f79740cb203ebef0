package io.infrafabric.kit.etcd;

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the calls that have had no answer for too long, with one look at all of them twenty times in that time: a timer for each call wakes
 * a thread when it is set and when it is taken back.
 */
final class EtcdDeadlines {
  private static final Logger log = LoggerFactory.getLogger(EtcdDeadlines.class);
  private static final int LOOKS = 20;

  private final long patienceNanos;
  private final Queue<Sent> sent = new ConcurrentLinkedQueue<>();

  /** In the order in which they become late; answered ones may still be among them. */
  private record Sent(long lateNanos, Future<?> answer, Runnable late) {}

  private EtcdDeadlines(Duration patience) {
    this.patienceNanos = patience.toNanos();
  }

  /**
   * Looks after calls until the timer is shut down.
   *
   * @param patience of every call; it is late a twentieth of that after it, at most
   */
  static EtcdDeadlines start(Duration patience, ScheduledExecutorService timer) {
    EtcdDeadlines deadlines = new EtcdDeadlines(patience);
    long every = Math.max(TimeUnit.MILLISECONDS.toNanos(1), patience.toNanos() / LOOKS);
    timer.scheduleWithFixedDelay(() -> deadlines.look(System.nanoTime()), every, every, TimeUnit.NANOSECONDS);
    return deadlines;
  }

  /** Runs {@code late} on the timer's thread when there is no answer in time. */
  void add(Future<?> answer, Runnable late) {
    if (!answer.isDone()) {
      sent.add(new Sent(System.nanoTime() + patienceNanos, answer, late));
    }
  }

  private void look(long now) {
    for (Sent first = sent.peek(); first != null && (first.answer().isDone() || now - first.lateNanos() >= 0); first = sent.peek()) {
      sent.poll();
      if (!first.answer().isDone()) {
        tell(first.late());
      }
    }
  }

  /** A look that throws would be the last one. */
  private static void tell(Runnable late) {
    try {
      late.run();
    } catch (RuntimeException bug) {
      log.atError().setCause(bug).log("a late call was not given up");
    }
  }
}
