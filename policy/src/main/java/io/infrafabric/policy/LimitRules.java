package io.infrafabric.policy;

import io.infrafabric.governor.v1.PolicyLimits;

/** What the limits of a policy say. Exact integers decide. */
public final class LimitRules {
  private LimitRules() {}

  /** Whether {@code matched} of {@code required} capabilities suffice (spec, decision 4): 7 of 10 is 0.7, and nothing required is always there. */
  public static boolean covers(PolicyLimits limits, int matched, int required) {
    return matched * 1_000L >= (long) required * limits.getMinCapabilityMatchMillis();
  }

  /** How many of so many required capabilities a swarm may lack. */
  public static int mayLack(PolicyLimits limits, int required) {
    return required - (int) (((long) required * limits.getMinCapabilityMatchMillis() + 999) / 1_000);
  }

  /** Whether a task of this cap may not be claimed at all. */
  public static boolean isTooDear(PolicyLimits limits, long maxCostMicros) {
    return maxCostMicros > limits.getMaxCostPerTaskMicros();
  }

  /** Whether so many failures in a row open a breaker. */
  public static boolean trips(PolicyLimits limits, int failures) {
    return failures >= limits.getFailureThreshold();
  }

  /** How many swarms may help at once where so many are wanted. */
  public static int helpers(PolicyLimits limits, int wanted) {
    return Math.min(limits.getMaxSwarmsPerTask(), wanted);
  }
}
