package io.infrafabric.kit.lifecycle;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a round at once and then every period on a thread of its own. A round that fails is logged and counted, and the
 * next one waits longer, up to {@link #LONGEST_BACKOFF} or the period. Rounds never overlap.
 */
public final class Periodic implements AutoCloseable {
  /** The longest wait after failures, unless the period is longer. */
  public static final Duration LONGEST_BACKOFF = Duration.ofSeconds(5);

  /** The wait after a failure that not even {@link #wakeUp} cuts short. */
  private static final Duration SHORTEST_BACKOFF = Duration.ofMillis(100);

  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(10);
  private static final Logger LOG = LoggerFactory.getLogger(Periodic.class);

  /** One round of the loop. */
  @FunctionalInterface
  public interface Round {
    void runOnce() throws Exception;
  }

  private final String name;
  private final Duration period;
  private final Duration gap;
  private final Round round;
  private final Semaphore wake = new Semaphore(0);
  private final CountDownLatch stop = new CountDownLatch(1);
  private final AtomicLong runs = new AtomicLong();
  private final AtomicLong failures = new AtomicLong();
  private final Thread thread;
  private int failuresInARow;

  private Periodic(String name, Duration period, Duration gap, Round round) {
    this.gap = gap;
    if (period.isNegative() || period.isZero()) {
      throw new IllegalArgumentException(name + ": the period must be positive");
    }
    this.name = name;
    this.period = period;
    this.round = round;
    this.thread = Threads.start(name, this::loop);
  }

  /** Starts the loop; the first round runs at once. */
  public static Periodic start(String name, Duration period, Round round) {
    return new Periodic(name, period, Duration.ZERO, round);
  }

  /** Starts a loop that rests for the gap after every round, however often it is woken up: its calls make one round then. */
  public static Periodic start(String name, Duration period, Duration gap, Round round) {
    return new Periodic(name, period, gap, round);
  }

  /** Runs the next round now; several calls before it make one round. */
  public void wakeUp() {
    wake.release();
  }

  /** How many rounds have begun. */
  public long runs() {
    return runs.get();
  }

  /** How many rounds have failed. */
  public long failures() {
    return failures.get();
  }

  /** Ends the loop and waits for the round that runs; one that takes longer than 10 s is interrupted. */
  @Override
  public void close() {
    stop.countDown();
    wake.release();
    if (thread == Thread.currentThread()) {
      return;
    }
    try {
      if (!thread.join(CLOSE_PATIENCE)) {
        thread.interrupt();
      }
    } catch (InterruptedException e) {
      thread.interrupt();
      Thread.currentThread().interrupt();
    }
  }

  private void loop() {
    try {
      while (stop.getCount() > 0) {
        wake.drainPermits();
        if (stop.getCount() > 0) {
          runRound();
          pause();
        }
      }
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    }
  }

  private void runRound() throws InterruptedException {
    runs.incrementAndGet();
    try {
      round.runOnce();
      failuresInARow = 0;
    } catch (InterruptedException ended) {
      throw ended;
    } catch (Exception | LinkageError | AssertionError failure) {
      failures.incrementAndGet();
      failuresInARow++;
      if (stop.getCount() > 0) {
        LOG.atWarn().addKeyValue("loop", name).addKeyValue("inARow", failuresInARow).setCause(failure).log("round failed");
      }
    }
  }

  private void pause() throws InterruptedException {
    if (failuresInARow > 0 && stop.await(SHORTEST_BACKOFF.toMillis(), TimeUnit.MILLISECONDS)) {
      return;
    }
    if (!gap.isZero() && stop.await(gap.toNanos(), TimeUnit.NANOSECONDS)) {
      return;
    }
    wake.tryAcquire(wait(period, failuresInARow).toNanos(), TimeUnit.NANOSECONDS);
  }

  static Duration wait(Duration period, int failuresInARow) {
    if (failuresInARow == 0) {
      return period;
    }
    Duration first = period.compareTo(SHORTEST_BACKOFF) < 0 ? SHORTEST_BACKOFF : period;
    Duration grown = first.multipliedBy(1L << Math.min(failuresInARow - 1, 10));
    Duration longest = period.compareTo(LONGEST_BACKOFF) > 0 ? period : LONGEST_BACKOFF;
    return grown.compareTo(longest) > 0 ? longest : grown;
  }
}
