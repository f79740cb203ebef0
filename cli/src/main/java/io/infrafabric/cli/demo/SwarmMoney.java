package io.infrafabric.cli.demo;

import io.infrafabric.governor.v1.GetAccountResponse;

/**
 * What a swarm had and what it spent, in micro-dollars.
 *
 * @param id the swarm
 * @param budgetMicros granted
 * @param spentMicros booked
 * @param committedMicros promised or spent and not yet booked
 * @param completed claims that ended with a result
 * @param failed claims that did not
 */
public record SwarmMoney(
    String id, long budgetMicros, long spentMicros, long committedMicros, long completed, long failed) {
  /** What the governor says of an account. */
  public static SwarmMoney of(GetAccountResponse response) {
    var account = response.getAccount();
    return new SwarmMoney(
        account.getAccountId(),
        account.getGrantedMicros(),
        account.getSettledMicros(),
        response.getCommittedMicros(),
        account.getClaimsCompleted(),
        account.getClaimsFailed());
  }

  /** Whether it spent and promised no more than it had. */
  public boolean withinBudget() {
    return spentMicros + committedMicros <= budgetMicros;
  }
}
