package io.infrafabric.cli.ifctl;

import io.infrafabric.cli.output.Money;
import io.infrafabric.governor.v1.Breaker;
import io.infrafabric.governor.v1.ListBreakersRequest;
import io.infrafabric.governor.v1.ResetRequest;
import io.infrafabric.governor.v1.TripRequest;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Breakers: stopping a swarm. */
@Command(name = "breaker", description = "Stop a swarm from claiming.", synopsisSubcommandLabel = "VERB")
final class BreakerVerbs {
  @ParentCommand private IfctlCommand ifctl;

  @Command(name = "list", description = "List breakers.")
  int list(@Option(names = "--open", description = "Only open ones.") boolean openOnly) {
    return ifctl.with(
        (clients, out) -> {
          List<Breaker> breakers =
              clients.breakers().listBreakers(ListBreakersRequest.newBuilder().setOpenOnly(openOnly).build()).getBreakersList();
          out.showAll(breakers, () -> Shown.breakers(breakers));
        });
  }

  @Command(name = "trip", description = "Open a breaker: the swarm claims nothing more.")
  int trip(
      @Parameters(paramLabel = "SWARM") String swarm,
      @Option(names = "--reason", required = true) String reason,
      @Option(names = "--by", required = true, paramLabel = "PERSON") String principal,
      @Mixin RequestId requestId) {
    TripRequest request =
        TripRequest.newBuilder()
            .setRequestId(requestId.value())
            .setSwarmId(swarm)
            .setReason(reason)
            .setPrincipal(principal)
            .build();
    return ifctl.with(
        (clients, out) -> {
          Breaker breaker = clients.breakers().trip(request).getBreaker();
          out.show(breaker, () -> Shown.breakers(List.of(breaker)));
        });
  }

  @Command(name = "reset", description = "Close a breaker.")
  int reset(
      @Parameters(paramLabel = "SWARM") String swarm,
      @Option(names = "--reason", required = true) String reason,
      @Option(names = "--by", required = true, paramLabel = "PERSON") String principal,
      @Option(
              names = "--grant",
              converter = Flags.MoneyFlag.class,
              paramLabel = "USD",
              defaultValue = "0",
              description = "Needed when the budget was exhausted.")
          Money grant,
      @Mixin RequestId requestId) {
    ResetRequest request =
        ResetRequest.newBuilder()
            .setRequestId(requestId.value())
            .setSwarmId(swarm)
            .setReason(reason)
            .setPrincipal(principal)
            .setGrantMicros(grant.micros())
            .build();
    return ifctl.with(
        (clients, out) -> {
          Breaker breaker = clients.breakers().reset(request).getBreaker();
          out.show(breaker, () -> Shown.breakers(List.of(breaker)));
        });
  }
}
