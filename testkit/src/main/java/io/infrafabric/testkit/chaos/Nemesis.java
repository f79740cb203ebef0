package io.infrafabric.testkit.chaos;

import io.infrafabric.local.LocalFabric;
import io.infrafabric.local.LocalRunException;
import io.infrafabric.local.ServerProcess;
import io.infrafabric.testkit.history.CallLog;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Makes one fault after the other, each kind at least once in as many as a run needs, and notes which of them bit: the process that was to be dead
 * or frozen says nothing, connections were there to be cut, answers were lost or late, sessions ended. Which of them the clients felt it notes too.
 */
final class Nemesis {
  private static final Duration SHORTEST_REST = Duration.ofMillis(300);
  private static final int REST_MILLIS = 1_200;
  private static final int STARTS = 3;
  private static final Duration TO_BE_FELT = Duration.ofMillis(500);

  private final LocalFabric fabric;
  private final TcpProxy etcd;
  private final TcpProxy nats;
  private final Storm storm;
  private final CallLog log;
  private final Consumer<String> progress;
  private final Random random;
  private final CountDownLatch never = new CountDownLatch(1);
  private final Map<Fault, Integer> made = new EnumMap<>(Fault.class);
  private final Map<Fault, Integer> bit = new EnumMap<>(Fault.class);
  private final Map<Fault, Integer> felt = new EnumMap<>(Fault.class);
  private final Deque<Fault> planned = new ArrayDeque<>();
  private final int faults;

  /** What was done, and whether it did anything. */
  private record Deed(String what, boolean bit) {}

  /**
   * @param faults how many a run needs: every kind is among so many, if there are as many kinds
   */
  Nemesis(LocalFabric fabric, TcpProxy etcd, TcpProxy nats, Storm storm, CallLog log, Consumer<String> progress, int faults, long seed) {
    this.faults = faults;
    this.fabric = fabric;
    this.etcd = etcd;
    this.nats = nats;
    this.storm = storm;
    this.log = log;
    this.progress = progress;
    this.random = new Random(seed);
  }

  /** Rests a little and makes the next fault; returns when it is over and everything runs again. */
  void next() throws InterruptedException {
    rest(SHORTEST_REST.plusMillis(random.nextInt(REST_MILLIS)));
    if (planned.isEmpty()) {
      planned.addAll(plan(faults, random));
    }
    make(planned.poll());
  }

  /** Every kind once, and others by their weight, in any order. */
  static List<Fault> plan(int faults, Random random) {
    List<Fault> plan = new ArrayList<>(Arrays.asList(Fault.values()));
    while (plan.size() < faults) {
      plan.add(any(random));
    }
    Collections.shuffle(plan, random);
    return plan;
  }

  private void make(Fault fault) throws InterruptedException {
    long before = log.again();
    long start = System.nanoTime();
    Deed deed = act(fault);
    rest(TO_BE_FELT);
    long hurt = log.again() - before;
    made.merge(fault, 1, Integer::sum);
    if (deed.bit()) {
      bit.merge(fault, 1, Integer::sum);
    }
    if (hurt > 0) {
      felt.merge(fault, 1, Integer::sum);
    }
    progress.accept("%-18s %s%s (%d ms): %d calls were sent again; %d claims so far"
            .formatted(fault, deed.what(), deed.bit() ? "" : ", which did nothing", TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start), hurt, log.claims()));
  }

  private static Fault any(Random random) {
    List<Fault> urn = new ArrayList<>();
    Arrays.stream(Fault.values()).forEach(fault -> urn.addAll(Collections.nCopies(fault.weight, fault)));
    return urn.get(random.nextInt(urn.size()));
  }

  private Deed act(Fault fault) throws InterruptedException {
    return switch (fault) {
      case KILL_COORDINATOR -> kill(coordinator());
      case PAUSE_COORDINATOR -> pause(coordinator(), 500 + random.nextInt(4_500));
      case KILL_GOVERNOR -> kill(fabric.governor());
      case KILL_ETCD -> kill(fabric.etcd());
      case PAUSE_ETCD -> pause(fabric.etcd(), 500 + random.nextInt(3_500));
      case KILL_NATS -> kill(fabric.nats());
      case PAUSE_NATS -> pause(fabric.nats(), 500 + random.nextInt(2_500));
      case DEAF_ETCD -> deafen(100 + random.nextInt(900));
      case CUT_ETCD -> cut(etcd);
      case LATE_ETCD -> late(20 + random.nextInt(100));
      case CUT_NATS -> cut(nats);
      case EXPIRE_SESSIONS -> expire();
    };
  }

  private ServerProcess coordinator() {
    return fabric.coordinators().get(random.nextInt(fabric.coordinators().size()));
  }

  private Deed kill(ServerProcess process) throws InterruptedException {
    process.kill();
    boolean dead = !Pulse.beats(process);
    rest(Duration.ofMillis(random.nextInt(500)));
    start(process, STARTS);
    return new Deed(process.name(), dead);
  }

  /** On a machine that is busy with other things a start may take longer than anybody waits for it. */
  private void start(ServerProcess process, int tries) {
    try {
      process.start();
    } catch (LocalRunException notReady) {
      if (tries == 1) {
        throw notReady;
      }
      progress.accept(process.name() + " did not start in time and is started again");
      start(process, tries - 1);
    }
  }

  private Deed pause(ServerProcess process, int millis) throws InterruptedException {
    long over = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    process.pause();
    boolean frozen;
    try {
      frozen = !Pulse.beats(process);
      rest(Duration.ofNanos(Math.max(0, over - System.nanoTime())));
    } finally {
      process.resume();
    }
    return new Deed(process.name() + " for " + millis + " ms", frozen);
  }

  private Deed deafen(int millis) throws InterruptedException {
    long lost = etcd.deafen(Duration.ofMillis(millis));
    return new Deed("for " + millis + " ms", lost > 0);
  }

  private Deed late(int millis) throws InterruptedException {
    long late = etcd.delay(Duration.ofMillis(millis), Duration.ofSeconds(2));
    return new Deed("by " + millis + " ms each", late > 0);
  }

  private static Deed cut(TcpProxy proxy) {
    int connections = proxy.cut();
    return new Deed(connections + " connections", connections > 0);
  }

  private Deed expire() throws InterruptedException {
    int ended = storm.run();
    return new Deed(ended + " of " + Storm.SWARMS, Storm.isOne(ended));
  }

  private void rest(Duration time) throws InterruptedException {
    never.await(time.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** How often each fault was made. */
  Map<Fault, Integer> made() {
    return made;
  }

  /** How often each did what it was to do. */
  Map<Fault, Integer> bit() {
    return bit;
  }

  /** How often clients felt it: a call found no answer and was sent again. */
  Map<Fault, Integer> felt() {
    return felt;
  }

  int count() {
    return made.values().stream().mapToInt(Integer::intValue).sum();
  }
}
