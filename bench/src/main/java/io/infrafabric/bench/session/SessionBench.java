package io.infrafabric.bench.session;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.options.GetOption;
import io.infrafabric.bench.Calm;
import io.infrafabric.bench.CpuMeter;
import io.infrafabric.bench.EtcdMetrics;
import io.infrafabric.bench.Part;
import io.infrafabric.bench.Samples;
import io.infrafabric.bench.Talk;
import io.infrafabric.bench.load.Backlog;
import io.infrafabric.bench.load.Claimers;
import io.infrafabric.local.LocalFabric;
import io.infrafabric.local.ServiceKind;
import io.infrafabric.names.Keys;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Many sessions on one coordinator: what they cost while they are kept alive, and what all of them ending at once does to others. */
public final class SessionBench implements Part {
  private static final long LOOK_MILLIS = 100;
  private static final int CLAIMERS = 64;

  /** Of claims while sessions end, so that there are enough for a percentile. */
  private static final long SHORTEST_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final Path home;
  private final Plan plan;

  /**
   * What to measure.
   *
   * @param sessions that do nothing
   * @param ttlSeconds how long each lives without a renewal
   * @param perSecond claims of others a second
   * @param seconds of each stretch
   * @param warmUpSeconds of claims before anything is measured
   * @param settings of the services, by the names of their variables
   */
  public record Plan(int sessions, int ttlSeconds, int perSecond, int seconds, int warmUpSeconds, Map<String, String> settings) {}

  /** CPU of the processes, in cores, and what etcd wrote, a second. */
  private record Load(double coordinator, double etcd, double governor, double proposals, double syncs) {
    String line() {
      return String.format(
          Locale.ROOT,
          "coordinator %.3f, etcd %.3f, governor %.3f cores; etcd: %.0f writes/s, %.0f syncs/s",
          coordinator, etcd, governor, proposals, syncs);
    }

    String json() {
      return String.format(
          Locale.ROOT,
          "{\"coordinatorCores\":%.4f,\"etcdCores\":%.4f,\"governorCores\":%.4f,\"etcdWritesPerSecond\":%.1f,\"etcdSyncsPerSecond\":%.1f}",
          coordinator, etcd, governor, proposals, syncs);
    }
  }

  public SessionBench(Path home, Plan plan) {
    this.home = home;
    this.plan = plan;
  }

  @Override
  public Outcome run(Talk talk) throws Exception {
    LocalFabric.Builder builder = LocalFabric.of(home).without(ServiceKind.CHASSIS).progress(talk::progress);
    plan.settings().forEach(builder::setting);
    try (LocalFabric fabric = builder.start();
        Backlog backlog = new Backlog(fabric.coordinators().getFirst().address());
        Sleepers sleepers =
            new Sleepers(fabric.coordinators().getFirst().address(), fabric.governor().address(), plan.sessions(), plan.ttlSeconds());
        Client etcd = Client.builder().endpoints(fabric.etcd().address()).build()) {
      return new Run(fabric, backlog, sleepers, etcd, talk).measure();
    }
  }

  /** One run on one fabric. */
  private final class Run {
    private final LocalFabric fabric;
    private final Backlog backlog;
    private final Sleepers sleepers;
    private final Client etcd;
    private final Talk talk;
    private final CpuMeter cpu;

    Run(LocalFabric fabric, Backlog backlog, Sleepers sleepers, Client etcd, Talk talk) {
      this.fabric = fabric;
      this.backlog = backlog;
      this.sleepers = sleepers;
      this.etcd = etcd;
      this.talk = talk;
      this.cpu = new CpuMeter(fabric);
    }

    Outcome measure() throws Exception {
      backlog.growTo(CLAIMERS);
      try (Claimers claimers = new Claimers(fabric.coordinators().getFirst().address(), fabric.governor().address(), CLAIMERS)) {
        backlog.growTo(Others.enough(claimers, plan.perSecond()));
        talk.progress("warming up for " + plan.warmUpSeconds() + " s");
        try (Others others = new Others(claimers, backlog, plan.perSecond())) {
          TimeUnit.SECONDS.sleep(plan.warmUpSeconds());
          others.between(0, 0);
        }
        Calm.await(cpu);
        Load without = load();
        talk.progress("opening " + plan.sessions() + " sessions");
        sleepers.begin();
        TimeUnit.SECONDS.sleep(plan.ttlSeconds()); // what their opening has caused is over
        sleepers.latencies();
        Load with = load();
        long[] renewals = sleepers.latencies();
        Samples renewed = Samples.of(List.of(renewals), TimeUnit.SECONDS.toNanos(plan.seconds()));
        long alive = sessions();
        talk.line("%,d sessions of %d s, %,d alive after %d s of renewals, %d of which failed", plan.sessions(), plan.ttlSeconds(), alive - CLAIMERS, plan.ttlSeconds() + plan.seconds(), sleepers.failed());
        talk.line("    renewals        %s", renewed.line());
        talk.line("    without them    %s", without.line());
        talk.line("    with them       %s", with.line());
        String members = expiry(claimers, alive);
        return new Outcome(
            List.of(
                "\"sessions\":{\"count\":%d,\"ttlSeconds\":%d,\"alive\":%d,\"renewals\":%s,\"without\":%s,\"with\":%s,%s}"
                    .formatted(plan.sessions(), plan.ttlSeconds(), alive - CLAIMERS, renewed.json(), without.json(), with.json(), members)),
            alive - CLAIMERS == plan.sessions());
      }
    }

