package io.infrafabric.cli.ifctl;

import io.infrafabric.cli.output.Money;
import io.infrafabric.cli.output.Table;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.GetAccountRequest;
import io.infrafabric.governor.v1.GrantRequest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Accounts: money. */
@Command(name = "account", description = "Money.", synopsisSubcommandLabel = "VERB", subcommands = ReportVerb.class)
final class AccountVerbs {
  @ParentCommand private IfctlCommand ifctl;

  @Command(name = "grant", description = "Add credit.")
  int grant(
      @Parameters(paramLabel = "SWARM") String swarm,
      @Parameters(paramLabel = "USD", converter = Flags.MoneyFlag.class, description = "Such as 0.25.") Money amount,
      @Mixin RequestId requestId) {
    GrantRequest request =
        GrantRequest.newBuilder()
            .setRequestId(requestId.value())
            .setAccountId(swarm)
            .setAmountMicros(amount.micros())
            .build();
    return ifctl.with(
        (clients, out) -> {
          var response = clients.accounts().grant(request);
          out.show(response, () -> row(Table.of("SWARM", "GRANTED", "SPENT", "CREDIT"), response.getAccount()));
        });
  }

  @Command(name = "get", description = "Show what a swarm had, spent and promised.")
  int get(@Parameters(paramLabel = "SWARM") String swarm) {
    return ifctl.with(
        (clients, out) -> {
          var response = clients.accounts().getAccount(GetAccountRequest.newBuilder().setAccountId(swarm).build());
          Account account = response.getAccount();
          out.show(
              response,
              () ->
                  Table.of("SWARM", "GRANTED", "SPENT", "CREDIT", "COMMITTED", "COMPLETED", "FAILED", "WASTED")
                      .row(
                          account.getAccountId(),
                          Money.dollars(account.getGrantedMicros()),
                          Money.dollars(account.getSettledMicros()),
                          Money.dollars(account.getCreditMicros()),
                          Money.dollars(response.getCommittedMicros()),
                          account.getClaimsCompleted(),
                          account.getClaimsFailed(),
                          Money.dollars(account.getWastedMicros())));
        });
  }

  private static Table row(Table table, Account account) {
    return table.row(
        account.getAccountId(),
        Money.dollars(account.getGrantedMicros()),
        Money.dollars(account.getSettledMicros()),
        Money.dollars(account.getCreditMicros()));
  }
}
