package io.infrafabric.policy;

import io.infrafabric.governor.v1.Policy;
import io.infrafabric.governor.v1.PolicyLimits;
import io.infrafabric.governor.v1.PolicyTerms;
import java.util.function.LongSupplier;

/**
 * A policy as decisions go by it.
 *
 * @param revision which one
 * @param terms what it says
 * @param conditions those of its terms, ready to be evaluated
 * @param isReadable false for one whose record cannot be read: it admits no claim, and has the limits of production for the rest
 */
public record ActivePolicy(long revision, PolicyTerms terms, Conditions conditions, boolean isReadable) {
  /** The revision that is in force while none was ever applied. */
  public static final long FIRST_REVISION = 1;

  private static final ActivePolicy FIRST = of(FIRST_REVISION, Preset.PRODUCTION.terms());
  private static final ActivePolicy UNREADABLE = new ActivePolicy(0, Preset.PRODUCTION.terms(), Conditions.NONE, false);

  /** What a fabric goes by while no policy was ever applied. */
  public static ActivePolicy first() {
    return FIRST;
  }

  /** What stands for a policy that cannot be read. */
  public static ActivePolicy unreadable() {
    return UNREADABLE;
  }

  /** A revision. */
  public static ActivePolicy of(Policy policy) {
    return of(policy.getRevision(), policy.getTerms());
  }

  /** What is said under a number. */
  public static ActivePolicy of(long revision, PolicyTerms terms) {
    return new ActivePolicy(revision, terms, Conditions.of(terms.getConditionsList(), new ThreadTime()), true);
  }

  /** The same with another clock for the deadline of its conditions. */
  ActivePolicy timedBy(LongSupplier nanos) {
    return new ActivePolicy(revision, terms, Conditions.of(terms.getConditionsList(), nanos), isReadable);
  }

  /** What it says of breakers. */
  public BreakerPolicy breaker() {
    return BreakerPolicy.of(terms);
  }

  /** Its limits. */
  public PolicyLimits limits() {
    return terms.getLimits();
  }
}
