package io.infrafabric.testkit.chaos;

import io.grpc.Channel;
import io.infrafabric.kit.lifecycle.Threads;
import io.infrafabric.testkit.history.CallLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Many clients at work, each with a random stream of its own that follows from the seed. */
public final class Crowd implements AutoCloseable {
  private static final Duration IDLE = Duration.ofMillis(20);
  private static final Duration RESOLVE = Duration.ofMillis(500);
  private static final Duration ENDLESS = Duration.ofDays(1);
  private static final Duration BACKLOG_LOOK = Duration.ofMillis(5);

  private final CrowdSettings settings;
  private final CallLog log;
  private final CountDownLatch lastTask = new CountDownLatch(1);
  private final CountDownLatch stop = new CountDownLatch(1);
  private final List<Agent> agents = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private final List<Thread> submitting = new ArrayList<>();

  private Crowd(CrowdSettings settings, CallLog log) {
    this.settings = settings;
    this.log = log;
  }

  /**
   * Registers everybody and begins.
   *
   * @param coordinators channels to them; each try of a call takes any
   * @param governor a channel to it
   * @param runnable how many tasks are ready or held now: the submitters keep it below the backlog
   */
  public static Crowd start(CrowdSettings settings, CallLog log, List<Channel> coordinators, Channel governor, LongSupplier runnable, long seed) {
    Crowd crowd = new Crowd(settings, log);
    crowd.begin(coordinators, governor, runnable, new Random(seed));
    return crowd;
  }

  private void begin(List<Channel> coordinators, Channel governor, LongSupplier runnable, Random seeds) {
    Tasks tasks = new Tasks();
    for (int i = 0; i < settings.agents(); i++) {
      Random random = new Random(seeds.nextLong());
      Operator operator = new Operator(caller(List.of(governor), new Random(seeds.nextLong())), settings);
      agents.add(new Agent(settings.swarm(i), settings, caller(coordinators, random), operator, tasks, random));
      operator.register(settings.swarm(i));
    }
    for (int i = 0; i < settings.submitters(); i++) {
      Random random = new Random(seeds.nextLong());
      Submitter submitter = new Submitter(settings.prefix() + "-t" + i, settings, caller(coordinators, random), log, tasks, random);
      submitting.add(start("submit-" + i, () -> submit(submitter, runnable)));
    }
    if (settings.children() > 0) {
      Random random = new Random(seeds.nextLong());
      Mapper mapper = new Mapper(settings.prefix() + "-m", settings, caller(coordinators, random), log, random);
      submitting.add(start("map", () -> map(mapper)));
    }
    if (settings.blockers() > 0) {
      Resolver resolver = new Resolver(caller(coordinators, new Random(seeds.nextLong())), new Random(seeds.nextLong()));
      threads.add(start("resolve", () -> resolve(resolver)));
    }
    for (Agent agent : agents) {
      threads.add(start("agent", () -> work(agent)));
      if (settings.keepAlive()) {
        threads.add(start("keep-alive", () -> keepAlive(agent)));
      }
    }
  }

  private Caller caller(List<Channel> doors, Random random) {
    return new Caller(log, doors, random, stop, settings.pause());
  }

  private Thread start(String name, Step body) {
    return Threads.startVirtual(
        name,
        () -> {
          try {
            body.run();
          } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
          } catch (RuntimeException bug) {
            log.surprise(name + ": " + bug);
          }
        });
  }

  private interface Step {
    void run() throws InterruptedException;
  }

  private void submit(Submitter submitter, LongSupplier runnable) throws InterruptedException {
    while (lastTask.getCount() > 0) {
      if (runnable.getAsLong() < settings.backlog()) {
        submitter.step();
      } else {
        lastTask.await(BACKLOG_LOOK.toNanos(), TimeUnit.NANOSECONDS);
      }
    }
  }

  private void map(Mapper mapper) throws InterruptedException {
    do {
      mapper.step();
    } while (!lastTask.await(settings.mapEvery().toNanos(), TimeUnit.NANOSECONDS));
  }

  private void resolve(Resolver resolver) throws InterruptedException {
    while (!stop.await(RESOLVE.toNanos(), TimeUnit.NANOSECONDS)) {
      resolver.step(lastTask.getCount() == 0);
    }
  }

  private void work(Agent agent) throws InterruptedException {
    while (stop.getCount() > 0) {
      if (agent.step()) {
        stop.await(IDLE.toNanos(), TimeUnit.NANOSECONDS);
      }
    }
  }

  private void keepAlive(Agent agent) throws InterruptedException {
    while (!stop.await(settings.sessionTtl().toMillis() / 4, TimeUnit.MILLISECONDS)) {
      agent.keepAlive();
    }
  }

  /**
   * No more tasks and no more mischief: what is there is worked off.
   *
   * @param patience how long those are waited for who insist on what they have begun to submit
   */
  public void calmDown(Duration patience) {
    lastTask.countDown();
    agents.forEach(Agent::calmDown);
    join(submitting, patience);
  }

  /** Everybody stops; what is held is left behind. */
  @Override
  public void close() {
    lastTask.countDown();
    stop.countDown();
    join(submitting, ENDLESS);
    join(threads, ENDLESS);
  }

  private static void join(List<Thread> threads, Duration patience) {
    long deadline = System.nanoTime() + patience.toNanos();
    for (Thread thread : threads) {
      try {
        thread.join(Duration.ofNanos(Math.max(1, deadline - System.nanoTime())));
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
