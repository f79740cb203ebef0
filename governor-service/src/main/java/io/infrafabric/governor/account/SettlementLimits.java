package io.infrafabric.governor.account;

import io.infrafabric.policy.BreakerPolicy;

/**
 * When settlement speaks up.
 *
 * @param breaker when breakers open
 * @param lowBudgetPercent share of the granted money at which people are warned
 * @param policyRevision the policy that says so
 * @param referenceMicrosPerHour the price that costs are compared with; 0 for none
 */
public record SettlementLimits(BreakerPolicy breaker, int lowBudgetPercent, long policyRevision, long referenceMicrosPerHour) {
  /** Without a price to compare with. */
  public SettlementLimits(BreakerPolicy breaker, int lowBudgetPercent, long policyRevision) {
    this(breaker, lowBudgetPercent, policyRevision, 0);
  }

  /** A threshold of at least 1 and a share of 0 to 100. */
  public SettlementLimits {
    if (breaker.failureThreshold() < 1) {
      throw new IllegalArgumentException("failure-threshold must be at least 1, not " + breaker.failureThreshold());
    }
    if (lowBudgetPercent < 0 || lowBudgetPercent > 100) {
      throw new IllegalArgumentException("low-budget-percent must be 0 to 100, not " + lowBudgetPercent);
    }
  }

  /** Of a policy that says nothing more of breakers. */
  public SettlementLimits(int failureThreshold, int lowBudgetPercent, long policyRevision) {
    this(BreakerPolicy.ofThreshold(failureThreshold), lowBudgetPercent, policyRevision, 0);
  }
}
