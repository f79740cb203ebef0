package io.infrafabric.policy;

import io.infrafabric.governor.v1.Policy;
import io.infrafabric.governor.v1.PolicyLimits;
import io.infrafabric.governor.v1.PolicyTerms;

/**
 * A policy as decisions go by it.
 *
 * @param revision which one
 * @param terms what it says
 * @param isReadable false for one whose record cannot be read: it admits no claim, and has the limits of production for the rest
 */
public record ActivePolicy(long revision, PolicyTerms terms, boolean isReadable) {
  /** The revision that is in force while none was ever applied. */
  public static final long FIRST_REVISION = 1;

  private static final ActivePolicy FIRST = new ActivePolicy(FIRST_REVISION, Preset.PRODUCTION.terms(), true);
  private static final ActivePolicy UNREADABLE = new ActivePolicy(0, Preset.PRODUCTION.terms(), false);

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
    return new ActivePolicy(policy.getRevision(), policy.getTerms(), true);
  }

  /** Its limits. */
  public PolicyLimits limits() {
    return terms.getLimits();
  }
}
