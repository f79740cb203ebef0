package io.infrafabric.chassis.sandbox;

import io.infrafabric.chassis.sandbox.ExecutionResult.Limit;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Runs one piece of work on a platform thread of its own and ends it at the wall clock or the CPU limit. The waiting caller is
 * the watchdog: a single thread cannot use more CPU time than wall time, so it sleeps until the earliest moment at which a
 * limit can have been reached. Virtual threads would not do: the JVM does not tell their CPU time.
 */
final class Watchdog {
  /** Deep recursion must end in a stack overflow well away from the edge of what the host's own frames need. */
  private static final long STACK_BYTES = 16L << 20;

  /** How long a thread may take to see the interrupt before its caller is answered without it. */
  private static final Duration GRACE = Duration.ofMillis(100);

  private static final Duration NUDGE = Duration.ofMillis(20);
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private final Thread thread;
  private final long startNanos = System.nanoTime();
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile long endNanos;
  private volatile long cpuNanos;

  /**
   * @param afterwards runs on the thread when the work has ended, however late that is
   */
  Watchdog(String name, Runnable work, Runnable afterwards) {
    thread = Thread.ofPlatform().name(name).daemon(true).stackSize(STACK_BYTES).unstarted(() -> run(work, afterwards));
    thread.start();
  }

  private void run(Runnable work, Runnable afterwards) {
    try {
      work.run();
    } finally {
      cpuNanos = THREADS.getCurrentThreadCpuTime();
      endNanos = System.nanoTime();
      ended.countDown();
      afterwards.run();
    }
  }

  /** Waits for the end. Returns the limit at which the work was told to stop, or nothing when it ended before. */
  Optional<Limit> await(Duration wallClock, Duration cpuTime) throws InterruptedException {
    while (true) {
      long wallLeft = wallClock.toNanos() - (System.nanoTime() - startNanos);
      long cpuLeft = cpuTime.toNanos() - cpuSoFar();
      if (wallLeft <= 0 || cpuLeft <= 0) {
        stop();
        return Optional.of(cpuLeft <= 0 ? Limit.CPU : Limit.WALL_CLOCK);
      }
      if (awaitEnd(Math.min(wallLeft, cpuLeft))) {
        return cpuNanos > cpuTime.toNanos() ? Optional.of(Limit.CPU) : Optional.empty();
      }
    }
  }

  /** True when the thread has ended. */
  boolean hasEnded() {
    return ended.getCount() == 0;
  }

  /** Wall time so far, or in all. */
  Duration wall() {
    return Duration.ofNanos((hasEnded() ? endNanos : System.nanoTime()) - startNanos);
  }

  /** CPU time so far, or in all. */
  Duration cpu() {
    return Duration.ofNanos(cpuSoFar());
  }

  private boolean awaitEnd(long nanos) throws InterruptedException {
    try {
      return ended.await(nanos, TimeUnit.NANOSECONDS);
    } catch (InterruptedException stopped) {
      thread.interrupt();
      throw stopped;
    }
  }

  /** Interrupts until the thread ends or the grace is over; more than once, for the interrupt may be lost in a wait. */
  private void stop() throws InterruptedException {
    long end = System.nanoTime() + GRACE.toNanos();
    for (long left = GRACE.toNanos(); left > 0; left = end - System.nanoTime()) {
      thread.interrupt();
      if (awaitEnd(Math.min(left, NUDGE.toNanos()))) {
        return;
      }
    }
  }

  private long cpuSoFar() {
    if (hasEnded()) {
      return cpuNanos;
    }
    long nanos = THREADS.getThreadCpuTime(thread.threadId());
    return nanos < 0 ? cpuNanos : nanos;
  }
}
