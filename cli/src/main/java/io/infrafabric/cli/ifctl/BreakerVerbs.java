package io.infrafabric.cli.ifctl;

import io.infrafabric.cli.output.Money;
import io.infrafabric.governor.v1.Breaker;
import io.infrafabric.governor.v1.GetBreakerRequest;
import io.infrafabric.governor.v1.ListBreakersRequest;
import io.infrafabric.governor.v1.ResetRequest;
import io.infrafabric.governor.v1.TripRequest;
import io.infrafabric.governor.v1.WatchBreakersRequest;
import io.infrafabric.governor.v1.WatchBreakersResponse;
import java.util.Iterator;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Breakers: stopping a swarm. */
@Command(name = "breaker", description = "Stop a swarm from claiming, as a whole or what requires one capability.", synopsisSubcommandLabel = "VERB")
final class BreakerVerbs {
  @ParentCommand private IfctlCommand ifctl;

  @Command(name = "list", description = "List breakers.")
  int list(@Option(names = "--open", description = "Only swarms of which one is not closed.") boolean openOnly) {
    return ifctl.with(
        (clients, out) -> {
          List<Breaker> breakers =
              clients.breakers().listBreakers(ListBreakersRequest.newBuilder().setOpenOnly(openOnly).build()).getBreakersList();
          out.showAll(breakers, () -> BreakerTable.of(breakers));
        });
  }

  @Command(name = "get", description = "Show the breakers of one swarm.")
  int get(@Parameters(paramLabel = "SWARM") String swarm) {
    return ifctl.with(
        (clients, out) -> {
          Breaker breaker = clients.breakers().getBreaker(GetBreakerRequest.newBuilder().setSwarmId(swarm).build()).getBreaker();
          out.show(breaker, () -> BreakerTable.of(List.of(breaker)));
        });
  }

  @Command(name = "watch", description = "Show those that are not closed and every change, until Ctrl-C.")
  int watch(@Option(names = "--all", description = "Begin with the closed ones too.") boolean all) {
    return ifctl.with(
        (clients, out) -> {
          Iterator<WatchBreakersResponse> changes = clients.breakers().watchBreakers(WatchBreakersRequest.newBuilder().setAll(all).build());
          while (changes.hasNext()) {
            Breaker change = changes.next().getBreaker();
            out.next(change, () -> BreakerTable.line(change));
          }
        });
  }

  @Command(name = "open", aliases = "trip", description = "Open a breaker: the swarm claims nothing more, or nothing that requires the capability.")
  int open(
      @Parameters(paramLabel = "SWARM") String swarm,
      @Option(names = "--capability", defaultValue = "", description = "Only what requires it.") String capability,
      @Option(names = "--reason", required = true) String reason,
      @Option(names = "--by", required = true, paramLabel = "PERSON") String principal,
      @Mixin RequestId requestId) {
    TripRequest request =
        TripRequest.newBuilder()
            .setRequestId(requestId.value())
            .setSwarmId(swarm)
            .setReason(reason)
            .setPrincipal(principal)
            .setCapability(capability)
            .build();
    return ifctl.with(
        (clients, out) -> {
          Breaker breaker = clients.breakers().trip(request).getBreaker();
          out.show(breaker, () -> BreakerTable.of(List.of(breaker)));
        });
  }

  @Command(name = "reset", description = "Close a breaker.")
  int reset(
      @Parameters(paramLabel = "SWARM") String swarm,
      @Option(names = "--capability", defaultValue = "", description = "The breaker of a capability; that of the swarm as a whole when not given.")
          String capability,
      @Option(names = "--reason", required = true) String reason,
      @Option(names = "--by", required = true, paramLabel = "PERSON") String principal,
      @Option(
              names = "--grant",
              converter = Flags.MoneyFlag.class,
              paramLabel = "USD",
              defaultValue = "0",
              description = "Needed when the swarm has no money left.")
          Money grant,
      @Mixin RequestId requestId) {
    ResetRequest request =
        ResetRequest.newBuilder()
            .setRequestId(requestId.value())
            .setSwarmId(swarm)
            .setReason(reason)
            .setPrincipal(principal)
            .setGrantMicros(grant.micros())
            .setCapability(capability)
            .build();
    return ifctl.with(
        (clients, out) -> {
          Breaker breaker = clients.breakers().reset(request).getBreaker();
          out.show(breaker, () -> BreakerTable.of(List.of(breaker)));
        });
  }
}
