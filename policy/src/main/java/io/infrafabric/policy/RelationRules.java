package io.infrafabric.policy;

import io.infrafabric.governor.v1.RelationKind;
import io.infrafabric.governor.v1.SwarmRelation;
import java.util.List;

/**
 * What the relation of a helper to the swarm that it would help multiplies its score by (spec O6): the largest weight of those relations of the
 * policy in which they stand so, 1 without one. Pure; exact integers.
 */
public final class RelationRules {
  /** The weight, in thousandths, of who stands in no relation. */
  public static final int NONE = 1_000;

  private RelationRules() {}

  /** The weight in thousandths. */
  public static int weightMillis(List<SwarmRelation> relations, String helper, String helped) {
    return relations.stream().filter(relation -> holds(relation, helper, helped)).mapToInt(SwarmRelation::getWeightMillis).max().orElse(NONE);
  }

  /** Whether any relation says something of who helps this swarm. */
  public static boolean concern(List<SwarmRelation> relations, String helped) {
    return relations.stream().anyMatch(relation -> helpedBy(relation).contains(helped));
  }

  private static boolean holds(SwarmRelation relation, String helper, String helped) {
    return !helper.equals(helped) && relation.getHelpersList().contains(helper) && helpedBy(relation).contains(helped);
  }

  private static List<String> helpedBy(SwarmRelation relation) {
    return relation.getKind() == RelationKind.RELATION_KIND_PEER ? relation.getHelpersList() : relation.getOfList();
  }
}
