package io.infrafabric.bench.rival;

import io.infrafabric.bench.Calm;
import io.infrafabric.bench.CpuMeter;
import io.infrafabric.bench.EtcdMetrics;
import io.infrafabric.bench.Machine;
import io.infrafabric.bench.Part;
import io.infrafabric.bench.Talk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Completed jobs a second, beside the queues that people would pick instead. Every one is told to have each job on disk before it
 * answers; their rounds take turns, so that a slow moment of the machine meets all, and only one works at a time.
 */
public final class RivalBench implements Part {
  /** The queues that can be had; the third takes and gives back 500 jobs at once. */
  public static final List<String> KNOWN = List.of("bullmq", "graphile-worker", "graphile-worker-batched", "jetstream");

  private static final String OURS = "InfraFabric";
  private static final double BULLMQ_AIM = 1.5;
  private static final int WARM_UP_WORKERS = 16;

  private final Path home;
  private final Plan plan;
  private final List<String> missing = new ArrayList<>();

  /**
   * What to measure.
   *
   * @param against which queues, of {@link #KNOWN}
   * @param workers sizes, one after the other
   * @param jobs in a round at most; a thousand for each worker
   * @param batch jobs in one submit
   * @param producers submits under way at once
   * @param rounds of each
   * @param warmUp how long all work before anything is measured
   * @param settings of the services, by the names of their variables
   */
  public record Plan(
      List<String> against, List<Integer> workers, int jobs, int batch, int producers, int rounds, Duration warmUp, Map<String, String> settings) {
    Rival.Load load(int size) {
      return new Rival.Load(size, Math.min(jobs, 1_000 * size), batch, producers);
    }
  }

  public RivalBench(Path home, Plan plan) {
    this.home = home;
    this.plan = plan;
  }

  @Override
  public Outcome run(Talk talk) throws Exception {
    Path folder = onDisk();
    List<Rival> rivals = new ArrayList<>();
    try {
      FabricJobs ours = FabricJobs.start(home, folder.resolve("fabric"), plan.settings());
      rivals.add(ours);
      startOthers(folder, rivals);
      introduce(talk, rivals);
      CpuMeter cpu = new CpuMeter(ours.fabric());
      warmUp(talk, rivals, cpu);
      List<RivalFigures> figures = new ArrayList<>();
      for (int size : plan.workers()) {
        figures.add(measure(plan.load(size), rivals, ours, cpu, talk));
      }
      return new Outcome(List.of("\"rivals\":" + json(rivals, figures)), rivals.size() > 1);
    } finally {
      for (Rival rival : rivals.reversed()) {
        rival.close();
      }
      delete(folder);
    }
  }

  private void startOthers(Path folder, List<Rival> rivals) throws Exception {
    for (String name : plan.against()) {
      try {
        rivals.add(
            switch (name) {
              case "bullmq" -> bullMq(folder);
              case "graphile-worker" -> graphileWorker(folder, "one", "a job is completed when its row is gone");
              case "graphile-worker-batched" ->
                  graphileWorker(folder, "many", "500 jobs are taken in one transaction and given back together: a crash repeats them");
              case "jetstream" -> JetStreamJobs.start(folder.resolve("nats"));
              default -> throw new MissingException("there is no " + name + "; there are " + String.join(", ", KNOWN));
            });
      } catch (MissingException e) {
        missing.add(e.getMessage());
      }
    }
  }

  private static Rival bullMq(Path folder) throws Exception {
    NodePackages packages = NodePackages.installed();
    RedisServer redis = RedisServer.start(folder.resolve("redis"));
    return NodeRival.start(
        "BullMQ",
        "submit, taking a job and completing it are each answered after Redis has synced its append-only file (fsync); those of one turn of its"
            + " loop share one sync",
        redis,
        packages,
        folder.resolve("bullmq.log"),
        List.of("bullmq.mjs", Integer.toString(redis.port())));
  }

  private static Rival graphileWorker(Path folder, String mode, String manner) throws Exception {
    NodePackages packages = NodePackages.installed();
    PostgresServer postgres = PostgresServer.start(folder.resolve("postgres-" + mode));
    return NodeRival.start(
        mode.equals("one") ? "graphile-worker" : "graphile-worker, 500 at once",
        "submit, taking a job and completing it are each committed after PostgreSQL has synced its log; commits at once share a sync; " + manner,
        postgres,
        packages,
        folder.resolve("graphile-" + mode + ".log"),
        List.of("graphile-worker.mjs", Integer.toString(postgres.port()), mode));
  }

