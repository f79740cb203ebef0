package io.infrafabric.bench.match;

import io.infrafabric.governor.v1.Manifest;
import io.infrafabric.governor.v1.RankSwarmsRequest;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Swarms and what is asked of them, the same in every run: each swarm has five of sixty capabilities and one that all have, on models in the
 * proportion of six to three to one.
 */
final class Population {
  /** A capability that every swarm has. */
  static final String COMMON = "bench:anything";

  /** A limit that no swarm keeps: nobody qualifies, and everybody has to be looked at. */
  private static final long TOO_CHEAP_MICROS = 1;

  private static final List<String> CAPABILITIES =
      IntStream.range(0, 60).mapToObj(i -> "area-%d:skill-%d".formatted(i / 10, i % 10)).toList();
  private static final List<String> MODELS = List.of("haiku", "haiku", "haiku", "haiku", "haiku", "haiku", "sonnet", "sonnet", "sonnet", "opus");
  private static final List<String> CLASSES = List.of("", "documentation", "security", "integration");

  private Population() {}

  static String swarm(int which) {
    return "match-" + which;
  }

  static Manifest manifest(int which) {
    Random random = new Random(which);
    String model = MODELS.get(which % MODELS.size());
    long dollars = model.equals("haiku") ? 2 : model.equals("sonnet") ? 15 : 75;
    return Manifest.newBuilder()
        .setSwarmId(swarm(which))
        .addAllCapabilities(some(random, 5))
        .addCapabilities(COMMON)
        .setModel(model)
        .setCostPerHourMicros(dollars * (900_000 + random.nextInt(200_000)))
        .build();
  }

  /** What tasks ask: one to four capabilities of a kind of work, ten candidates. */
  static RankSwarmsRequest need(int which) {
    Random random = new Random(1_000_003L * which);
    return RankSwarmsRequest.newBuilder()
        .addAllRequiredCapabilities(some(random, 1 + random.nextInt(4)))
        .setTaskClass(CLASSES.get(random.nextInt(CLASSES.size())))
        .setLimit(10)
        .build();
  }

  /** What every swarm can do. */
  static RankSwarmsRequest needOfAll(int which) {
    return RankSwarmsRequest.newBuilder().addRequiredCapabilities(COMMON).setTaskClass(CLASSES.get(which % CLASSES.size())).setLimit(10).build();
  }

  /** What every swarm can do and none may, because all are too dear: no index helps. */
  static RankSwarmsRequest needOfNobody() {
    return RankSwarmsRequest.newBuilder().addRequiredCapabilities(COMMON).setMaxCostPerHourMicros(TOO_CHEAP_MICROS).build();
  }

  private static Set<String> some(Random random, int count) {
    Set<String> some = new LinkedHashSet<>();
    while (some.size() < count) {
      some.add(CAPABILITIES.get(random.nextInt(CAPABILITIES.size())));
    }
    return some;
  }
}
