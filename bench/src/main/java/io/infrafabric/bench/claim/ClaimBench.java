package io.infrafabric.bench.claim;

import io.infrafabric.bench.Samples;
import io.infrafabric.local.LocalFabric;
import io.infrafabric.local.ServiceKind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Claims at the client over gRPC beside one raw etcd transaction for each, in turn on the same etcd, so that a slow moment of
 * the machine meets both.
 */
public final class ClaimBench {
  /** Claims of one swarm in one round: below what a swarm may hold. */
  private static final int EACH_MOST = 150;

  private static final int EACH_ALL = 6_000;

  private static final Duration WARM_UP = Duration.ofSeconds(30);

  private final Path home;
  private final List<Integer> concurrency;
  private final int rounds;
  private final Map<String, String> settings;

  private record Pair(Samples raw, Samples fabric) {
    double ratio() {
      return fabric.perSecond() / raw.perSecond();
    }
  }

  /**
   * @param settings of the services, by the names of their variables
   */
  public ClaimBench(Path home, List<Integer> concurrency, int rounds, Map<String, String> settings) {
    this.settings = settings;
    this.home = home;
    this.concurrency = concurrency;
    this.rounds = rounds;
  }

  /** Runs it and prints; false when nothing could be measured. */
  public boolean run(boolean json) throws Exception {
    LocalFabric.Builder builder = LocalFabric.of(home).without(ServiceKind.CHASSIS).progress(System.err::println);
    settings.forEach(builder::setting);
    try (LocalFabric fabric = builder.start();
        RawEtcd raw = new RawEtcd(fabric.etcd().address());
        FabricClaims claims = new FabricClaims(fabric.coordinators().getFirst().address(), fabric.governor().address())) {
      warmUp(raw, claims);
      Map<Integer, Pair> figures = new LinkedHashMap<>();
      for (int size : concurrency) {
        figures.put(size, measure(size, raw, claims));
        if (!json) {
          print(size, figures.get(size));
        }
      }
      if (json) {
        System.out.println(json(fabric.etcd().version(), figures));
      }
      return !figures.isEmpty();
    }
  }

  /** The services are fresh JVMs, which spend their first minute compiling: both sides run until that is over. */
  private static void warmUp(RawEtcd raw, FabricClaims claims) throws Exception {
    System.err.println("warming up for " + WARM_UP.toSeconds() + " s");
    long end = System.nanoTime() + WARM_UP.toNanos();
    while (System.nanoTime() < end) {
      raw.round(64, 50);
      claims.round(64, EACH_ALL / 64);
    }
  }

  private Pair measure(int size, RawEtcd raw, FabricClaims claims) throws Exception {
    int each = Math.max(20, Math.min(EACH_MOST, EACH_ALL / size));
    List<Crowd.Round> rawRounds = new ArrayList<>();
    List<Crowd.Round> fabricRounds = new ArrayList<>();
    for (int i = 0; i < rounds; i++) {
      rawRounds.add(raw.round(size, each));
      fabricRounds.add(claims.round(size, each));
    }
    return new Pair(samples(rawRounds), samples(fabricRounds));
  }

  private static Samples samples(List<Crowd.Round> rounds) {
    List<long[]> all = new ArrayList<>();
    rounds.forEach(round -> all.addAll(round.nanos()));
    return Samples.of(all, rounds.stream().mapToLong(Crowd.Round::wallNanos).sum());
  }

  private static void print(int size, Pair pair) {
    System.out.printf(Locale.ROOT, "%5d swarms   claims over gRPC    %s%n", size, pair.fabric().line());
    System.out.printf(Locale.ROOT, "               raw etcd txn each   %s   ratio %.2fx%n", pair.raw().line(), pair.ratio());
  }

  private static String json(String etcd, Map<Integer, Pair> figures) {
    StringBuilder out = new StringBuilder("{\"etcd\":\"" + etcd + "\",\"claims\":{");
    String comma = "";
    for (Map.Entry<Integer, Pair> figure : figures.entrySet()) {
      out.append(comma).append('"').append(figure.getKey()).append("\":{\"fabric\":").append(figure.getValue().fabric().json());
      out.append(",\"raw\":").append(figure.getValue().raw().json());
      out.append(String.format(Locale.ROOT, ",\"ratio\":%.3f}", figure.getValue().ratio()));
      comma = ",";
    }
    out.append('}');
    if (figures.containsKey(256)) {
      out.append(String.format(Locale.ROOT, ",\"claims256VsRaw\":%.3f", figures.get(256).ratio()));
    }
    return out.append('}').toString();
  }
}
