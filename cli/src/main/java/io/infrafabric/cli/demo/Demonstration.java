package io.infrafabric.cli.demo;

import io.infrafabric.cli.demo.census.CensusJob;
import io.infrafabric.cli.demo.census.CensusReport;
import io.infrafabric.cli.demo.census.SourceTree;
import io.infrafabric.cli.demo.history.ClaimHistory;
import io.infrafabric.cli.demo.history.HistoryRecorder;
import io.infrafabric.cli.demo.history.TaskVersion;
import io.infrafabric.cli.demo.swarm.LanePlan;
import io.infrafabric.cli.demo.swarm.SwarmJob;
import io.infrafabric.cli.fabric.FabricClients;
import io.infrafabric.cli.output.Talk;
import io.infrafabric.cli.run.RunningFabric;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.kit.lifecycle.Threads;
import io.infrafabric.kit.nats.NatsBus;
import io.infrafabric.kit.nats.NatsSettings;
import io.infrafabric.kit.telemetry.Telemetry;
import io.infrafabric.names.Subjects;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** One run: census and swarms at the same time in a fabric of its own, and what etcd, the clients and the books say of it. */
final class Demonstration {
  private static final Duration CONNECT = Duration.ofSeconds(30);
  private static final Duration HISTORY = Duration.ofSeconds(30);

  private final Path home;
  private final SourceTree tree;
  private final Talk talk;
  private final List<String> troubles = new ArrayList<>();

  Demonstration(Path home, SourceTree tree, Talk talk) {
    this.home = home;
    this.tree = tree;
    this.talk = talk;
  }

  /** What the run left behind. */
  record Run(Path folder, Summary summary) {}

  /** What is known before the fabric is stopped. */
  private record Seen(WorkReport work, CensusReport census, List<SwarmMoney> money, ClaimHistory.Verdict history) {}

  Run run() throws InterruptedException {
    RunningFabric fabric = RunningFabric.startBeside(home, talk::say);
    Seen seen;
    try (fabric;
        Telemetry telemetry = fabric.clientTelemetry("demo-agents")) {
      seen = within(fabric, telemetry);
      talk.say("stopping the fabric...");
    }
    List<String> reasons = Judgement.of(seen.work(), seen.census(), seen.money(), seen.history(), troubles);
    TraceReport traces = new TraceReport(fabric.traces(), fabric.traceCount());
    return new Run(
        fabric.folder(),
        new Summary(tree.root().toString(), seen.work(), seen.census(), seen.money(), seen.history(), traces, reasons));
  }

  private Seen within(RunningFabric fabric, Telemetry telemetry) throws InterruptedException {
    try (FabricClients clients = new FabricClients(fabric.addresses());
        NatsBus bus = NatsBus.start(NatsSettings.of(fabric.addresses().nats()), "demo", Telemetry.none());
        HistoryRecorder recorder = HistoryRecorder.start(fabric.etcdEndpoint());
        CensusJob census = new CensusJob(clients, bus.objects(Subjects.OBJECTS_BUCKET), tree);
        SwarmJob swarms = new SwarmJob(clients, telemetry)) {
      bus.awaitConnected(CONNECT);
      census.prepare(home);
      swarms.prepare();
      talk.say("working: %d files to count, %d dependent tasks for 7 swarms of 7 agents".formatted(census.size(), swarms.size()));
      long start = System.nanoTime();
      CensusReport report = work(census, swarms);
      long wallMillis = (System.nanoTime() - start) / 1_000_000;
      WorkReport work = report(census, swarms, wallMillis);
      swarms.close();
      troubles.addAll(swarms.troubles());
      List<SwarmMoney> money = new Books(clients).settled(accounts());
      return new Seen(work, report, money, judge(recorder, submitted(census, swarms)));
    }
  }

  private CensusReport work(CensusJob census, SwarmJob swarms) throws InterruptedException {
    try (var executor = Threads.virtualPerTask("demo");
        var progress = new ProgressDisplay(talk, census, swarms)) {
      CompletableFuture<CensusReport> counting = CompletableFuture.supplyAsync(() -> interruptibly(census::run), executor);
      CompletableFuture<Void> lanes =
          CompletableFuture.runAsync(
              () ->
                  interruptibly(
                      () -> {
                        swarms.run();
                        return null;
                      }),
              executor);
      lanes.exceptionally(failure -> trouble("swarms", failure)).join();
      return counting
          .exceptionally(
              failure -> {
                trouble("census", failure);
                return CensusReport.of(Map.of(), Map.of(), tree.skipped());
              })
          .join();
    }
  }

  private Void trouble(String what, Throwable failure) {
    Throwable cause = failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    troubles.add("%s: %s".formatted(what, cause.getMessage()));
    return null;
  }

  private interface Interruptible<T> {
    T call() throws InterruptedException;
  }

  private static <T> T interruptibly(Interruptible<T> work) {
    try {
      return work.call();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private static WorkReport report(CensusJob census, SwarmJob swarms, long wallMillis) {
    Map<String, Task> ended = new TreeMap<>(census.ended());
    ended.putAll(swarms.ended());
    int completed = Math.toIntExact(ended.values().stream().filter(Task::hasCompleted).count());
    int tasks = submitted(census, swarms).size();
    return new WorkReport(tasks, completed, ended.size() - completed, wallMillis, ClaimReport.of(swarms.claims()));
  }

  private static Set<String> submitted(CensusJob census, SwarmJob swarms) {
    Set<String> ids = new HashSet<>(census.taskIds());
    ids.addAll(swarms.taskIds());
    return ids;
  }

  private static List<String> accounts() {
    return Stream.concat(Stream.of(CensusJob.SWARM), IntStream.rangeClosed(1, LanePlan.LANES).mapToObj(i -> "s" + i)).toList();
  }

  private ClaimHistory.Verdict judge(HistoryRecorder recorder, Set<String> submitted) throws InterruptedException {
    List<TaskVersion> history = List.of();
    try {
      history = recorder.finish(HISTORY);
    } catch (IllegalStateException incomplete) {
      troubles.add(incomplete.getMessage());
    }
    return ClaimHistory.judge(history, submitted);
  }
}
