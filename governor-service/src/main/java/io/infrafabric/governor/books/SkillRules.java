package io.infrafabric.governor.books;

import io.infrafabric.common.v1.SkillLevel;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.Manifest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How good a swarm is (spec G3): by the share of its ended claims that were completed, and by how many have ended. They are counted for a swarm
 * as a whole, because a claim is not booked by capability. What its manifest says is believed until ten claims have ended, and after that as
 * far as the share allows.
 */
public final class SkillRules {
  /** Ended claims from which on the share says something. */
  static final int ENOUGH = 10;

  private static final List<Step> STEPS =
      List.of(
          new Step(SkillLevel.SKILL_LEVEL_EXPERT, 95, 200),
          new Step(SkillLevel.SKILL_LEVEL_ADVANCED, 85, 50),
          new Step(SkillLevel.SKILL_LEVEL_INTERMEDIATE, 70, ENOUGH));

  /** Both inclusive. */
  private record Step(SkillLevel level, int percent, int claims) {
    boolean hasShare(long completed, long failed) {
      return completed * 100 >= (completed + failed) * percent;
    }
  }

  private SkillRules() {}

  /** The skills for a standing: those above a novice's, by capability. */
  public static Map<String, SkillLevel> effective(Manifest manifest, Account account) {
    Map<String, SkillLevel> skills = new LinkedHashMap<>();
    for (String capability : manifest.getCapabilitiesList()) {
      SkillLevel level = of(manifest.getSkillsOrDefault(capability, SkillLevel.SKILL_LEVEL_UNSPECIFIED), account.getClaimsCompleted(), account.getClaimsFailed());
      if (level.compareTo(SkillLevel.SKILL_LEVEL_NOVICE) > 0) {
        skills.put(capability, level);
      }
    }
    return skills;
  }

  /** The level in one capability, of a swarm that says of itself the first. */
  static SkillLevel of(SkillLevel said, long completed, long failed) {
    if (said == SkillLevel.SKILL_LEVEL_UNSPECIFIED || said == SkillLevel.UNRECOGNIZED) {
      return measured(completed, failed);
    }
    SkillLevel most = ceiling(completed, failed);
    return said.compareTo(most) < 0 ? said : most;
  }

  /** The level of a swarm that says nothing of itself. */
  static SkillLevel measured(long completed, long failed) {
    return STEPS.stream()
        .filter(step -> completed + failed >= step.claims() && step.hasShare(completed, failed))
        .map(Step::level)
        .findFirst()
        .orElse(SkillLevel.SKILL_LEVEL_NOVICE);
  }

  /** The highest level that a swarm may call its own. */
  static SkillLevel ceiling(long completed, long failed) {
    if (completed + failed < ENOUGH) {
      return SkillLevel.SKILL_LEVEL_EXPERT;
    }
    return STEPS.stream().filter(step -> step.hasShare(completed, failed)).map(Step::level).findFirst().orElse(SkillLevel.SKILL_LEVEL_NOVICE);
  }
}
