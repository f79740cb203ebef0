package io.infrafabric.governor.budget;

import io.infrafabric.error.Refusal;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.LedgerLine;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * What a rule decides about accounts.
 *
 * @param <T> the answer
 */
sealed interface BudgetRuling<T> {
  /**
   * Accounts change, in one transaction.
   *
   * @param next what they become
   * @param gone ids of accounts that end
   * @param lines what is written into the ledger
   * @param answer made of the changed accounts, each with its revision
   */
  record Write<T>(List<Holding> next, List<String> gone, List<LedgerLine> lines, Function<Map<String, Account>, T> answer) implements BudgetRuling<T> {
    public Write {
      next = List.copyOf(next);
      gone = List.copyOf(gone);
      lines = List.copyOf(lines);
    }

    static <T> Write<T> of(LedgerLine line, Function<Map<String, Account>, T> answer, Holding... next) {
      return new Write<>(List.of(next), List.of(), List.of(line), answer);
    }
  }

  /** Nothing changes, for instance because the call was done before. */
  record Keep<T>(T answer) implements BudgetRuling<T> {}

  /** Nothing changes because it must not. */
  record Refuse<T>(Refusal refusal) implements BudgetRuling<T> {}
}
