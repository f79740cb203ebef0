package io.infrafabric.bench.rival;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/** The workers of one round: all begin together, and the first failure of one ends the round. */
final class Crew {
  private static final long PATIENCE_SECONDS = 300;
  private static final long LOOK_MILLIS = 100;

  private final CountDownLatch go = new CountDownLatch(1);
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicReference<Exception> failure = new AtomicReference<>();

  /** What a worker does until there is nothing left. */
  interface Work {
    void run() throws Exception;
  }

  void add(Work work) {
    threads.add(
        Thread.startVirtualThread(
            () -> {
              try {
                go.await();
                work.run();
              } catch (Exception e) {
                failure.compareAndSet(null, e);
              }
            }));
  }

  void begin() {
    go.countDown();
  }

  /** Waits for the last job. */
  void await(CountDownLatch open) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!open.await(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
      if (failure.get() != null) {
        throw failure.get();
      }
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(open.getCount() + " jobs were not completed in " + PATIENCE_SECONDS + " s");
      }
    }
  }

  /** Waits until every worker has gone home. */
  void end() throws Exception {
    for (Thread thread : threads) {
      thread.join();
    }
    if (failure.get() != null) {
      throw failure.get();
    }
  }
}
