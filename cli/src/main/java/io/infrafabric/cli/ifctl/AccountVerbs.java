package io.infrafabric.cli.ifctl;

import io.infrafabric.cli.output.Money;
import io.infrafabric.cli.output.Table;
import io.infrafabric.governor.v1.Account;
import io.infrafabric.governor.v1.AccountKind;
import io.infrafabric.governor.v1.ChargeRequest;
import io.infrafabric.governor.v1.CloseAccountRequest;
import io.infrafabric.governor.v1.DrawOrder;
import io.infrafabric.governor.v1.GetAccountRequest;
import io.infrafabric.governor.v1.GrantRequest;
import io.infrafabric.governor.v1.PlaceAccountRequest;
import io.infrafabric.governor.v1.RefundRequest;
import io.infrafabric.governor.v1.TokenUse;
import io.infrafabric.governor.v1.TransferRequest;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Accounts: money. */
@Command(name = "account", description = "Money.", synopsisSubcommandLabel = "VERB", subcommands = {AccountCreateVerb.class, ReportVerb.class})
final class AccountVerbs {
  /** Kinds of accounts, on the command line. */
  enum Kind {
    ORGANISATION,
    SWARM,
    TASK,
    RUN,
    STEP;

    AccountKind proto() {
      return AccountKind.valueOf("ACCOUNT_KIND_" + name());
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @ParentCommand IfctlCommand ifctl;

  @Command(name = "grant", description = "Add money from outside.")
  int grant(
      @Parameters(paramLabel = "ACCOUNT") String account,
      @Parameters(paramLabel = "USD", arity = "0..1", defaultValue = "0", converter = Flags.MoneyFlag.class, description = "Such as 0.25.") Money amount,
      @Option(names = "--tokens", defaultValue = "0", description = "From then on the account has no more tokens than it was granted.") long tokens,
      @Mixin RequestId requestId) {
    GrantRequest request =
        GrantRequest.newBuilder()
            .setRequestId(requestId.value())
            .setAccountId(account)
            .setAmountMicros(amount.micros())
            .setTokens(tokens)
            .build();
    return ifctl.with(
        (clients, out) -> {
          var response = clients.accounts().grant(request);
          out.show(response, () -> row(Table.of("SWARM", "GRANTED", "SPENT", "CREDIT"), response.getAccount()));
        });
  }

  @Command(name = "get", description = "Show what an account had, spent and promised.")
  int get(
      @Parameters(paramLabel = "ACCOUNT") String id,
      @Option(names = "--swarm", defaultValue = "", description = "The swarm that asks, about its own account or one beneath it.") String swarm) {
    return ifctl.with(
        (clients, out) -> {
          var response = clients.accounts().getAccount(GetAccountRequest.newBuilder().setAccountId(id).setSwarmId(swarm).build());
          Account account = response.getAccount();
          boolean swarms = account.getKind() == AccountKind.ACCOUNT_KIND_SWARM || account.getKind() == AccountKind.ACCOUNT_KIND_UNSPECIFIED;
          out.show(
              response,
              () ->
                  swarms && account.getParentId().isEmpty() && account.getChildren() == 0
                      ? Table.of("SWARM", "GRANTED", "SPENT", "CREDIT", "COMMITTED", "COMPLETED", "FAILED", "WASTED")
                          .row(
                              account.getAccountId(),
                              Money.dollars(account.getGrantedMicros()),
                              Money.dollars(account.getSettledMicros()),
                              Money.dollars(account.getCreditMicros()),
                              Money.dollars(response.getCommittedMicros()),
                              account.getClaimsCompleted(),
                              account.getClaimsFailed(),
                              Money.dollars(account.getWastedMicros()))
                      : AccountTable.of(List.of(response)));
        });
  }

  @Command(
      name = "place",
      description = {"Put the account of a swarm or organisation beneath another; without a parent, take it out of its tree.", ""})
  int place(
      @Parameters(paramLabel = "ACCOUNT") String account,
      @Parameters(paramLabel = "PARENT", arity = "0..1", defaultValue = "") String parent,
      @Option(names = "--draw", paramLabel = "USD", converter = Flags.MoneyFlag.class, description = "Draw so much from the parent by itself ...") Money draw,
      @Option(names = "--draw-below", paramLabel = "USD", defaultValue = "0", converter = Flags.MoneyFlag.class, description = "... when this much is left.")
          Money below,
      @Mixin RequestId requestId) {
    PlaceAccountRequest.Builder request =
        PlaceAccountRequest.newBuilder().setRequestId(requestId.value()).setAccountId(account).setParentId(parent);
    if (draw != null) {
      request.setDraw(DrawOrder.newBuilder().setAmountMicros(draw.micros()).setBelowMicros(below.micros()));
    }
    return ifctl.with(
        (clients, out) -> {
          var response = clients.accounts().placeAccount(request.build());
          out.show(response, () -> AccountTable.ofAccounts(List.of(response.getAccount())));
        });
  }

  @Command(name = "transfer", description = "Move money between an account and its parent.")
  int transfer(
      @Parameters(paramLabel = "FROM") String from,
      @Parameters(paramLabel = "TO") String to,
      @Parameters(paramLabel = "USD", arity = "0..1", defaultValue = "0", converter = Flags.MoneyFlag.class) Money amount,
      @Option(names = "--tokens", defaultValue = "0", description = "Tokens besides.") long tokens,
      @Option(names = "--swarm", defaultValue = "", description = "The swarm that does it, beneath its own account.") String swarm,
      @Mixin RequestId requestId) {
    TransferRequest request =
        TransferRequest.newBuilder()
            .setRequestId(requestId.value())
            .setFromAccountId(from)
            .setToAccountId(to)
            .setAmountMicros(amount.micros())
            .setTokens(tokens)
            .setSwarmId(swarm)
            .build();
    return ifctl.with(
        (clients, out) -> {
          var response = clients.accounts().transfer(request);
          out.show(response, () -> AccountTable.ofAccounts(List.of(response.getFrom(), response.getTo())));
        });
  }

  @Command(name = "charge", description = "Book a cost that no claim brings: an amount, or tokens of a model at the price of the day.")
  int charge(
      @Parameters(paramLabel = "ACCOUNT") String account,
      @Parameters(paramLabel = "USD", arity = "0..1", defaultValue = "0", converter = Flags.MoneyFlag.class) Money amount,
      @Option(names = "--model", defaultValue = "", description = "Whose tokens they are.") String model,
      @Option(names = "--input", defaultValue = "0", description = "Tokens read.") long input,
      @Option(names = "--output-tokens", defaultValue = "0", description = "Tokens written.") long output,
      @Option(names = "--claim", defaultValue = "", description = "The claim it belongs to.") String claim,
      @Option(names = "--fence", defaultValue = "0", description = "The fence of that claim.") long fence,
      @Option(names = "--swarm", defaultValue = "", description = "The swarm that holds the claim, or does it.") String swarm,
      @Option(names = "--reason", defaultValue = "") String reason,
      @Mixin RequestId requestId) {
    ChargeRequest.Builder request =
        ChargeRequest.newBuilder()
            .setRequestId(requestId.value())
            .setAccountId(account)
            .setAmountMicros(amount.micros())
            .setClaimId(claim)
            .setFence(fence)
            .setSwarmId(swarm)
            .setReason(reason);
    if (!model.isEmpty() || input != 0 || output != 0) {
      request.setTokens(TokenUse.newBuilder().setModel(model).setInputTokens(input).setOutputTokens(output));
    }
    return ifctl.with(
        (clients, out) -> {
          var response = clients.accounts().charge(request.build());
          out.show(response, () -> AccountTable.ofAccounts(List.of(response.getAccount())));
        });
  }

  @Command(name = "refund", description = "Give a charge back, whole or in part.")
  int refund(
      @Parameters(paramLabel = "ACCOUNT") String account,
      @Parameters(paramLabel = "CHARGE", description = "The request id of the charge.") String charge,
      @Parameters(paramLabel = "USD", arity = "0..1", defaultValue = "0", converter = Flags.MoneyFlag.class, description = "All that is left of it when not given.")
          Money amount,
      @Option(names = "--reason", defaultValue = "") String reason,
      @Mixin RequestId requestId) {
    RefundRequest request =
        RefundRequest.newBuilder()
            .setRequestId(requestId.value())
            .setAccountId(account)
            .setChargeRequestId(charge)
            .setAmountMicros(amount.micros())
            .setReason(reason)
            .build();
    return ifctl.with(
        (clients, out) -> {
          var response = clients.accounts().refund(request);
          out.show(response, () -> AccountTable.ofAccounts(List.of(response.getAccount())));
        });
  }

  @Command(name = "close", description = "Close an account with all beneath it: what is not spent goes back.")
  int close(
      @Parameters(paramLabel = "ACCOUNT") String account,
      @Option(names = "--reason", defaultValue = "") String reason,
      @Option(names = "--swarm", defaultValue = "", description = "The swarm that does it, beneath its own account.") String swarm,
      @Mixin RequestId requestId) {
    CloseAccountRequest request =
        CloseAccountRequest.newBuilder().setRequestId(requestId.value()).setAccountId(account).setReason(reason).setSwarmId(swarm).build();
    return ifctl.with(
        (clients, out) -> {
          var response = clients.accounts().closeAccount(request);
          String state = response.getState().name().substring("ACCOUNT_STATE_".length()).toLowerCase(Locale.ROOT);
          out.show(
              response,
              () -> Table.of("ACCOUNT", "STATE", "CLOSED", "WAITS FOR").row(account, state, response.getClosed(), String.join(" ", response.getWaitsForSwarmsList())));
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
