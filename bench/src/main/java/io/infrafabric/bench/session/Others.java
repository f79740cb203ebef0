package io.infrafabric.bench.session;

import io.infrafabric.bench.Samples;
import io.infrafabric.bench.load.Backlog;
import io.infrafabric.bench.load.Claimers;
import io.infrafabric.kit.lifecycle.Threads;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * Everybody else: claims at a steady rate, whatever happens. Each is timed from the moment at which it was due, so that a claim that
 * had to wait for others counts with its wait.
 */
final class Others implements AutoCloseable {
  private static final int SECONDS_AHEAD = 5;

  private final Claimers claimers;
  private final Backlog backlog;
  private final int perSecond;
  private final BlockingQueue<Integer> free;
  private final ExecutorService hands = Threads.virtualPerTask("claim");
  private final ConcurrentLinkedQueue<Timed> done = new ConcurrentLinkedQueue<>();
  private final AtomicReference<Exception> failure = new AtomicReference<>();
  private volatile boolean on = true;
  private final Thread clock;

  private record Timed(long due, long nanos) {}

  /** @param backlog to which tasks are added as they are claimed */
  Others(Claimers claimers, Backlog backlog, int perSecond) {
    this.claimers = claimers;
    this.backlog = backlog;
    this.perSecond = perSecond;
    this.free = new ArrayBlockingQueue<>(claimers.count());
    for (int i = 0; i < claimers.count(); i++) {
      free.add(i);
    }
    this.clock = Thread.ofPlatform().name("others").daemon().start(this::run);
  }

  private void run() {
    long begin = System.nanoTime();
    for (long turn = 0; on; turn++) {
      long due = begin + turn * TimeUnit.SECONDS.toNanos(1) / perSecond;
      if (due > System.nanoTime()) {
        LockSupport.parkNanos(due - System.nanoTime());
      }
      if (turn % perSecond == 0) {
        hands.execute(this::fill);
      }
      hands.execute(() -> claim(due));
    }
  }

  private void fill() {
    try {
      backlog.growTo(enough(claimers, perSecond));
    } catch (Exception e) {
      failure.compareAndSet(null, e);
    }
  }

  /** So many tasks that some seconds of claims find one, and few enough to be looked through. */
  static int enough(Claimers claimers, int perSecond) {
    return claimers.taken() + SECONDS_AHEAD * perSecond;
  }

  private void claim(long due) {
    try {
      int who = free.take();
      // A swarm that is not free yet makes the claim late; giving back what it holds is not part of it.
      long waited = System.nanoTime() - due;
      done.add(new Timed(due, waited + claimers.takeNext(who)));
      free.add(who);
    } catch (Exception e) {
      failure.compareAndSet(null, e);
    }
  }

  /** The claims that were due between two moments of {@link System#nanoTime}. */
  Samples between(long from, long to) throws Exception {
    if (failure.get() != null) {
      throw failure.get();
    }
    List<Long> nanos = new ArrayList<>();
    for (Timed one : done) {
      if (one.due() >= from && one.due() < to) {
        nanos.add(one.nanos());
      }
    }
    return Samples.of(List.of(nanos.stream().mapToLong(Long::longValue).toArray()), to - from);
  }

  @Override
  public void close() throws InterruptedException {
    on = false;
    clock.join();
    hands.shutdown();
    hands.awaitTermination(30, TimeUnit.SECONDS);
  }
}
