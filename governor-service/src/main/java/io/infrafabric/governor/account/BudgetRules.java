package io.infrafabric.governor.account;

import io.infrafabric.governor.v1.Account;

/** When people should hear of an account. */
public final class BudgetRules {
  private BudgetRules() {}

  /** True when the change took the credit from above {@code percent} of what was granted to that or less. */
  static boolean becameLow(Account before, Account after, int percent) {
    return !isLow(before, percent) && isLow(after, percent) && after.getSettledMicros() > before.getSettledMicros();
  }

  /** What may be spent, in micro-dollars, until {@code percent} of what was granted is left; 0 or less when no more is left now. */
  static long untilLow(Account account, int percent) {
    return account.getGrantedMicros() - account.getSettledMicros() - account.getGrantedMicros() / 100 * percent;
  }

  /** True when at most {@code percent} of what was granted is left. */
  public static boolean isLow(Account account, int percent) {
    long credit = account.getGrantedMicros() - account.getSettledMicros();
    return credit * 100 <= account.getGrantedMicros() * percent;
  }
}
