package io.infrafabric.bench.blocker;

import io.infrafabric.bench.Part;
import io.infrafabric.bench.Samples;
import io.infrafabric.bench.Talk;
import io.infrafabric.bench.claim.RawEtcd;
import io.infrafabric.bench.load.Crowd;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.local.LocalFabric;
import io.infrafabric.local.ServiceKind;
import io.infrafabric.names.BlockerId;
import io.infrafabric.names.TaskId;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * Blockers one at a time: from RaiseBlocker to its answer, to an orchestrator's subscription, and to the doorbell of a helper whom the governor ranked.
 * In turn with each a bare message and a raw transaction on the same servers. Then many at once from one swarm, beside as many raw transactions at once.
 */
public final class BlockerBench implements Part {
  private static final double TOLD_AIM_MILLIS = 10;
  private static final double HELP_AIM_MILLIS = 60;
  private static final double BURST_AIM_MILLIS = 1_000;
  private static final int BURST_TASKS = 20;
  private static final long PATIENCE_SECONDS = 60;

  private final Path home;
  private final Plan plan;

  /**
   * What to measure.
   *
   * @param helpers swarms that meet the need
   * @param blockers one at a time
   * @param warmUp as many before anything is measured
   * @param burst blockers at once
   * @param rounds of these
   * @param settings of the services, by the names of their variables
   */
  public record Plan(int helpers, int blockers, int warmUp, int burst, int rounds, Map<String, String> settings) {}

  /**
   * @param stored from RaiseBlocker until the blocker is seen in etcd
   * @param helped from then until the task of its first helper is
   * @param offered from then until that helper's doorbell rings
   */
  private record Single(Samples answered, Samples told, Samples rung, Samples stored, Samples helped, Samples offered, Samples bare, Samples raw) {}

  /**
   * @param lastMillis from the first that was sent until the orchestrator was told of the last, of the slowest round
   */
  private record Burst(Samples answered, Samples told, Samples raw, double lastMillis) {}

  public BlockerBench(Path home, Plan plan) {
    this.home = home;
    this.plan = plan;
  }

  @Override
  public Outcome run(Talk talk) throws Exception {
    LocalFabric.Builder builder = LocalFabric.of(home).without(ServiceKind.CHASSIS).progress(talk::progress);
    plan.settings().forEach(builder::setting);
    try (LocalFabric fabric = builder.start();
        RawEtcd raw = new RawEtcd(fabric.etcd().address());
        Ears ears = new Ears(fabric.nats().address());
        Stored stored = new Stored(fabric.etcd().address());
        BlockedWork work = new BlockedWork(fabric.coordinators().getFirst().address(), fabric.governor().address())) {
      ears.listen(work.hire(plan.helpers()));
      talk.progress("warming up with " + plan.warmUp() + " blockers");
      oneAtATime(plan.warmUp(), work, ears, stored, raw);
      Single single = oneAtATime(plan.blockers(), work, ears, stored, raw);
      tell(talk, single);
      burst(1, work, ears, raw);
      Burst burst = burst(plan.rounds(), work, ears, raw);
      tell(talk, burst);
      String json =
          "\"blockers\":{\"etcd\":\"%s\",\"nats\":\"%s\",\"helpers\":%d,\"oneAtATime\":%s,\"atOnce\":%s}"
              .formatted(fabric.etcd().version(), fabric.nats().version(), plan.helpers(), json(single), json(burst));
      return new Outcome(List.of(json), true);
    }
  }

  private static Single oneAtATime(int count, BlockedWork work, Ears ears, Stored stored, RawEtcd raw) throws Exception {
    long[] answered = new long[count];
    long[] told = new long[count];
    long[] rung = new long[count];
    long[] inEtcd = new long[count];
    long[] helped = new long[count];
    long[] offered = new long[count];
    long[] bare = new long[count];
    long[] transaction = new long[count];
    RawEtcd.Prepared prepared = raw.prepare(count);
    for (int i = 0; i < count; i++) {
      if (i % 500 == 0) {
        work.renew();
      }
      Claim claim = work.begin();
      long begin = System.nanoTime();
      Blocker blocker = work.raise(claim, Optional.of(BlockedWork.NEED));
      answered[i] = System.nanoTime() - begin;
      told[i] = ears.whenRaised(blocker.getBlockerId()).get(PATIENCE_SECONDS, TimeUnit.SECONDS) - begin;
      // The first helper's task is named after the blocker (docs/reference/blockers.md).
      String help = blocker.getBlockerId() + "-h1";
      Ears.Ring ring = ears.whenRung(help).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      rung[i] = ring.atNanos() - begin;
      long atStored = stored.when(new BlockerId(blocker.getBlockerId())).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      long atHelped = stored.when(new TaskId(help)).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      inEtcd[i] = atStored - begin;
      helped[i] = atHelped - atStored;
      offered[i] = ring.atNanos() - atHelped;
      work.complete(work.claim(help, ring.swarm()));
      ears.whenResolved(blocker.getBlockerId()).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      work.complete(claim);
      long sent = System.nanoTime();
      bare[i] = ears.sendBare().get(PATIENCE_SECONDS, TimeUnit.SECONDS) - sent;
      long from = System.nanoTime();
      prepared.commit(i);
      transaction[i] = System.nanoTime() - from;
    }
    return new Single(samples(answered), samples(told), samples(rung), samples(inEtcd), samples(helped), samples(offered), samples(bare), samples(transaction));
  }

