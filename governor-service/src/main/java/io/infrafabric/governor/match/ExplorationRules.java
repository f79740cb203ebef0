package io.infrafabric.governor.match;

import io.infrafabric.governor.match.Verdict.Qualified;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Gives newcomers their share. Nobody has measured them, so they stand at 0.700 and behind all who did well: without a share they would never
 * get work that could be measured. Who is tried must be able to turn out as good as the best one is, and one who was tried least goes first.
 */
final class ExplorationRules {
  /** 2^64 divided by the golden ratio: its multiples spread evenly, whatever the rhythm in which one looks at them. */
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  /** 2^64 / 1,000. */
  private static final long MILLI = 18_446_744_073_709_551L;

  private static final int PERFECT_MILLIS = 1_000;

  private static final Comparator<Qualified> LEAST_TRIED_FIRST =
      Comparator.comparingLong((Qualified qualified) -> qualified.profile().endedClaims()).thenComparing(MatchRules.BEST_FIRST);

  private ExplorationRules() {}

  /**
   * Whether a ranking is one of those that begin with a newcomer.
   *
   * @param number of the ranking, from 1
   * @param shareMillis of all rankings, 0 to 500 thousandths
   */
  static boolean isTurn(long number, int shareMillis) {
    return Long.compareUnsigned(number * GOLDEN, shareMillis * MILLI) < 0;
  }

  /** The newcomer to begin with, if there is one that may be as good as the best: of the tier of the best, with a perfect reputation. */
  static Optional<Qualified> choose(Stream<Qualified> qualified, Qualified best) {
    return qualified
        .filter(Qualified::newcomer)
        .filter(one -> one.tier() == best.tier() && one.worth(PERFECT_MILLIS).compareTo(best.worth()) >= 0)
        .min(LEAST_TRIED_FIRST);
  }
}
