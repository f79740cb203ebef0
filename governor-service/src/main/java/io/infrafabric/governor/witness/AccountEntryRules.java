package io.infrafabric.governor.witness;

import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.AccountChange;
import io.infrafabric.governor.v1.AccountKind;
import io.infrafabric.governor.v1.AccountOperation;
import io.infrafabric.kit.time.Times;
import java.util.Locale;

/** The entry of an account: the call that wrote it, or a booking. */
final class AccountEntryRules {
  private AccountEntryRules() {}

  /**
   * Fills an entry.
   *
   * @param created whether the key was not there before
   */
  static void written(EntryLine line, Account account, boolean created) {
    line.operation = created ? "account.opened" : account.hasLast() ? "account." + word(account.getLast().getOperation()) : "account.changed";
    boolean swarms = account.getKind() == AccountKind.ACCOUNT_KIND_UNSPECIFIED || account.getKind() == AccountKind.ACCOUNT_KIND_SWARM;
    line.swarm = swarms ? account.getAccountId() : "";
    if (!account.hasLast()) {
      return;
    }
    AccountChange last = account.getLast();
    line.request = last.getRequestId();
    line.claim = last.getClaimId();
    line.fence = last.getFence();
    if (last.hasAt()) {
      line.time = Times.toInstant(last.getAt());
    }
    if (last.getOperation() == AccountOperation.ACCOUNT_OPERATION_CHARGED) {
      line.costMicros = last.getAmountMicros();
    }
  }

  private static String word(AccountOperation operation) {
    return operation.name().startsWith("ACCOUNT_OPERATION_") ? operation.name().substring("ACCOUNT_OPERATION_".length()).toLowerCase(Locale.ROOT) : "changed";
  }
}
