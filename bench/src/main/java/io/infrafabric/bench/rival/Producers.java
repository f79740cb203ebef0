package io.infrafabric.bench.rival;

import io.infrafabric.kit.lifecycle.Threads;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/** Those who submit the jobs of a round. */
final class Producers {
  private Producers() {}

  /** Submits so many jobs, the first with this number, and returns when that is acknowledged. */
  interface Submit {
    void run(int from, int count) throws Exception;
  }

  /** Submits all in batches, as many at once as there are producers; returns when all are acknowledged. */
  static void run(Rival.Load load, Submit submit) throws Exception {
    AtomicInteger next = new AtomicInteger();
    try (ExecutorService producers = Threads.virtualPerTask("produce")) {
      List<Future<Void>> all = new ArrayList<>();
      for (int i = 0; i < load.producers(); i++) {
        all.add(
            producers.submit(
                () -> {
                  for (int from = next.getAndAdd(load.batch()); from < load.jobs(); from = next.getAndAdd(load.batch())) {
                    submit.run(from, Math.min(load.batch(), load.jobs() - from));
                  }
                  return null;
                }));
      }
      for (Future<Void> one : all) {
        one.get();
      }
    }
  }
}
