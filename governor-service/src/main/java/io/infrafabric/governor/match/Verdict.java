package io.infrafabric.governor.match;

import io.infrafabric.governor.v1.RejectReason;
import java.util.List;

/** What is said of one swarm for one need. */
sealed interface Verdict {
  /**
   * It may do it.
   *
   * @param matched required capabilities that it has
   * @param required distinct required capabilities
   */
  record Qualified(Profile profile, int matched, int required) implements Verdict {
    /** matched / required; 1 when nothing is required. */
    double match() {
      return required == 0 ? 1.0 : (double) matched / required;
    }

    /** match x reputation / cost per hour in US dollars; a free swarm costs the smallest amount there is. */
    double score() {
      return match() * (profile.reputationMillis() / 1_000.0) / (MatchRules.pricedMicros(profile) / 1_000_000.0);
    }
  }

  /** It may not, for all these reasons. */
  record Unfit(Profile profile, List<Why> reasons) implements Verdict {}

  /** One reason and its sentence. */
  record Why(RejectReason reason, String detail) {}
}