    /** Lets all end at once while others claim. */
    private String expiry(Claimers claimers, long alive) throws Exception {
      long stretch = TimeUnit.SECONDS.toNanos(plan.seconds());
      backlog.growTo(Others.enough(claimers, plan.perSecond()));
      try (Others others = new Others(claimers, backlog, plan.perSecond())) {
        TimeUnit.SECONDS.sleep(2);
        long begin = System.nanoTime();
        TimeUnit.NANOSECONDS.sleep(stretch);
        long end = System.nanoTime();
        talk.progress("no session is renewed any more");
        sleepers.fallAsleep();
        int again = claimers.sentAgain();
        long first = awaitAtMost(alive - 1);
        EtcdMetrics metrics = EtcdMetrics.of(fabric.etcd().address());
        CpuMeter.Reading before = cpu.read();
        long last = awaitAtMost(CLAIMERS);
        double seconds = (last - first) / 1e9;
        Load load = load(before, metrics, seconds);
        TimeUnit.NANOSECONDS.sleep(2 * stretch);
        Samples earlier = others.between(begin, end);
        Samples during = others.between(first, Math.max(last, first + SHORTEST_NANOS));
        Samples later = others.between(last + stretch, last + 2 * stretch);
        talk.line(
            "all end at once: %.1f s from the first to the last (%.0f a second); others claim %d times a second",
            seconds, (alive - CLAIMERS) / seconds, plan.perSecond());
        talk.line("    claims before   %s", earlier.line());
        talk.line("    claims during   %s   p99 %.1fx", during.line(), during.percentileMillis(99) / earlier.percentileMillis(99));
        talk.line("    claims after    %s", later.line());
        talk.line("    during          %s; %d calls of others refused for the moment and sent again", load.line(), claimers.sentAgain() - again);
        return String.format(
            Locale.ROOT,
            "\"expirySeconds\":%.3f,\"claimsBefore\":%s,\"claimsDuring\":%s,\"claimsAfter\":%s,\"during\":%s",
            seconds, earlier.json(), during.json(), later.json(), load.json());
      }
    }

    private Load load() throws Exception {
      EtcdMetrics metrics = EtcdMetrics.of(fabric.etcd().address());
      CpuMeter.Reading before = cpu.read();
      long begin = System.nanoTime();
      TimeUnit.SECONDS.sleep(plan.seconds());
      return load(before, metrics, (System.nanoTime() - begin) / 1e9);
    }

    private Load load(CpuMeter.Reading before, EtcdMetrics earlier, double seconds) throws Exception {
      CpuMeter.Reading now = cpu.read();
      EtcdMetrics wrote = EtcdMetrics.of(fabric.etcd().address()).since(earlier);
      List<Double> cores = new ArrayList<>();
      for (String name : List.of(fabric.coordinators().getFirst().name(), fabric.etcd().name(), fabric.governor().name())) {
        cores.add(now.since(before, name).toNanos() / 1e9 / seconds);
      }
      return new Load(cores.get(0), cores.get(1), cores.get(2), wrote.proposals() / seconds, wrote.logSyncs() / seconds);
    }

    /** Waits until there are so few sessions in etcd; answers when that was. */
    private long awaitAtMost(long count) throws Exception {
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10L * plan.ttlSeconds() + 120);
      while (sessions() > count) {
        if (System.nanoTime() > deadline) {
          throw new IllegalStateException("%d sessions have not ended".formatted(sessions() - CLAIMERS));
        }
        TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
      }
      return System.nanoTime();
    }

    private long sessions() throws Exception {
      ByteSequence prefix = ByteSequence.from(new Keys(Keys.DEFAULT_ROOT).sessions(), StandardCharsets.UTF_8);
      return etcd.getKVClient().get(prefix, GetOption.builder().isPrefix(true).withCountOnly(true).build()).get().getCount();
    }
  }
}
