package io.infrafabric.cli.ifctl;

import io.infrafabric.cli.fabric.Document;
import io.infrafabric.cli.fabric.FabricClients;
import io.infrafabric.cli.output.Money;
import io.infrafabric.cli.output.Table;
import io.infrafabric.governor.v1.GetSwarmRequest;
import io.infrafabric.governor.v1.GetSwarmResponse;
import io.infrafabric.governor.v1.ListSwarmsRequest;
import io.infrafabric.governor.v1.Manifest;
import io.infrafabric.governor.v1.RankSwarmsRequest;
import io.infrafabric.governor.v1.RankSwarmsResponse;
import io.infrafabric.governor.v1.RegisterSwarmRequest;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.governor.v1.UnregisterSwarmRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Swarms: who there is, and who should do what. */
@Command(name = "swarm", description = "Who there is, and who should do what.", synopsisSubcommandLabel = "VERB")
final class SwarmVerbs {
  @ParentCommand private IfctlCommand ifctl;

  @Command(name = "register", description = "Register a swarm, or replace its manifest.")
  int register(
      @Parameters(paramLabel = "FILE", description = "A manifest in YAML or JSON; - is standard input.") Path file,
      @Mixin RequestId requestId) {
    String text = new String(Flags.content(file), StandardCharsets.UTF_8);
    Manifest manifest = Document.read(file.toString(), text, Manifest.newBuilder()).build();
    return ifctl.with(
        (clients, out) -> {
          var request = RegisterSwarmRequest.newBuilder().setRequestId(requestId.value()).setManifest(manifest).build();
          var response = clients.registry().registerSwarm(request);
          response.getNotesList().forEach(note -> System.err.println("note: " + note));
          out.show(response, () -> Shown.standings(List.of(response.getStanding())));
        });
  }

  @Command(name = "get", description = "Show a swarm's manifest and standing.")
  int get(
      @Parameters(paramLabel = "SWARM") String swarm,
      @Option(names = "--watch", description = "Then every change, until Ctrl-C.") boolean watch) {
    GetSwarmRequest request = GetSwarmRequest.newBuilder().setSwarmId(swarm).build();
    if (watch) {
      return ifctl.with(
          (clients, out) ->
              new Follow<GetSwarmResponse>(
                      out,
                      found -> found.getStanding().getSwarmId(),
                      found -> found.toBuilder().setStanding(news(found.getStanding())).build(),
                      found -> true,
                      found -> Shown.line(found.getStanding()))
                  .untilInterrupted(() -> List.of(clients.registry().getSwarm(request))));
    }
    return ifctl.with(
        (clients, out) -> {
          var response = clients.registry().getSwarm(request);
          out.show(response, () -> Shown.standings(List.of(response.getStanding())));
        });
  }

  @Command(
      name = "unregister",
      description = "Take a swarm out: it claims nothing more; what it holds may end, and its account, breaker and reputation are kept.")
  int unregister(
      @Parameters(paramLabel = "SWARM") String swarm,
      @Option(names = "--reason", required = true) String reason,
      @Option(names = "--by", required = true, paramLabel = "PERSON") String principal,
      @Mixin RequestId requestId) {
    UnregisterSwarmRequest request =
        UnregisterSwarmRequest.newBuilder()
            .setRequestId(requestId.value())
            .setSwarmId(swarm)
            .setReason(reason)
            .setPrincipal(principal)
            .build();
    return ifctl.with(
        (clients, out) -> {
          var response = clients.registry().unregisterSwarm(request);
          if (response.getOpenClaims() > 0) {
            System.err.println("note: it still holds " + response.getOpenClaims() + " claims, which may end");
          }
          out.show(response, () -> Shown.standings(List.of(response.getStanding())));
        });
  }

  @Command(name = "list", description = "List the registered swarms.")
  int list(
      @Option(names = "--unregistered", description = "Also those that were unregistered.") boolean unregistered,
      @Option(names = "--watch", description = "All of them, then every change, until Ctrl-C; also how one leaves the list.") boolean watch) {
    if (watch) {
      return ifctl.with(
          (clients, out) ->
              new Follow<Standing>(out, Standing::getSwarmId, SwarmVerbs::news, standing -> unregistered || !standing.getUnregistered(), Shown::line)
                  .untilInterrupted(() -> all(clients, true)));
    }
    return ifctl.with(
        (clients, out) -> {
          List<Standing> standings = all(clients, unregistered);
          out.showAll(standings, () -> Shown.standings(standings));
        });
  }

  /** What is booked for the coordinators to know is no news; what it cost is. */
  static Standing news(Standing standing) {
    return standing.toBuilder().clearSettledClaimIds().clearBookedThrough().clearRevision().build();
  }

  private static List<Standing> all(FabricClients clients, boolean unregistered) {
    List<Standing> standings = new ArrayList<>();
    ListSwarmsRequest.Builder request = ListSwarmsRequest.newBuilder().setPageSize(500).setIncludeUnregistered(unregistered);
    do {
      var page = clients.registry().listSwarms(request.build());
      standings.addAll(page.getStandingsList());
      request.setPageToken(page.getNextPageToken());
    } while (!request.getPageToken().isEmpty());
    return standings;
  }

  @Command(name = "rank", description = "Order the swarms for a task, and say why others may not have it.")
  int rank(
      @Option(names = {"-c", "--capability"}, split = ",", description = "Repeatable.") List<String> capabilities,
      @Option(names = "--max-cost", converter = Flags.MoneyFlag.class, paramLabel = "USD", defaultValue = "0") Money maxCost,
      @Option(names = "--max-cost-per-hour", converter = Flags.MoneyFlag.class, paramLabel = "USD", defaultValue = "0") Money perHour,
      @Option(names = "--min-reputation", paramLabel = "MILLIS", description = "In thousandths.") int minReputation,
      @Option(names = "--limit", defaultValue = "10") int limit) {
    RankSwarmsRequest.Builder request =
        RankSwarmsRequest.newBuilder()
            .setMaxCostMicros(maxCost.micros())
            .setMaxCostPerHourMicros(perHour.micros())
            .setMinReputationMillis(minReputation)
            .setLimit(limit)
            .setIncludeRejected(true);
    Optional.ofNullable(capabilities).ifPresent(request::addAllRequiredCapabilities);
    return ifctl.with(
        (clients, out) -> {
          RankSwarmsResponse response = clients.match().rankSwarms(request.build());
          out.show(response, () -> ranking(response));
        });
  }

  private static Table ranking(RankSwarmsResponse response) {
    Table table = Table.of("SWARM", "MATCH", "SCORE", "COST/H", "CREDIT", "WHY NOT");
    response
        .getCandidatesList()
        .forEach(
            one ->
                table.row(
                    one.getSwarmId(),
                    "%d/%d".formatted(one.getMatched(), one.getRequired()),
                    String.format(Locale.ROOT, "%.4f", one.getScore()),
                    Money.dollars(one.getCostPerHourMicros()),
                    Money.dollars(one.getCreditMicros()),
                    ""));
    response
        .getRejectedList()
        .forEach(one -> table.row(one.getSwarmId(), "", "", "", "", String.join("; ", one.getDetailsList())));
    return table;
  }
}