  private static Samples samples(long[] nanos) {
    long sum = 0;
    for (long one : nanos) {
      sum += one;
    }
    return Samples.of(List.of(nanos), sum);
  }

  private Burst burst(int rounds, BlockedWork work, Ears ears, RawEtcd raw) throws Exception {
    List<Samples> answered = new ArrayList<>();
    List<Samples> told = new ArrayList<>();
    List<Samples> transactions = new ArrayList<>();
    double last = 0;
    for (int round = 0; round < rounds; round++) {
      Crowd.Round rawRound = raw.round(plan.burst(), 1);
      transactions.add(Samples.of(rawRound.nanos(), rawRound.wallNanos()));
      work.renew();
      List<Claim> claims = IntStream.range(0, Math.min(BURST_TASKS, plan.burst())).mapToObj(i -> work.begin()).toList();
      long[] begun = new long[plan.burst()];
      String[] ids = new String[plan.burst()];
      Crowd.Round fabricRound =
          Crowd.run(
              plan.burst(),
              1,
              (who, which) -> {
                begun[who] = System.nanoTime();
                ids[who] = work.raise(claims.get(who % claims.size()), Optional.empty()).getBlockerId();
              });
      answered.add(Samples.of(fabricRound.nanos(), fabricRound.wallNanos()));
      long[] untilTold = new long[plan.burst()];
      long first = begun[0];
      long end = begun[0];
      for (int i = 0; i < plan.burst(); i++) {
        long at = ears.whenRaised(ids[i]).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        untilTold[i] = at - begun[i];
        first = Math.min(first, begun[i]);
        end = Math.max(end, at);
      }
      told.add(Samples.of(List.of(untilTold), end - first));
      last = Math.max(last, (end - first) / 1e6);
      claims.forEach(work::cancel);
    }
    return new Burst(Samples.join(answered), Samples.join(told), Samples.join(transactions), last);
  }

  private void tell(Talk talk, Single single) {
    talk.line("%,d blockers one at a time, %d helpers", plan.blockers(), plan.helpers());
    talk.line("    RaiseBlocker -> answer                   %s", times(single.answered()));
    talk.line("    RaiseBlocker -> orchestrator told        %s", times(single.told()));
    talk.line("    RaiseBlocker -> doorbell at the helper   %s", times(single.rung()));
    talk.line("        of that, until the blocker is in etcd %s", times(single.stored()));
    talk.line("        then until the help task is made     %s", times(single.helped()));
    talk.line("        then until the doorbell rings        %s", times(single.offered()));
    talk.line("    bare NATS publish -> heard               %s", times(single.bare()));
    talk.line("    raw etcd transaction                     %s", times(single.raw()));
    aim(talk, "RaiseBlocker to the orchestrator p95 below 10 ms", single.told().percentileMillis(95), TOLD_AIM_MILLIS);
    aim(talk, "RaiseBlocker to the helper's doorbell p95 below 60 ms", single.rung().percentileMillis(95), HELP_AIM_MILLIS);
  }

  private void tell(Talk talk, Burst burst) {
    talk.line("%,d blockers at once from one swarm on %d tasks", plan.burst(), Math.min(BURST_TASKS, plan.burst()));
    talk.line("    RaiseBlocker -> answer             %s", burst.answered().line());
    talk.line("    RaiseBlocker -> orchestrator told  %s", burst.told().line());
    talk.line("    raw etcd transaction for each      %s", burst.raw().line());
    aim(talk, "all of %,d told within a second of the first, in ms".formatted(plan.burst()), burst.lastMillis(), BURST_AIM_MILLIS);
  }

  private static void aim(Talk talk, String what, double millis, double belowMillis) {
    talk.aim(String.format(Locale.ROOT, "%s (%.1f)", what, millis), millis < belowMillis);
  }

  private static String times(Samples samples) {
    return String.format(
        Locale.ROOT, "p50 %7.2f   p95 %7.2f   p99 %7.2f ms", samples.percentileMillis(50), samples.percentileMillis(95), samples.percentileMillis(99));
  }

  private static String json(Single single) {
    return "{\"raiseToAnswer\":%s,\"raiseToOrchestrator\":%s,\"raiseToHelpersDoorbell\":%s,\"raiseToStored\":%s,\"storedToHelpMade\":%s,\"helpMadeToDoorbell\":%s,\"bareNats\":%s,\"rawEtcd\":%s}"
        .formatted(single.answered().json(), single.told().json(), single.rung().json(), single.stored().json(), single.helped().json(), single.offered().json(), single.bare().json(), single.raw().json());
  }

  private static String json(Burst burst) {
    return String.format(
        Locale.ROOT,
        "{\"raiseToAnswer\":%s,\"raiseToOrchestrator\":%s,\"rawEtcd\":%s,\"lastToldMillis\":%.1f}",
        burst.answered().json(),
        burst.told().json(),
        burst.raw().json(),
        burst.lastMillis());
  }
}
