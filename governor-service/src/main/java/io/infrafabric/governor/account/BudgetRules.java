package io.infrafabric.governor.account;

import io.infrafabric.governor.v1.Account;

/** When people should hear of an account. */
final class BudgetRules {
  private BudgetRules() {}

  /** True when the change took the credit from above {@code percent} of what was granted to that or less. */
  static boolean becameLow(Account before, Account after, int percent) {
    return !isLow(before, percent) && isLow(after, percent) && after.getSettledMicros() > before.getSettledMicros();
  }

  /** True when {@code percent} of what was granted, or less, is left. */
  static boolean isLow(Account account, int percent) {
    long credit = account.getGrantedMicros() - account.getSettledMicros();
    return credit * 100 <= account.getGrantedMicros() * percent;
  }
}
