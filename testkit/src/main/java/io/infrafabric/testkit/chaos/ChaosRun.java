package io.infrafabric.testkit.chaos;

import io.etcd.jetcd.Client;
import io.grpc.Channel;
import io.infrafabric.kit.etcd.EtcdSettings;
import io.infrafabric.kit.etcd.EtcdStore;
import io.infrafabric.kit.grpc.GrpcClient;
import io.infrafabric.kit.lifecycle.Periodic;
import io.infrafabric.local.LocalFabric;
import io.infrafabric.local.ServiceKind;
import io.infrafabric.local.ServiceProcess;
import io.infrafabric.names.Keys;
import io.infrafabric.testkit.Stalls;
import io.infrafabric.testkit.history.CallLog;
import io.infrafabric.testkit.history.CallRules;
import io.infrafabric.testkit.history.HistoryJudge;
import io.infrafabric.testkit.history.HistoryRecorder;
import io.infrafabric.testkit.history.MessageRules;
import io.infrafabric.testkit.history.Violation;
import io.infrafabric.testkit.history.Violation.Invariant;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A fabric of processes with many clients, while its parts are killed, frozen and cut off; then a judgement of etcd's whole
 * history and of every word that the clients were told.
 */
public final class ChaosRun implements AutoCloseable {
  private static final int COORDINATORS = 2;
  private static final Duration COMPACT = Duration.ofMillis(100);
  private static final int KEPT = 40;
  private static final int HELD = 300;
  private static final Duration CALL = Duration.ofSeconds(3);
  private static final Duration QUIET = Duration.ofMinutes(3);
  private static final Duration CONVERGED = Duration.ofSeconds(5);
  private static final Duration LOOK = Duration.ofMillis(100);
  private static final CrowdSettings CROWD =
      new CrowdSettings("chaos", "chaos:work", 48, 16, 24, Duration.ofSeconds(2), 600, 4, 1_000, 100_000_000, Duration.ofSeconds(10), true, 30, 25, Duration.ofMillis(100));
  private static final CrowdSettings STORM =
      new CrowdSettings("storm", "chaos:work", 0, 0, 0, Duration.ZERO, 0, 2, 1_000, 100_000_000, Duration.ofSeconds(6), false, 0, 0, Duration.ofMillis(50));

  private final ChaosSettings settings;
  private final Consumer<String> progress;
  private final Random seeds;
  private final CallLog log = new CallLog();
  private final HistoryJudge judge = new HistoryJudge(new Keys());
  private final AtomicLong compactions = new AtomicLong();
  private final AtomicBoolean compacting = new AtomicBoolean();
  private final Queue<Long> passed = new ArrayDeque<>();
  private volatile long compacted;
  private final List<AutoCloseable> open = new ArrayList<>();
  private final NatsVandal vandal;
  private LocalFabric fabric;
  private TcpProxy etcd;
  private TcpProxy nats;
  private HistoryRecorder recorder;
  private final List<Channel> coordinators = new ArrayList<>();
  private Channel governor;

  private ChaosRun(ChaosSettings settings, Consumer<String> progress) {
    this.settings = settings;
    this.progress = progress;
    this.seeds = new Random(settings.seed());
    this.vandal = opened(new NatsVandal(seeds.nextLong()));
  }

  /**
   * Runs and judges.
   *
   * @param progress hears a line now and then
   */
  public static ChaosReport of(ChaosSettings settings, Consumer<String> progress) throws IOException, InterruptedException {
    try (ChaosRun run = new ChaosRun(settings, progress)) {
      run.start();
      return run.run();
    }
  }

  private <T extends AutoCloseable> T opened(T part) {
    open.add(part);
    return part;
  }

  private void start() {
    LocalFabric.Builder builder =
        LocalFabric.of(settings.repository())
            .folder(settings.folder())
            .coordinators(COORDINATORS)
            .without(ServiceKind.CHASSIS)
            .through(this::etcdProxy, this::natsProxy);
    fabric = opened((settings.atLeast().isZero() ? builder.shortLived() : builder).start());
    EtcdStore straight = opened(new EtcdStore(EtcdSettings.of(List.of(fabric.etcd().address()))));
    recorder = opened(HistoryRecorder.start(straight, judge));
    fabric.coordinators().forEach(service -> coordinators.add(opened(GrpcClient.channel(service.address(), CALL)).channel()));
    governor = opened(GrpcClient.channel(fabric.governor().address())).channel();
    Client compactor = opened(Client.builder().endpoints(fabric.etcd().address()).build());
    opened(Periodic.start("compact", COMPACT, () -> compact(compactor)));
    progress.accept("etcd %s, NATS %s, %d coordinators; seed %d".formatted(fabric.etcd().version(), fabric.nats().version(), COORDINATORS, settings.seed()));
  }

  private String etcdProxy(String endpoint) {
    etcd = opened(TcpProxy.to(URI.create(endpoint).getPort()));
    return "http://127.0.0.1:" + etcd.port();
  }

  private String natsProxy(String url) {
    nats = opened(TcpProxy.to(URI.create(url).getPort(), vandal::pump, vandal::pump));
    return "nats://127.0.0.1:" + nats.port();
  }

  /**
   * Forgets what the judge has seen a while ago: those who lag behind more than that must list anew. A list must fit into that
   * while, because it is read at one revision. What the witness log has yet to cover is kept for half a minute more, as coordinators keep it.
   */
  private void compact(Client client) {
    passed.add(recorder.seen());
    long upTo = letGo(recorder.ask(now -> now.witness().covered()));
    if (upTo > compacted && compacting.compareAndSet(false, true)) {
      client
          .getKVClient()
          .compact(upTo)
          .whenComplete(
              (done, failure) -> {
                compacted = upTo;
                compactions.addAndGet(failure == null ? 1 : 0);
                compacting.set(false);
              });
    }
  }

