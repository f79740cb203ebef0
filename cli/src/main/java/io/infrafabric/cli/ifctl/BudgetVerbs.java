package io.infrafabric.cli.ifctl;

import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Timestamps;
import io.infrafabric.cli.output.Money;
import io.infrafabric.cli.output.Table;
import io.infrafabric.governor.v1.DatedTokenPrice;
import io.infrafabric.governor.v1.GetAccountResponse;
import io.infrafabric.governor.v1.GetForecastRequest;
import io.infrafabric.governor.v1.GetForecastResponse;
import io.infrafabric.governor.v1.ListAccountsRequest;
import io.infrafabric.governor.v1.ListTokenPricesRequest;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Budgets: who has what beneath whom, how long it lasts, and what tokens cost. */
@Command(name = "budget", description = "Who has what beneath whom, and how long it lasts.", synopsisSubcommandLabel = "VERB", subcommands = ReportVerb.class)
final class BudgetVerbs {
  @ParentCommand private IfctlCommand ifctl;

  @Command(name = "tree", description = "List accounts by their way from the top.")
  int tree(
      @Parameters(paramLabel = "ACCOUNT", arity = "0..1", defaultValue = "", description = "Only this one and what stands beneath it.") String under,
      @Option(names = "--parent", defaultValue = "", description = "Only those right beneath this one.") String parent,
      @Option(names = "--kind", description = "${COMPLETION-CANDIDATES}") AccountVerbs.Kind kind,
      @Option(names = "--limit", defaultValue = "500", description = "At most so many (default ${DEFAULT-VALUE}).") int limit) {
    ListAccountsRequest.Builder request = ListAccountsRequest.newBuilder().setUnderId(under).setParentId(parent).setPageSize(Math.clamp(limit, 1, 500));
    Optional.ofNullable(kind).map(AccountVerbs.Kind::proto).ifPresent(request::setKind);
    return ifctl.with(
        (clients, out) -> {
          List<GetAccountResponse> found = new ArrayList<>();
          do {
            var page = clients.accounts().listAccounts(request.build());
            found.addAll(page.getAccountsList());
            request.setPageToken(page.getNextPageToken());
          } while (!request.getPageToken().isEmpty() && found.size() < limit);
          List<GetAccountResponse> shown = found.subList(0, Math.min(limit, found.size()));
          out.showAll(shown, () -> AccountTable.of(shown));
        });
  }

  @Command(name = "forecast", description = "What an account and all beneath it spend an hour, and how long the money lasts.")
  int forecast(
      @Parameters(paramLabel = "ACCOUNT") String account,
      @Option(names = "--until", paramLabel = "TIME", converter = Flags.TimeFlag.class, description = "The end of the period, such as 2026-01-31T12:00:00Z.")
          Timestamp until,
      @Option(names = "--swarm", defaultValue = "", description = "The swarm that asks, about its own account or one beneath it.") String swarm) {
    GetForecastRequest.Builder request = GetForecastRequest.newBuilder().setAccountId(account).setSwarmId(swarm);
    if (until != null) {
      request.setPeriodEnd(until);
    }
    return ifctl.with(
        (clients, out) -> {
          GetForecastResponse forecast = clients.accounts().getForecast(request.build());
          out.show(forecast, () -> table(forecast));
        });
  }

  @Command(name = "prices", description = "List what tokens cost, by model and day.")
  int prices(@Parameters(paramLabel = "MODEL", arity = "0..1", defaultValue = "") String model) {
    return ifctl.with(
        (clients, out) -> {
          List<DatedTokenPrice> prices = clients.accounts().listTokenPrices(ListTokenPricesRequest.newBuilder().setModel(model).build()).getPricesList();
          out.showAll(
              prices,
              () -> {
                Table table = Table.of("MODEL", "FROM", "INPUT/M", "OUTPUT/M");
                prices.forEach(
                    price ->
                        table.row(
                            price.getModel(),
                            Timestamps.toString(price.getValidFrom()),
                            Money.dollars(price.getInputPerMillionMicros()),
                            Money.dollars(price.getOutputPerMillionMicros())));
                return table;
              });
        });
  }

  private static Table table(GetForecastResponse forecast) {
    Table table = Table.of("ACCOUNT", "SPENT", "LEFT", "PER HOUR", "HOURS LEFT", "EXHAUSTED", "BY THE END");
    String unknown = forecast.getUnknownBecause().isEmpty() ? "-" : "unknown";
    return table.row(
        forecast.getAccountId(),
        Money.dollars(forecast.getSpentMicros()),
        forecast.hasLeftMicros() ? Money.dollars(forecast.getLeftMicros()) : "unlimited",
        forecast.hasMicrosPerHour() ? Money.dollars(forecast.getMicrosPerHour()) : unknown,
        forecast.hasLasts() ? BigDecimal.valueOf(forecast.getLasts().getSeconds()).divide(BigDecimal.valueOf(3_600), 1, RoundingMode.DOWN).toPlainString() : unknown,
        forecast.hasExhaustedAt() ? Timestamps.toString(forecast.getExhaustedAt()) : unknown,
        forecast.hasPeriodSpendMicros() ? Money.dollars(forecast.getPeriodSpendMicros()) : unknown);
  }
}
