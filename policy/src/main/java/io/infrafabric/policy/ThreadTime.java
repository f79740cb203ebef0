package io.infrafabric.policy;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.function.LongSupplier;

/**
 * The time that the current thread has used, in nanoseconds: a machine that stands still or is given to others makes no expression expensive. A
 * virtual thread has no time of its own; for it, time passes as for everybody.
 */
final class ThreadTime implements LongSupplier {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  @Override
  public long getAsLong() {
    return Thread.currentThread().isVirtual() || !THREADS.isCurrentThreadCpuTimeSupported() ? System.nanoTime() : THREADS.getCurrentThreadCpuTime();
  }
}
