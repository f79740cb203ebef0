package io.infrafabric.bench.growth;

import io.infrafabric.bench.Calm;
import io.infrafabric.bench.CpuMeter;
import io.infrafabric.bench.EtcdMetrics;
import io.infrafabric.bench.Memory;
import io.infrafabric.bench.Part;
import io.infrafabric.bench.Samples;
import io.infrafabric.bench.Talk;
import io.infrafabric.bench.load.Backlog;
import io.infrafabric.bench.load.Claimers;
import io.infrafabric.bench.load.Crowd;
import io.infrafabric.coordinator.v1.GetStatusRequest;
import io.infrafabric.coordinator.v1.StateCount;
import io.infrafabric.coordinator.v1.StatusServiceGrpc;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.kit.grpc.GrpcClient;
import io.infrafabric.local.LocalFabric;
import io.infrafabric.local.ServerProcess;
import io.infrafabric.local.ServiceKind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Claims, memory and the start of a coordinator with more and more tasks that wait in etcd. */
public final class GrowthBench implements Part {
  private static final double HEAP_AIM_BYTES = 1_024;

  /** Below so many the rest of the heap hides what the tasks take. */
  private static final int WORTH_DIVIDING = 10_000;

  /** A million facts that are relayed take their time. */
  private static final Duration CALM_AT_MOST = Duration.ofMinutes(10);

  private static final long LOOK_MILLIS = 20;
  private static final long PATIENCE_SECONDS = 300;

  private final Path home;
  private final Plan plan;

  /**
   * What to measure.
   *
   * @param sizes waiting tasks, ascending
   * @param callers that claim at once
   * @param claims of all callers together at each size and of each kind, about
   * @param warmUp how long they claim before anything is measured
   * @param heap of the services, as {@code -Xmx} takes it
   * @param settings of the services, by the names of their variables
   */
  public record Plan(List<Integer> sizes, int callers, int claims, Duration warmUp, String heap, Map<String, String> settings) {}

  private record Figures(
      int size,
      Samples byId,
      Samples next,
      double loadedPerSecond,
      int sentAgain,
      long heapBytes,
      double heapOfATask,
      long residentBytes,
      long etcdResidentBytes,
      long etcdFileBytes,
      double portSeconds,
      double indexSeconds,
      long heapAfterStartBytes) {}

  public GrowthBench(Path home, Plan plan) {
    this.home = home;
    this.plan = plan;
  }

  @Override
  public Outcome run(Talk talk) throws Exception {
    LocalFabric.Builder builder = LocalFabric.of(home).without(ServiceKind.CHASSIS).jvmFlag("-Xmx" + plan.heap()).progress(talk::progress);
    plan.settings().forEach(builder::setting);
    try (LocalFabric fabric = builder.start();
        Backlog backlog = new Backlog(fabric.coordinators().getFirst().address())) {
      int first = plan.sizes().getFirst();
      backlog.growTo(first);
      try (Claimers claimers = new Claimers(fabric.coordinators().getFirst().address(), fabric.governor().address(), plan.callers())) {
        Run run = new Run(fabric, backlog, claimers, talk);
        run.warmUp(first);
        List<Figures> all = new ArrayList<>();
        for (int size : plan.sizes()) {
          all.add(run.at(size));
          run.tell(all.getLast());
        }
        return new Outcome(
            List.of("\"growth\":[" + String.join(",", all.stream().map(GrowthBench::json).toList()) + "]"), !all.isEmpty());
      }
    }
  }

  /** One run on one fabric. */
  private final class Run {
    private final LocalFabric fabric;
    private final ServerProcess coordinator;
    private final Backlog backlog;
    private final Claimers claimers;
    private final Talk talk;
    private long heapBefore;
    private int sizeBefore;

    Run(LocalFabric fabric, Backlog backlog, Claimers claimers, Talk talk) {
      this.fabric = fabric;
      this.coordinator = fabric.coordinators().getFirst();
      this.backlog = backlog;
      this.claimers = claimers;
      this.talk = talk;
    }

    void warmUp(int size) throws Exception {
      talk.progress("warming up for " + plan.warmUp().toSeconds() + " s");
      long end = System.nanoTime() + plan.warmUp().toNanos();
      while (System.nanoTime() < end) {
        claim(size, true);
        claim(size, false);
      }
      Calm.await(cpu());
      heapBefore = Memory.heapBytes(coordinator.pid());
      sizeBefore = size;
    }

    Figures at(int size) throws Exception {
      talk.progress("submitting tasks until " + size + " wait");
      int before = backlog.size();
      int again = backlog.sentAgain();
      long nanos = backlog.growTo(size + claimers.taken());
      double perSecond = (backlog.size() - before) / (nanos / 1e9);
      again = backlog.sentAgain() - again;
      if (!Calm.await(cpu(), CALM_AT_MOST)) {
        talk.line("    the fabric is still at work after %d s; its heap holds more than tasks", CALM_AT_MOST.toSeconds());
      }
      long heap = Memory.heapBytes(coordinator.pid());
      double ofATask = size - sizeBefore < WORTH_DIVIDING ? Double.NaN : (heap - heapBefore) / (double) (size - sizeBefore);
      long resident = Memory.residentBytes(coordinator.pid());
      long etcdResident = Memory.residentBytes(fabric.etcd().pid());
      long file = EtcdMetrics.of(fabric.etcd().address()).databaseBytes();
      Samples byId = claims(size, true);
      Samples next = claims(size, false);
      Calm.await(cpu());
      coordinator.stop();
      long begin = System.nanoTime();
      coordinator.start();
      double port = (System.nanoTime() - begin) / 1e9;
      awaitIndex(backlog.size() - claimers.taken());
      double index = (System.nanoTime() - begin) / 1e9;
      Calm.await(cpu(), CALM_AT_MOST);
      heapBefore = Memory.heapBytes(coordinator.pid());
      sizeBefore = backlog.size() - claimers.taken();
      return new Figures(size, byId, next, perSecond, again, heap, ofATask, resident, etcdResident, file, port, index, heapBefore);
    }

