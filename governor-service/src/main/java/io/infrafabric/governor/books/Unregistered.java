package io.infrafabric.governor.books;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;

/** The refusals of what is asked about a swarm that is not registered. */
public final class Unregistered {
  private Unregistered() {}

  /** For calls that name a swarm. */
  public static Refusal swarm(String swarmId) {
    return Refusal.of(
            ErrorCode.ERROR_CODE_SWARM_NOT_FOUND, "no swarm %s is registered: register it first".formatted(swarmId))
        .with("swarm_id", swarmId);
  }

  /** For calls that name an account. */
  public static Refusal account(String accountId) {
    return Refusal.of(
            ErrorCode.ERROR_CODE_ACCOUNT_NOT_FOUND,
            "there is no account %s: it begins when swarm %s is registered".formatted(accountId, accountId))
        .with("account_id", accountId);
  }
}
