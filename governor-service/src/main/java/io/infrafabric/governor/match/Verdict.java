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
   * @param bloomed whether its bloom pattern is the preferred one
   * @param tier place of its model among the preferred ones, from 1; 0 when it is none of them
   * @param newcomer whether too few of its claims have ended for its reputation to say much
   * @param relationMillis what its relation to the swarm that is helped multiplies its score by, in thousandths; 0 where none weighs
   */
  record Qualified(Profile profile, int matched, int required, boolean bloomed, int tier, boolean newcomer, int relationMillis) implements Verdict {
    /** matched / required; 1 when nothing is required. */
    double match() {
      return required == 0 ? 1.0 : (double) matched / required;
    }

    /** match x reputation / cost per hour in US dollars, x 1.1 when bloomed, x the weight of its relation; a free swarm costs the smallest amount there is. */
    double score() {
      double plain = match() * (profile.reputationMillis() / 1_000.0) / (profile.pricedMicros() / 1_000_000.0);
      double weighed = relationMillis == 0 ? plain : plain * relationMillis / 1_000.0;
      return bloomed ? weighed * 1.1 : weighed;
    }

    /** The same of a swarm with that reputation, as a fraction; fractions of one need compare as scores do. */
    Worth worth(int reputationMillis) {
      long full = required == 0 ? 1 : matched;
      return new Worth(full * reputationMillis * (bloomed ? 11 : 10) * Math.max(1, relationMillis), profile.pricedMicros());
    }

    /** Of its own reputation. */
    Worth worth() {
      return worth(profile.reputationMillis());
    }
  }

  /** It may not, for all these reasons. */
  record Unfit(Profile profile, List<Why> reasons) implements Verdict {}

  /** One reason and its sentence. */
  record Why(RejectReason reason, String detail) {}

  /**
   * A score but for what all candidates of one need have in common, exactly.
   *
   * @param parts not negative
   * @param priceMicros positive
   */
  record Worth(long parts, long priceMicros) implements Comparable<Worth> {
    /** By cross-multiplication in 128 bits. */
    @Override
    public int compareTo(Worth other) {
      int high = Long.compare(Math.multiplyHigh(parts, other.priceMicros), Math.multiplyHigh(other.parts, priceMicros));
      return high != 0 ? high : Long.compareUnsigned(parts * other.priceMicros, other.parts * priceMicros);
    }
  }
}