  private void introduce(Talk talk, List<Rival> rivals) {
    talk.line("completed jobs a second, on %s", Machine.line());
    talk.line("what is on disk when it answers:");
    rivals.forEach(rival -> talk.line("    %s (%s): %s", rival.name(), rival.versions(), rival.durable()));
    missing.forEach(what -> talk.line("    left out: %s", what));
  }

  private void warmUp(Talk talk, List<Rival> rivals, CpuMeter cpu) throws Exception {
    talk.progress("warming up for " + plan.warmUp().toSeconds() + " s");
    long end = System.nanoTime() + plan.warmUp().toNanos();
    while (System.nanoTime() < end) {
      for (Rival rival : rivals) {
        rival.round(plan.load(WARM_UP_WORKERS));
      }
    }
    Calm.await(cpu);
  }

  private RivalFigures measure(Rival.Load load, List<Rival> rivals, FabricJobs ours, CpuMeter cpu, Talk talk) throws Exception {
    RivalFigures figures = new RivalFigures(load);
    String endpoint = ours.fabric().etcd().address();
    long syncs = 0;
    for (int round = 0; round < plan.rounds(); round++) {
      for (int i = 0; i < rivals.size(); i++) {
        Rival rival = rivals.get((i + round) % rivals.size());
        CpuMeter.Reading before = cpu.read();
        EtcdMetrics etcd = EtcdMetrics.of(endpoint);
        figures.add(rival.name(), rival.round(load));
        if (rival == ours) {
          syncs += EtcdMetrics.of(endpoint).since(etcd).logSyncs();
          Calm.await(cpu);
          cpu.add(before, load.jobs());
        }
      }
    }
    tell(talk, figures, rivals, cpu.line(), syncs / (double) plan.rounds() / load.jobs());
    return figures;
  }

  private void tell(Talk talk, RivalFigures figures, List<Rival> rivals, String cpu, double syncs) {
    Rival.Load load = figures.load();
    talk.line(
        "%d workers, %d jobs of 256 bytes in submits of %d, %d at once; median of %d rounds (slowest to fastest)",
        load.workers(), load.jobs(), load.batch(), load.producers(), plan.rounds());
    for (Rival rival : rivals) {
      talk.line("    %s", figures.line(rival.name(), OURS));
    }
    talk.line("    InfraFabric: etcd synced its log %.2f times a job; CPU a job, with what follows it: %s", syncs, cpu);
    for (Rival rival : rivals) {
      if (!rival.name().equals(OURS)) {
        talk.aim(
            "%d workers, ahead of %s (%.2fx)".formatted(load.workers(), rival.name(), figures.ratio(OURS, rival.name())),
            figures.ratio(OURS, rival.name()) > 1);
      }
      if (rival.name().equals("BullMQ") && load.workers() == 64) {
        talk.aim("64 workers, 1.5x BullMQ (%.2fx)".formatted(figures.ratio(OURS, "BullMQ")), figures.ratio(OURS, "BullMQ") >= BULLMQ_AIM);
      }
    }
  }

  private String json(List<Rival> rivals, List<RivalFigures> figures) {
    List<String> about =
        rivals.stream()
            .map(rival -> "{\"name\":\"%s\",\"versions\":\"%s\",\"durable\":\"%s\"}".formatted(rival.name(), rival.versions(), rival.durable()))
            .toList();
    return "{\"about\":[%s],\"leftOut\":[%s],\"figures\":[%s]}"
        .formatted(
            String.join(",", about),
            String.join(",", missing.stream().map(what -> "\"" + what.replace("\"", "'") + "\"").toList()),
            String.join(",", figures.stream().map(each -> each.json(OURS)).toList()));
  }

  /** A new folder that is kept on a disk: where /tmp is in memory, /var/tmp is not. */
  private static Path onDisk() throws IOException {
    Path various = Path.of("/var/tmp");
    return Files.isWritable(various) ? Files.createTempDirectory(various, "if-bench-") : Files.createTempDirectory("if-bench-");
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
