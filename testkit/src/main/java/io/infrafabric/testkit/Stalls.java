package io.infrafabric.testkit;

import io.infrafabric.kit.lifecycle.Threads;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * What the machine takes from a test that promises a time: a thread that wants to be woken every hundredth of a second notes when it was
 * late. A promise of the fabric is about its own time, so that a test takes off what {@link #between} finds and keeps the promise as it is.
 * Nothing that waits, computes or is queued for in a fabric makes that thread late; a machine that stands still or is given to others does.
 */
public final class Stalls implements AutoCloseable {
  private static final long EVERY_NANOS = Duration.ofMillis(10).toNanos();

  /** As late as that is nothing. */
  private static final long USUAL_NANOS = Duration.ofMillis(10).toNanos();

  private final Queue<Stall> stalls = new ConcurrentLinkedQueue<>();
  private volatile boolean closed;

  private record Stall(long fromNanos, long untilNanos) {
    long within(long from, long until) {
      return Math.max(0, Math.min(untilNanos, until) - Math.max(fromNanos, from));
    }
  }

  /** Knows of none until it is told. */
  Stalls() {}

  /** Watches until it is closed. */
  public static Stalls watching() {
    Stalls stalls = new Stalls();
    Threads.start("stalls", stalls::watch);
    return stalls;
  }

  /** Looks again and again whether it is so; false when it has not been for as long as was promised, in which the machine ran. */
  public static boolean within(Duration promised, BooleanSupplier isSo) {
    try (Stalls stalls = watching()) {
      long from = System.nanoTime();
      while (!isSo.getAsBoolean()) {
        if (stalls.running(from, System.nanoTime()).compareTo(promised) > 0) {
          return false;
        }
        LockSupport.parkNanos(EVERY_NANOS);
      }
      return true;
    }
  }

  private void watch() {
    while (!closed) {
      long due = System.nanoTime() + EVERY_NANOS;
      while (System.nanoTime() < due) {
        LockSupport.parkNanos(due - System.nanoTime());
      }
      woken(due, System.nanoTime());
    }
  }

  void woken(long dueNanos, long nowNanos) {
    if (nowNanos - dueNanos > USUAL_NANOS) {
      stalls.add(new Stall(dueNanos, nowNanos));
    }
  }

  /** For how long the machine stood still between two readings of {@link System#nanoTime}. */
  public Duration between(long fromNanos, long untilNanos) {
    return Duration.ofNanos(stalls.stream().mapToLong(stall -> stall.within(fromNanos, untilNanos)).sum());
  }

  /** What passed between two readings of {@link System#nanoTime} while the machine did not stand still. */
  public Duration running(long fromNanos, long untilNanos) {
    return Duration.ofNanos(untilNanos - fromNanos).minus(between(fromNanos, untilNanos));
  }

  @Override
  public void close() {
    closed = true;
  }
}
