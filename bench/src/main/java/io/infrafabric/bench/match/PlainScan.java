package io.infrafabric.bench.match;

import io.infrafabric.governor.v1.RankSwarmsRequest;
import io.infrafabric.governor.v1.Standing;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Ranks as one would write it down: looks at every swarm, scores those that cover enough, sorts them, takes the first ones. */
record PlainScan(List<Standing> standings) {
  private record Scored(String swarmId, double score) {}

  List<String> rank(RankSwarmsRequest request) {
    List<Scored> scored = new ArrayList<>();
    for (Standing standing : standings) {
      long matched = request.getRequiredCapabilitiesList().stream().filter(standing.getCapabilitiesList()::contains).count();
      double match = (double) matched / request.getRequiredCapabilitiesCount();
      if (match >= 0.7) {
        scored.add(new Scored(standing.getSwarmId(), match * standing.getReputationMillis() / standing.getCostPerHourMicros()));
      }
    }
    scored.sort(Comparator.comparingDouble(Scored::score).reversed().thenComparing(Scored::swarmId));
    return scored.stream().limit(request.getLimit()).map(Scored::swarmId).toList();
  }
}
