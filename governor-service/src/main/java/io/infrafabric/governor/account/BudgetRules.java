package io.infrafabric.governor.account;

import io.infrafabric.governor.money.Purses;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.AccountState;
import java.util.Optional;

/** When people should hear of an account. */
public final class BudgetRules {
  private BudgetRules() {}

  /** True when the change took the credit from above {@code percent} of what was granted to that or less. */
  static boolean becameLow(Account before, Account after, int percent) {
    return !isLow(before, percent) && isLow(after, percent) && after.getSettledMicros() > before.getSettledMicros();
  }

  /** What may be spent, in micro-dollars, until {@code percent} of what it keeps for itself is left; 0 or less when no more is left now. */
  static long untilLow(Account account, int percent) {
    return Purses.left(account) - (account.getGrantedMicros() - account.getAllottedMicros()) / 100 * percent;
  }

  /**
   * True when the account gets more by itself before anybody must decide: it draws on its parent, which has something to give. Whether it is the last of
   * it is no matter: what comes is booked, and looked at again.
   *
   * @param parent as far as it is known; empty when it is not
   */
  public static boolean getsMoreByItself(Account account, Optional<Account> parent) {
    return account.hasDraw()
        && parent
            .filter(above -> above.getAccountId().equals(account.getParentId()) && above.getState() == AccountState.ACCOUNT_STATE_UNSPECIFIED)
            .filter(above -> above.getUnlimited() || Purses.left(above) > 0)
            .isPresent();
  }

  /** True when at most {@code percent} of what was granted, and not given to accounts beneath, is left. */
  public static boolean isLow(Account account, int percent) {
    return Purses.isLow(account, percent);
  }
}