    /** The coordinator is another process after its restart. */
    private CpuMeter cpu() {
      return new CpuMeter(fabric);
    }

    private Samples claims(int size, boolean byId) throws Exception {
      List<long[]> rounds = new ArrayList<>();
      long wall = 0;
      int count = 0;
      while (count < plan.claims()) {
        Crowd.Round round = claim(size, byId);
        rounds.addAll(round.nanos());
        wall += round.wallNanos();
        count += claimers.count() * round.nanos().getFirst().length;
      }
      return Samples.of(rounds, wall);
    }

    /** One round: at most a quarter of what waits is taken, by id from the youngest, and submitted again before the next. */
    private Crowd.Round claim(int size, boolean byId) throws Exception {
      backlog.growTo(size + claimers.taken());
      int callers = claimers.count();
      int each = Math.max(1, Math.min(plan.claims(), size / 4) / callers);
      int last = backlog.size() - 1;
      List<long[]> nanos = new ArrayList<>();
      for (int i = 0; i < callers; i++) {
        nanos.add(new long[each]);
      }
      Crowd.Round round =
          Crowd.run(
              callers,
              each,
              (who, which) ->
                  nanos.get(who)[which] = byId ? claimers.take(who, Backlog.task(last - which * callers - who)) : claimers.takeNext(who));
      return new Crowd.Round(nanos, round.wallNanos());
    }

    /** Until the coordinator knows all tasks that wait. */
    private void awaitIndex(long waiting) throws InterruptedException {
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
      try (GrpcClient client = GrpcClient.channel(coordinator.address())) {
        StatusServiceGrpc.StatusServiceBlockingStub status = StatusServiceGrpc.newBlockingStub(client.channel()).withWaitForReady();
        long known = 0;
        while (known < waiting) {
          if (System.nanoTime() > deadline) {
            throw new IllegalStateException("the coordinator knows %d of %d tasks after %d s".formatted(known, waiting, PATIENCE_SECONDS));
          }
          known =
              status.getStatus(GetStatusRequest.getDefaultInstance()).getTasksList().stream()
                  .filter(count -> count.getState() == TaskState.TASK_STATE_READY)
                  .mapToLong(StateCount::getCount)
                  .sum();
          if (known < waiting) {
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
          }
        }
      }
    }

    void tell(Figures figures) {
      talk.line("%,d tasks wait (256 bytes each), %d callers without a pause", figures.size(), claimers.count());
      talk.line("    complete, then claim by id  %s", figures.byId().line());
      talk.line("    complete, then ClaimNext    %s", figures.next().line());
      talk.line("    submitted %.0f a second; %d submits refused for the moment and sent again", figures.loadedPerSecond(), figures.sentAgain());
      talk.line(
          "    coordinator: %s alive in the heap after GC%s, %s resident; etcd: %s resident, %s on disk",
          megabytes(figures.heapBytes()),
          Double.isNaN(figures.heapOfATask()) ? "" : String.format(Locale.ROOT, " (%.0f bytes a waiting task)", figures.heapOfATask()),
          megabytes(figures.residentBytes()),
          megabytes(figures.etcdResidentBytes()),
          megabytes(figures.etcdFileBytes()));
      talk.line(
          "    start: listening after %.2f s, every task in the index after %.2f s; then %s alive in the heap after GC",
          figures.portSeconds(),
          figures.indexSeconds(),
          megabytes(figures.heapAfterStartBytes()));
      if (!Double.isNaN(figures.heapOfATask())) {
        talk.aim(
            String.format(Locale.ROOT, "%,d tasks, less than 1 KiB of heap for each (%.0f bytes)", figures.size(), figures.heapOfATask()),
            figures.heapOfATask() < HEAP_AIM_BYTES);
      }
    }
  }

  private static String megabytes(long bytes) {
    return String.format(Locale.ROOT, "%.0f MB", bytes / 1e6);
  }

  private static String json(Figures figures) {
    return String.format(
        Locale.ROOT,
        "{\"tasks\":%d,\"claimById\":%s,\"claimNext\":%s,\"submittedPerSecond\":%.1f,\"heapBytes\":%d,\"heapBytesOfATask\":%s,"
            + "\"residentBytes\":%d,\"etcdResidentBytes\":%d,\"etcdFileBytes\":%d,\"listeningSeconds\":%.3f,\"indexSeconds\":%.3f,"
            + "\"heapAfterStartBytes\":%d}",
        figures.size(),
        figures.byId().json(),
        figures.next().json(),
        figures.loadedPerSecond(),
        figures.heapBytes(),
        Double.isNaN(figures.heapOfATask()) ? "null" : String.format(Locale.ROOT, "%.1f", figures.heapOfATask()),
        figures.residentBytes(),
        figures.etcdResidentBytes(),
        figures.etcdFileBytes(),
        figures.portSeconds(),
        figures.indexSeconds(),
        figures.heapAfterStartBytes());
  }
}
