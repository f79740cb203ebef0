package io.infrafabric.governor.budget;

import io.infrafabric.governor.money.Allowance;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.AccountState;
import io.infrafabric.governor.v1.DrawOrder;
import io.infrafabric.governor.v1.TransferRequest;
import java.util.Optional;

/** When a swarm's account draws on its parent by itself, and how much. */
final class DrawRules {
  private DrawRules() {}

  /**
   * The transfer that is due, if one is: what is neither spent nor promised has come down to the mark, or is less than one task may cost, and the
   * parent has something. With less a task that the policy allows could wait for money that nobody draws. Its request id is made of the account's
   * revision, so that governors that see the same account make the same transfer.
   *
   * @param account as it is known, with its revision
   * @param mostATaskMicros what the policy lets one task cost
   */
  static Optional<TransferRequest> due(Holding account, Holding parent, long mostATaskMicros) {
    Account record = account.account();
    DrawOrder order = record.getDraw();
    boolean open = record.getState() == AccountState.ACCOUNT_STATE_UNSPECIFIED && parent.account().getState() == AccountState.ACCOUNT_STATE_UNSPECIFIED;
    if (!record.hasDraw() || !open || !(account.free() instanceof Allowance.Limited(long free)) || free > Math.max(order.getBelowMicros(), mostATaskMicros - 1)) {
      return Optional.empty();
    }
    long wanted = Math.max(order.getAmountMicros(), mostATaskMicros - free); // at once, and not in as many small transfers as it takes
    long amount = parent.free() instanceof Allowance.Limited(long most) ? Math.min(most, wanted) : wanted;
    return amount <= 0
        ? Optional.empty()
        : Optional.of(
            TransferRequest.newBuilder()
                .setRequestId("draw:" + record.getAccountId() + ":" + record.getRevision())
                .setFromAccountId(parent.id())
                .setToAccountId(record.getAccountId())
                .setAmountMicros(amount)
                .build());
  }
}
