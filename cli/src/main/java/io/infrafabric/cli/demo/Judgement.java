package io.infrafabric.cli.demo;

import io.infrafabric.cli.demo.census.CensusReport;
import io.infrafabric.cli.demo.history.ClaimHistory;
import io.infrafabric.cli.output.Money;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** What must hold at the end; says each thing that does not. */
final class Judgement {
  private static final int EXAMPLES = 5;

  private final List<String> reasons = new ArrayList<>();

  private Judgement() {}

  static List<String> of(
      WorkReport work, CensusReport census, List<SwarmMoney> swarms, ClaimHistory.Verdict history, List<String> troubles) {
    Judgement judgement = new Judgement();
    judgement.each("trouble", troubles);
    if (work.completed() != work.tasks()) {
      judgement.reasons.add(
          "%d of %d tasks were completed, %d ended otherwise".formatted(work.completed(), work.tasks(), work.failed()));
    }
    judgement.each("census", census.differences());
    if (census.perLanguage().isEmpty()) {
      judgement.reasons.add("census: nothing was counted");
    }
    judgement.each("double claim", history.doubleClaims());
    judgement.each("lost task", history.lost());
    judgement.each("history", history.breaches());
    swarms.forEach(judgement::money);
    return Collections.unmodifiableList(judgement.reasons);
  }

  private void money(SwarmMoney swarm) {
    if (!swarm.withinBudget()) {
      reasons.add(
          "swarm %s is above its budget: %s of %s"
              .formatted(
                  swarm.id(), Money.dollars(swarm.spentMicros() + swarm.committedMicros()), Money.dollars(swarm.budgetMicros())));
    }
    if (swarm.committedMicros() != 0) {
      reasons.add("swarm %s: %s are not settled".formatted(swarm.id(), Money.dollars(swarm.committedMicros())));
    }
  }

  private void each(String what, List<String> found) {
    found.stream().limit(EXAMPLES).forEach(one -> reasons.add(what + ": " + one));
    if (found.size() > EXAMPLES) {
      reasons.add("%s: %d more".formatted(what, found.size() - EXAMPLES));
    }
  }
}
