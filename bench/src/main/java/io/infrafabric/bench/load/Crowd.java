package io.infrafabric.bench.load;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/** Many at once: each does its operations one after the other, all begin together. */
public final class Crowd {
  private Crowd() {}

  /** One operation of one of the crowd. */
  public interface Operation {
    void run(int who, int which) throws Exception;
  }

  /** Latencies of all operations of one round. */
  public record Round(List<long[]> nanos, long wallNanos) {}

  /** As fast as they can. */
  public static Round run(int size, int each, Operation operation) throws Exception {
    return run(size, each, 0, operation);
  }

  /** @param perSecond operations begun a second, of all together and evenly spread; 0 for as fast as they can */
  public static Round run(int size, int each, int perSecond, Operation operation) throws Exception {
    long gap = perSecond == 0 ? 0 : 1_000_000_000L * size / perSecond;
    CountDownLatch ready = new CountDownLatch(size);
    CountDownLatch go = new CountDownLatch(1);
    AtomicReference<Exception> failure = new AtomicReference<>();
    List<long[]> nanos = new ArrayList<>();
    List<Thread> crowd = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      long[] mine = new long[each];
      nanos.add(mine);
      int who = i;
      crowd.add(
          Thread.startVirtualThread(
              () -> {
                ready.countDown();
                try {
                  go.await();
                  long first = System.nanoTime() + gap * who / size;
                  for (int which = 0; which < each; which++) {
                    if (gap > 0) {
                      TimeUnit.NANOSECONDS.sleep(first + gap * which - System.nanoTime());
                    }
                    long begin = System.nanoTime();
                    operation.run(who, which);
                    mine[which] = System.nanoTime() - begin;
                  }
                } catch (Exception e) {
                  failure.compareAndSet(null, e);
                }
              }));
    }
    ready.await();
    long begin = System.nanoTime();
    go.countDown();
    for (Thread thread : crowd) {
      thread.join();
    }
    long wall = System.nanoTime() - begin;
    if (failure.get() != null) {
      throw failure.get();
    }
    return new Round(nanos, wall);
  }
}
