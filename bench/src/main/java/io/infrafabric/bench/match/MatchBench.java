package io.infrafabric.bench.match;

import io.grpc.Channel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import io.infrafabric.bench.Calm;
import io.infrafabric.bench.CpuMeter;
import io.infrafabric.bench.Part;
import io.infrafabric.bench.Patience;
import io.infrafabric.bench.Samples;
import io.infrafabric.bench.Talk;
import io.infrafabric.bench.load.Crowd;
import io.infrafabric.governor.v1.ListSwarmsRequest;
import io.infrafabric.governor.v1.ListSwarmsResponse;
import io.infrafabric.governor.v1.MatchServiceGrpc;
import io.infrafabric.governor.v1.RegisterSwarmRequest;
import io.infrafabric.governor.v1.RegistryServiceGrpc;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.kit.grpc.GrpcClient;
import io.infrafabric.local.LocalFabric;
import io.infrafabric.local.ServiceKind;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Rankings at the client over gRPC, in turn with empty calls to the same server over the same connection and with a plain scan of the same swarms
 * in this process, without any network.
 */
public final class MatchBench implements Part {
  private static final int REGISTERED_AT_ONCE = 32;

  /** What is promised at p99, by swarms. */
  private static final Map<Integer, Double> AIMS_MILLIS = Map.of(1_000, 5.0, 10_000, 20.0);

  private final Path home;
  private final Plan plan;

  /**
   * What to measure.
   *
   * @param sizes registered swarms, ascending
   * @param callers at once, without a pause
   * @param rankings of each kind, of all callers together
   * @param rounds of each side, in turn
   * @param warmUpSeconds of rankings before anything is measured
   * @param settings of the services, by the names of their variables
   */
  public record Plan(List<Integer> sizes, List<Integer> callers, int rankings, int rounds, int warmUpSeconds, Map<String, String> settings) {}

  public MatchBench(Path home, Plan plan) {
    this.home = home;
    this.plan = plan;
  }

  @Override
  public Outcome run(Talk talk) throws Exception {
    LocalFabric.Builder builder = LocalFabric.of(home).without(ServiceKind.CHASSIS).progress(talk::progress);
    plan.settings().forEach(builder::setting);
    List<String> members = new ArrayList<>();
    try (LocalFabric fabric = builder.start();
        GrpcClient governor = GrpcClient.channel(fabric.governor().address())) {
      CpuMeter cpu = new CpuMeter(fabric);
      int before = 0;
      for (int size : plan.sizes()) {
        talk.progress("registering swarms until there are " + size);
        register(governor.channel(), before, size);
        PlainScan scan = new PlainScan(standings(governor.channel()));
        Sides sides = new Sides(governor.channel(), scan);
        talk.progress("warming up for " + plan.warmUpSeconds() + " s");
        sides.warmUp(TimeUnit.SECONDS.toNanos(plan.warmUpSeconds()));
        Calm.await(cpu);
        for (int callers : plan.callers()) {
          members.add("\"%d/%d\":%s".formatted(size, callers, measure(sides, size, callers, talk)));
        }
        before = size;
      }
    }
    return new Outcome(List.of("\"match\":{" + String.join(",", members) + "}"), !members.isEmpty());
  }

  private static void register(Channel governor, int from, int to) throws Exception {
    var registry = RegistryServiceGrpc.newBlockingStub(governor);
    int each = Math.ceilDiv(to - from, REGISTERED_AT_ONCE);
    Crowd.run(
        REGISTERED_AT_ONCE,
        each,
        (who, which) -> {
          int swarm = from + who * each + which;
          if (swarm < to) {
            RegisterSwarmRequest request =
                RegisterSwarmRequest.newBuilder().setRequestId("match-" + swarm).setManifest(Population.manifest(swarm)).build();
            new Patience().call(() -> registry.registerSwarm(request));
          }
        });
  }

  private static List<Standing> standings(Channel governor) {
    var registry = RegistryServiceGrpc.newBlockingStub(governor);
    List<Standing> all = new ArrayList<>();
    ListSwarmsRequest.Builder request = ListSwarmsRequest.newBuilder().setPageSize(500);
    do {
      ListSwarmsResponse page = registry.listSwarms(request.build());
      all.addAll(page.getStandingsList());
      request.setPageToken(page.getNextPageToken());
    } while (!request.getPageToken().isEmpty());
    return all;
  }

