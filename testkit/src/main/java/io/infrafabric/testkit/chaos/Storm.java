package io.infrafabric.testkit.chaos;

import io.grpc.Channel;
import io.infrafabric.kit.lifecycle.Threads;
import io.infrafabric.testkit.history.CallLog;
import io.infrafabric.testkit.history.HistoryRecorder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;

/** A thousand swarms that open a session and claim a task each, and then fall silent all at once. */
final class Storm {
  /** How many. */
  static final int SWARMS = 1_000;

  /** So many must end for it to have been a storm: some of a thousand find no coordinator while other faults last. */
  private static final int ENOUGH = SWARMS * 9 / 10;

  private static final int AT_ONCE = 32;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final CrowdSettings settings;
  private final CallLog log;
  private final List<Channel> coordinators;
  private final Channel governor;
  private final HistoryRecorder recorder;
  private final Random seeds;
  private final CountDownLatch stop = new CountDownLatch(1);

  Storm(CrowdSettings settings, CallLog log, List<Channel> coordinators, Channel governor, HistoryRecorder recorder, long seed) {
    this.settings = settings;
    this.log = log;
    this.coordinators = coordinators;
    this.governor = governor;
    this.recorder = recorder;
    this.seeds = new Random(seed);
  }

  private Caller caller(List<Channel> doors) {
    return new Caller(log, doors, new Random(seeds.nextLong()), stop, settings.pause());
  }

  /** Whether so many ends are a thousand at once, or some that ended while another fault lasted. */
  static boolean isOne(int ended) {
    return ended >= ENOUGH;
  }

  /** Registers them all. */
  void register() {
    each(List.of(governor), (caller, swarm) -> new Operator(caller, settings).register(swarm));
  }

  /** Lets them come, claim, and end; returns when the most of their sessions have ended: how many. */
  int run() throws InterruptedException {
    int before = ended();
    each(
        coordinators,
        (caller, swarm) -> {
          Agent agent = new Agent(swarm, settings, caller, new Operator(caller, settings), new Tasks(), new Random(swarm.hashCode()));
          agent.step(); // opens a session
          agent.step(); // claims
        });
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!isOne(ended() - before) && System.nanoTime() < deadline) {
      stop.await(100, TimeUnit.MILLISECONDS);
    }
    return ended() - before;
  }

  /** How many of their sessions have ended so far. */
  private int ended() {
    return recorder.ask(
        judge -> {
          int ended = 0;
          for (int i = 0; i < SWARMS; i++) {
            ended += judge.sessionEnds(settings.swarm(i));
          }
          return ended;
        });
  }

  private interface Part {
    void play(Caller caller, String swarm);
  }

  private void each(List<Channel> doors, Part part) {
    List<Runnable> parts = new ArrayList<>();
    for (int worker = 0; worker < AT_ONCE; worker++) {
      int first = worker;
      Caller caller = caller(doors);
      parts.add(
          () -> {
            for (int i = first; i < SWARMS; i += AT_ONCE) {
              part.play(caller, settings.swarm(i));
            }
          });
    }
    try (ExecutorService all = Threads.virtualPerTask("storm")) {
      parts.forEach(all::execute);
    }
  }
}
