package io.infrafabric.cli.ifctl;

import io.infrafabric.cli.output.Money;
import io.infrafabric.cli.output.Table;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.AccountKind;
import io.infrafabric.governor.v1.GetAccountResponse;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Accounts as tables. */
final class AccountTable {
  private AccountTable() {}

  /** A row for each account by its way from the top, which puts those beneath one right after it. */
  static Table of(List<GetAccountResponse> accounts) {
    Table table = Table.of("ACCOUNT", "KIND", "GRANTED", "SPENT", "ALLOTTED", "CREDIT", "COMMITTED", "TOKENS", "STATE");
    accounts.stream().sorted(Comparator.comparing(AccountTable::way)).forEach(shown -> row(table, way(shown), shown.getAccount(), shown.getCommittedMicros()));
    return table;
  }

  /** A row for each account by its id. */
  static Table ofAccounts(List<Account> accounts) {
    Table table = Table.of("ACCOUNT", "KIND", "GRANTED", "SPENT", "ALLOTTED", "CREDIT", "COMMITTED", "TOKENS", "STATE");
    accounts.forEach(account -> row(table, account.getAccountId(), account, 0));
    return table;
  }

  private static void row(Table table, String name, Account account, long committed) {
    table.row(
        name,
        kind(account),
        Money.dollars(account.getGrantedMicros()),
        Money.dollars(account.getSettledMicros() + account.getSpentBelowMicros() - account.getHandedMicros()),
        Money.dollars(account.getAllottedMicros()),
        account.getUnlimited() ? "unlimited" : Money.dollars(account.getCreditMicros()),
        Money.dollars(committed),
        account.getTokens().getUsedInput() + account.getTokens().getUsedOutput() + account.getTokens().getUsedBelow(),
        state(account));
  }

  private static String way(GetAccountResponse shown) {
    return String.join("/", shown.getPathList());
  }

  private static String kind(Account account) {
    return account.getKind() == AccountKind.ACCOUNT_KIND_UNSPECIFIED ? "swarm" : account.getKind().name().substring("ACCOUNT_KIND_".length()).toLowerCase(Locale.ROOT);
  }

  private static String state(Account account) {
    return switch (account.getState()) {
      case ACCOUNT_STATE_UNSPECIFIED -> "open";
      case ACCOUNT_STATE_CLOSING -> "closing";
      case ACCOUNT_STATE_CLOSED -> "closed";
      case UNRECOGNIZED -> "?";
    };
  }
}
