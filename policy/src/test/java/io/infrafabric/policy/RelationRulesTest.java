package io.infrafabric.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.governor.v1.SwarmRelation;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The vectors of O6: who weighs how much as a helper of whom. */
class RelationRulesTest {
  private static final List<SwarmRelation> RELATIONS =
      PolicyDocument.read(
              """
              relations:
                - {kind: peer, swarms: [ant, bee, cat]}
                - {kind: support, helpers: [elder, cat], of: [ant, younger]}
                - {kind: critical_path, helpers: [minister, elder], of: [ruler, ant]}
                - {kind: peer, swarms: [ruler, minister], weight: 0.5}
                - {kind: support, helpers: [sage], of: [ant], weight: 2.125}
              """)
          .terms()
          .getRelationsList();

  @ParameterizedTest
  @CsvSource({
    // Peers help each other.
    "bee, ant, 1100",
    "ant, bee, 1100",
    // Elders help the younger, and not the other way.
    "elder, younger, 1250",
    "younger, elder, 1000",
    // Ministers help the ruler, and not the other way.
    "minister, ruler, 1500",
    "elder, ruler, 1500",
    "ruler, elder, 1000",
    // Of several the largest: support before peer, the critical path before support.
    "cat, ant, 1250",
    "ant, cat, 1100",
    "elder, ant, 1500",
    // A weight of its own, also one that sets back; the larger one counts.
    "ruler, minister, 500",
    "sage, ant, 2125",
    // No relation, and nobody to himself.
    "owl, ant, 1000",
    "ant, owl, 1000",
    "ant, ant, 1000",
  })
  void weight_isTheLargestOfTheRelations(String helper, String helped, int millis) {
    assertThat(RelationRules.weightMillis(RELATIONS, helper, helped)).isEqualTo(millis);
  }

  @Test
  void relationsConcern_whomTheySayAHelperOf() {
    assertThat(List.of("ant", "bee", "younger", "ruler", "minister")).allMatch(swarm -> RelationRules.concern(RELATIONS, swarm));
    assertThat(List.of("elder", "sage", "owl", "")).noneMatch(swarm -> RelationRules.concern(RELATIONS, swarm));
  }

  @Test
  void everyProblemOfARelation_isToldAtOnce() {
    assertThat(
            PolicyDocument.read(
                    """
                    relations:
                      - {kind: friend, swarms: [ant, bee]}
                      - {kind: peer, swarms: [ant]}
                      - {kind: peer, swarms: [ant, ant, Bee], weight: 0.05}
                      - {kind: support, helpers: [elder], swarms: [ant, bee]}
                      - {swarms: [ant, bee]}
                    """)
                .problems())
        .extracting(problem -> problem.getLine() + " " + problem.getPath() + ": " + problem.getDescription())
        .containsExactly(
            "2 relations[0].kind: one of peer, critical_path, support is expected, not \"friend\"",
            "3 relations[1].swarms: 2 to 64 swarms are expected, not 1",
            "4 relations[2].swarms: swarm ant is given twice",
            "4 relations[2].swarms: the id of a swarm is expected, not \"Bee\"",
            "4 relations[2].weight: a number from 0.1 to 10 with at most 3 decimals is expected, not \"0.05\"",
            "5 relations[3].of: 1 to 64 swarms are expected, not 0",
            "5 relations[3].swarms: not here: helpers and of say who helps whom",
            "6 relations[4].kind: one of peer, critical_path, support is expected");
  }
}
