package io.infrafabric.testkit.chaos;

import io.infrafabric.local.LocalFabric;
import io.infrafabric.local.LocalRunException;
import io.infrafabric.local.ServerProcess;
import io.infrafabric.testkit.history.CallLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Makes one fault after the other, and notes which of them the clients felt. */
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
  private final Map<Fault, Integer> felt = new EnumMap<>(Fault.class);

  Nemesis(LocalFabric fabric, TcpProxy etcd, TcpProxy nats, Storm storm, CallLog log, Consumer<String> progress, long seed) {
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
    make(any());
  }

  /** Makes this one. */
  void make(Fault fault) throws InterruptedException {
    long before = log.again();
    long start = System.nanoTime();
    String what = act(fault);
    rest(TO_BE_FELT);
    long hurt = log.again() - before;
    made.merge(fault, 1, Integer::sum);
    if (hurt > 0 || fault == Fault.EXPIRE_SESSIONS && storm.ended() > 0) {
      felt.merge(fault, 1, Integer::sum);
    }
    progress.accept("%-18s %s (%d ms): %d calls were sent again; %d claims so far"
            .formatted(fault, what, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start), hurt, log.claims()));
  }

  private Fault any() {
    List<Fault> urn = new ArrayList<>();
    Arrays.stream(Fault.values()).forEach(fault -> urn.addAll(Collections.nCopies(fault.weight, fault)));
    return urn.get(random.nextInt(urn.size()));
  }

  private String act(Fault fault) throws InterruptedException {
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
      case EXPIRE_SESSIONS -> storm.run();
    };
  }

  private ServerProcess coordinator() {
    return fabric.coordinators().get(random.nextInt(fabric.coordinators().size()));
  }

  private String kill(ServerProcess process) throws InterruptedException {
    process.kill();
    rest(Duration.ofMillis(random.nextInt(500)));
    start(process, STARTS);
    return process.name();
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

  private String pause(ServerProcess process, int millis) throws InterruptedException {
    process.pause();
    try {
      rest(Duration.ofMillis(millis));
    } finally {
      process.resume();
    }
    return process.name();
  }

  private String deafen(int millis) throws InterruptedException {
    etcd.deafen(Duration.ofMillis(millis));
    return "for " + millis + " ms";
  }

  private String late(int millis) throws InterruptedException {
    etcd.delay(Duration.ofMillis(millis), Duration.ofSeconds(2));
    return "by " + millis + " ms each";
  }

  private static String cut(TcpProxy proxy) {
    proxy.cut();
    return "all connections";
  }

  private void rest(Duration time) throws InterruptedException {
    never.await(time.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** How often each fault was made. */
  Map<Fault, Integer> made() {
    return made;
  }

  /** How often clients felt it: a call found no answer and was sent again. */
  Map<Fault, Integer> felt() {
    return felt;
  }

  int count() {
    return made.values().stream().mapToInt(Integer::intValue).sum();
  }
}