  /** The newest revision that nobody needs any more, 0 when there is none. */
  private long letGo(long covered) {
    long upTo = 0;
    while (passed.size() > KEPT && (passed.peek() <= covered || passed.size() > KEPT + HELD)) {
      upTo = passed.poll();
    }
    return upTo;
  }

  /** The faults that a run needs are spread over the claims that it needs, so that none of these is made in peace. */
  private long claimsBefore(int faults) {
    return (long) settings.claims() * faults / Math.max(1, settings.faults());
  }

  private ChaosReport run() throws IOException, InterruptedException {
    long start = System.nanoTime();
    Storm storm = new Storm(STORM, log, coordinators, governor, recorder, seeds.nextLong());
    storm.register();
    Nemesis nemesis = new Nemesis(fabric, etcd, nats, storm, log, progress, settings.faults(), seeds.nextLong());
    NatsEars ears = opened(NatsEars.at(fabric.nats().address(), log));
    try (Crowd crowd = Crowd.start(CROWD, log, coordinators, governor, judge::runnable, seeds.nextLong())) {
      vandal.set(true);
      while (!isEnough(nemesis, start) && since(start).compareTo(settings.atMost()) < 0) {
        boolean allMade = nemesis.count() >= settings.faults();
        if (allMade ? since(start).compareTo(settings.atLeast()) >= 0 : log.claims() < claimsBefore(nemesis.count())) {
          LockSupport.parkNanos(LOOK.toNanos()); // messages and compaction go on as before
          continue;
        }
        nemesis.next();
      }
      vandal.set(false);
      progress.accept("calm after %d claims and %d faults in %d s".formatted(log.claims(), nemesis.count(), since(start).toSeconds()));
      crowd.calmDown(QUIET);
      await(QUIET, () -> recorder.ask(now -> now.unfinished().isEmpty() && now.unbooked().isEmpty() && now.witness().isCovered()));
    }
    recorder.finish(QUIET);
    List<Violation> violations = judge(ears);
    progress.accept("judged %d revisions, %d s in all".formatted(judge.revision(), since(start).toSeconds()));
    return report(nemesis, violations);
  }

  private boolean isEnough(Nemesis nemesis, long start) {
    return log.claims() >= settings.claims() && nemesis.count() >= settings.faults() && since(start).compareTo(settings.atLeast()) >= 0;
  }

  private List<Violation> judge(NatsEars ears) {
    List<Violation> violations = new ArrayList<>(judge.violations());
    violations.addAll(CallRules.judge(judge.deeds(), log.calls()));
    violations.addAll(MessageRules.judgeTruth(judge.deeds(), ears.heard(), judge.revision()));
    violations.addAll(judge.losses(log.submitted()));
    violations.addAll(judge.missing(log.mapped()));
    judge.unfinished().forEach(task -> violations.add(new Violation(Invariant.I2_NO_LOSS, task, 0, "nobody does it")));
    judge.deeds().openBlockers().forEach(blocker -> violations.add(new Violation(Invariant.I2_NO_LOSS, blocker, 0, "is a blocker that nobody has resolved")));
    judge.unbooked().forEach(swarm -> violations.add(new Violation(Invariant.I7_MONEY_IS_CONSERVED, swarm, 0, "is never booked")));
    violations.addAll(WitnessExport.judge(judge.witness(), governor, fabric.witness()));
    progress.accept("witness log: %d entries for %d changes".formatted(judge.witness().size(), judge.witness().changes()));
    Map<String, Long> truth = judge.tasks();
    if (!Stalls.within(CONVERGED, () -> views(truth).isEmpty())) {
      violations.addAll(views(truth));
    }
    return violations;
  }

  private List<Violation> views(Map<String, Long> truth) {
    List<Violation> wrong = new ArrayList<>();
    for (int i = 0; i < coordinators.size(); i++) {
      wrong.addAll(Views.judge("coordinator " + (i + 1), coordinators.get(i), truth));
    }
    return wrong;
  }

  private ChaosReport report(Nemesis nemesis, List<Violation> violations) throws IOException {
    List<Path> logs = Stream.concat(fabric.coordinators().stream(), Stream.of(fabric.governor())).map(ServiceProcess::log).toList();
    return new ChaosReport(
        settings,
        log.claims(),
        judge.revision(),
        judge.twins(),
        judge.decidedByTwins(),
        judge.deeds().parkings(),
        judge.deeds().resumptions(),
        log.calls().size(),
        log.unknowns(),
        log.again(),
        vandal.harmed(),
        compactions.get(),
        CompactedWatches.in(logs),
        nemesis.made(),
        nemesis.bit(),
        nemesis.felt(),
        recorder.missed(),
        violations,
        log.surprises());
  }

  private static Duration since(long startNanos) {
    return Duration.ofNanos(System.nanoTime() - startNanos);
  }

  private static void await(Duration patience, BooleanSupplier done) {
    long deadline = System.nanoTime() + patience.toNanos();
    while (!done.getAsBoolean() && System.nanoTime() < deadline) {
      LockSupport.parkNanos(LOOK.toNanos());
    }
  }

  /** The data of a run takes much room; its logs do not. */
  private void delete(Path data) {
    try (Stream<Path> files = Files.walk(data)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } catch (IOException | UncheckedIOException gone) {
      progress.accept("left behind: " + data);
    }
  }

  /** Closes what was opened last first. */
  @Override
  public void close() {
    for (AutoCloseable part : open.reversed()) {
      try {
        part.close();
      } catch (Exception failure) {
        progress.accept("could not be closed: " + failure);
      }
    }
    delete(settings.folder().resolve("etcd/data"));
    delete(settings.folder().resolve("nats/store"));
  }
}
