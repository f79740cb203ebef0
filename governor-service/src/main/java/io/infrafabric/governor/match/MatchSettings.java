package io.infrafabric.governor.match;

import io.infrafabric.governor.registry.PriceList;
import io.infrafabric.kit.config.Default;
import io.infrafabric.kit.config.Doc;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** How swarms are matched with work. A component in a record of settings. */
public record MatchSettings(
    @Doc("Reputation below which nobody is ranked, in thousandths.") @Default("600") int minReputationMillis,
    @Doc("Kinds of work with the models that are preferred for them, best first: class=model>model|model, and @pattern for a bloom pattern.")
        @Default(MatchSettings.CLASSES)
        List<String> classes,
    @Doc("The model whose price others are compared with.") @Default("sonnet") String referenceModel,
    @Doc("Ended claims below which a swarm is a newcomer.") @Default("10") int newcomerClaims,
    @Doc("Share of the rankings for dispatch that begin with a newcomer, in percent.") @Default("10") int explorationPercent) {
  /** Cheap models for simple work, better ones where it matters (spec G14). */
  static final String CLASSES =
      "documentation=haiku>sonnet>opus,boilerplate=haiku>sonnet>opus,testing=haiku>sonnet>opus,integration=sonnet>opus,security=sonnet>opus,architecture=sonnet>opus";

  private static final int MOST_PERCENT = 50;

  /** Refuses what makes no sense. */
  public MatchSettings {
    classes = List.copyOf(classes);
    routes(classes);
    if (minReputationMillis < 0 || minReputationMillis > 1_000) {
      throw new IllegalArgumentException("match-min-reputation-millis must be 0 to 1000");
    }
    if (newcomerClaims < 0 || explorationPercent < 0 || explorationPercent > MOST_PERCENT) {
      throw new IllegalArgumentException("match-newcomer-claims must be at least 0, match-exploration-percent 0 to 50");
    }
  }

  /** Those of a governor that is told nothing. */
  public static MatchSettings defaults() {
    return new MatchSettings(600, List.of(CLASSES.split(",")), "sonnet", 10, 10);
  }

  /** What they say of every match. */
  public MatchPreferences preferences(PriceList prices) {
    return new MatchPreferences(
        minReputationMillis, 0, routes(classes), prices, referenceModel, newcomerClaims, explorationPercent * 10);
  }

  private static Map<String, ClassRoute> routes(List<String> classes) {
    Map<String, ClassRoute> routes = new TreeMap<>();
    for (String text : classes) {
      ClassRoute.Named named = ClassRoute.Named.parse(text);
      if (routes.put(named.taskClass(), named.route()) != null) {
        throw new IllegalArgumentException("class " + named.taskClass() + " is there twice");
      }
    }
    return routes;
  }
}