  /** What is compared. */
  private static final class Sides {
    private final MatchServiceGrpc.MatchServiceBlockingStub matches;
    private final HealthGrpc.HealthBlockingStub health;
    private final PlainScan scan;
    private final Map<String, Crowd.Operation> operations = new LinkedHashMap<>();

    Sides(Channel governor, PlainScan scan) {
      this.matches = MatchServiceGrpc.newBlockingStub(governor);
      this.health = HealthGrpc.newBlockingStub(governor);
      this.scan = scan;
      operations.put("rank", (who, which) -> matches.rankSwarms(Population.need(31 * who + which)));
      operations.put("rankAmongAll", (who, which) -> matches.rankSwarms(Population.needOfAll(31 * who + which)));
      operations.put("rankNobody", (who, which) -> matches.rankSwarms(Population.needOfNobody()));
      operations.put("emptyCall", (who, which) -> health.check(HealthCheckRequest.getDefaultInstance()));
      operations.put("plainScan", (who, which) -> this.scan.rank(Population.need(31 * who + which)));
    }

    void warmUp(long nanos) throws Exception {
      long end = System.nanoTime() + nanos;
      while (System.nanoTime() < end) {
        for (Crowd.Operation operation : operations.values()) {
          Crowd.run(4, 50, operation);
        }
      }
    }
  }

  private String measure(Sides sides, int size, int callers, Talk talk) throws Exception {
    int each = Math.max(1, plan.rankings() / plan.rounds() / callers);
    Map<String, List<Crowd.Round>> rounds = new LinkedHashMap<>();
    for (int i = 0; i < plan.rounds(); i++) {
      for (var side : sides.operations.entrySet()) {
        rounds.computeIfAbsent(side.getKey(), name -> new ArrayList<>()).add(Crowd.run(callers, each, side.getValue()));
      }
    }
    Map<String, Samples> samples = new LinkedHashMap<>();
    rounds.forEach((name, all) -> samples.put(name, samples(all)));
    tell(samples, size, callers, talk);
    List<String> members = new ArrayList<>();
    samples.forEach((name, all) -> members.add("\"" + name + "\":" + all.json()));
    return "{" + String.join(",", members) + "}";
  }

  private static void tell(Map<String, Samples> samples, int size, int callers, Talk talk) {
    talk.line("%6d swarms, %d callers   one to four of sixty capabilities   %s", size, callers, samples.get("rank").line());
    talk.line("                             one that every swarm has            %s", samples.get("rankAmongAll").line());
    talk.line("                             nobody qualifies, all are looked at %s", samples.get("rankNobody").line());
    talk.line("                             empty call                          %s", samples.get("emptyCall").line());
    talk.line("                             plain scan, without a network       %s", samples.get("plainScan").line());
    talk.line(
        "                             ranking / empty call p50 %.1fx, p99 %.1fx; plain scan / ranking p50 %.2fx",
        ratio(samples, "rank", "emptyCall", 50),
        ratio(samples, "rank", "emptyCall", 99),
        ratio(samples, "plainScan", "rank", 50));
    Double aim = AIMS_MILLIS.get(size);
    if (aim != null) {
      double p99 = samples.get("rank").percentileMillis(99);
      talk.aim(String.format(Locale.ROOT, "%d swarms, %d callers, ranking p99 below %.0f ms (%.2f)", size, callers, aim, p99), p99 < aim);
    }
  }

  private static double ratio(Map<String, Samples> samples, String one, String other, double percent) {
    return samples.get(one).percentileMillis(percent) / samples.get(other).percentileMillis(percent);
  }

  private static Samples samples(List<Crowd.Round> rounds) {
    List<long[]> all = new ArrayList<>();
    rounds.forEach(round -> all.addAll(round.nanos()));
    return Samples.of(all, rounds.stream().mapToLong(Crowd.Round::wallNanos).sum());
  }
}
