package io.infrafabric.bench.economics;

import java.util.concurrent.locks.LockSupport;

/**
 * How quickly a sprint's time goes.
 *
 * @param hourMillis real milliseconds of one hour of the sprint
 */
record SimulatedTime(long hourMillis) {
  private static final double MINUTES = 60;

  /** Returns when so many hours of the sprint have gone, or the thread is interrupted because the sprint is over. */
  void pass(double hours) {
    long until = System.nanoTime() + Math.round(hours * hourMillis * 1e6);
    for (long left = until - System.nanoTime(); left > 0 && !Thread.currentThread().isInterrupted(); left = until - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  /** Minutes of the sprint that real milliseconds are. */
  double minutes(double realMillis) {
    return realMillis / hourMillis * MINUTES;
  }
}
