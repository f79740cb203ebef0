package io.infrafabric.bench.claim;

import io.infrafabric.bench.CpuMeter;
import io.infrafabric.bench.Part;
import io.infrafabric.bench.Samples;
import io.infrafabric.bench.Talk;
import io.infrafabric.bench.load.Crowd;
import io.infrafabric.local.LocalFabric;
import io.infrafabric.local.ServiceKind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * Claims at the client over gRPC beside one raw etcd transaction for each, in turn on the same etcd, so that a slow moment of
 * the machine meets both. Twice: swarms at work, to whom tasks come in at a steady rate, and callers that claim without a pause.
 */
public final class ClaimBench implements Part {
  /** Claims of one caller in one round. */
  private static final int EACH_MOST = 600;

  private static final int EACH_ALL = 6_000;

  private static final int WORK_SECONDS = 5;

  /** Of each service: the ended tasks of a run stay in the coordinator's memory until they are archived, a day later. */
  private static final String HEAP = "-Xmx2g";

  private final Path home;
  private final Plan plan;

  /**
   * What to measure.
   *
   * @param swarms at work
   * @param rates tasks a second that come in for them, one stretch each
   * @param concurrency callers at once that claim without a pause
   * @param rounds of each side, in turn
   * @param warmUp how long both sides run before anything is measured
   * @param settings of the services, by the names of their variables
   */
  public record Plan(int swarms, List<Integer> rates, List<Integer> concurrency, int rounds, Duration warmUp, Map<String, String> settings) {}

  public ClaimBench(Path home, Plan plan) {
    this.home = home;
    this.plan = plan;
  }

  /** Not whole when a task was left undone. */
  @Override
  public Outcome run(Talk talk) throws Exception {
    LocalFabric.Builder builder = LocalFabric.of(home).without(ServiceKind.CHASSIS).jvmFlag(HEAP).progress(talk::progress);
    plan.settings().forEach(builder::setting);
    try (LocalFabric fabric = builder.start();
        RawEtcd raw = new RawEtcd(fabric.etcd().address());
        FabricClaims claims = new FabricClaims(fabric.coordinators().getFirst().address(), fabric.governor().address());
        Work work = new Work(fabric.coordinators().getFirst().address(), fabric.governor().address(), fabric.nats().address())) {
      CpuMeter cpu = new CpuMeter(fabric);
      talk.progress("warming up for " + plan.warmUp().toSeconds() + " s");
      warmUp(raw, claims, work);
      ClaimReport report = new ClaimReport(fabric.etcd().version(), fabric.nats().version(), talk);
      boolean whole = true;
      for (int rate : plan.rates()) {
        whole &= atWork(rate, raw, work, cpu, report);
      }
      for (int size : plan.concurrency()) {
        withoutPause(size, raw, claims, cpu, report);
      }
      return new Outcome(report.members(), whole);
    }
  }

  /** The services are fresh JVMs, which spend their first minute compiling: both sides run until that is over. */
  private void warmUp(RawEtcd raw, FabricClaims claims, Work work) throws Exception {
    long end = System.nanoTime() + plan.warmUp().toNanos();
    while (System.nanoTime() < end) {
      raw.round(64, 20);
      if (!plan.concurrency().isEmpty()) {
        claims.round(256, EACH_ALL / 256);
      }
      if (!plan.rates().isEmpty()) {
        work.run(plan.swarms(), Collections.max(plan.rates()), WORK_SECONDS);
      }
    }
  }

  private boolean atWork(int rate, RawEtcd raw, Work work, CpuMeter cpu, ClaimReport report) throws Exception {
    int each = Math.max(1, rate * WORK_SECONDS / plan.swarms());
    List<Crowd.Round> rawRounds = new ArrayList<>();
    List<Work.Result> results = new ArrayList<>();
    for (int i = 0; i < plan.rounds(); i++) {
      rawRounds.add(raw.round(plan.swarms(), each, rate));
      CpuMeter.Reading before = cpu.read();
      results.add(work.run(plan.swarms(), rate, WORK_SECONDS));
      cpu.add(before, (long) rate * WORK_SECONDS);
    }
    Work.Result all = Work.Result.of(results);
    report.atWork(plan.swarms(), rate, all, samples(rawRounds), cpu.line());
    return all.unfinished() == 0;
  }

  private void withoutPause(int size, RawEtcd raw, FabricClaims claims, CpuMeter cpu, ClaimReport report) throws Exception {
    int each = Math.max(20, Math.min(EACH_MOST, EACH_ALL / size));
    List<Crowd.Round> rawRounds = new ArrayList<>();
    List<Crowd.Round> fabricRounds = new ArrayList<>();
    for (int i = 0; i < plan.rounds(); i++) {
      rawRounds.add(raw.round(size, each));
      fabricRounds.add(claims.round(size, each, cpu));
    }
    report.withoutPause(size, samples(fabricRounds), samples(rawRounds), cpu.line());
  }

  private static Samples samples(List<Crowd.Round> rounds) {
    List<long[]> all = new ArrayList<>();
    rounds.forEach(round -> all.addAll(round.nanos()));
    return Samples.of(all, rounds.stream().mapToLong(Crowd.Round::wallNanos).sum());
  }
}
