package io.infrafabric.cli.ifctl;

import io.infrafabric.cli.fabric.Addresses;
import io.infrafabric.cli.fabric.FabricClients;
import io.infrafabric.cli.fabric.Home;
import io.infrafabric.cli.fabric.Identity;
import io.infrafabric.cli.output.Format;
import io.infrafabric.cli.output.Output;
import java.nio.file.Path;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** Operates a fabric: the one that {@code ./fabric up} started, or one whose addresses are given. */
@Command(
    name = "ifctl",
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    description = "Operate a fabric: the one that runs here, or one whose addresses are given.",
    synopsisSubcommandLabel = "VERB",
    subcommands = {
      StatusVerb.class,
      TaskVerbs.class,
      HeldVerbs.class,
      PlanVerbs.class,
      BlockerVerbs.class,
      ObjectVerbs.class,
      AgentVerbs.class,
      CompletionVerb.class,
      SessionVerbs.class,
      QuarantineVerbs.class,
      SwarmVerbs.class,
      AccountVerbs.class,
      BudgetVerbs.class,
      BreakerVerbs.class,
      PolicyVerbs.class,
      EscalationVerbs.class,
      ChassisVerbs.class,
      TokenVerbs.class,
      WitnessVerbs.class
    },
    footer = {
      "%nExit codes: 0 ok, 1 failed, 2 usage, 3 conflict, 4 unavailable, 5 not permitted, 6 not found,",
      "7 outcome unknown (send it again with the same --request-id)."
    })
public final class IfctlCommand {
  @Option(
      names = "--coordinator",
      scope = ScopeType.INHERIT,
      paramLabel = "HOST:PORT",
      defaultValue = "${env:IF_COORDINATOR_TARGET}",
      description = "Or IF_COORDINATOR_TARGET.")
  private String coordinator;

  @Option(
      names = "--governor",
      scope = ScopeType.INHERIT,
      paramLabel = "HOST:PORT",
      defaultValue = "${env:IF_GOVERNOR_TARGET}",
      description = "Or IF_GOVERNOR_TARGET.")
  private String governor;

  @Option(
      names = "--chassis",
      scope = ScopeType.INHERIT,
      paramLabel = "HOST:PORT",
      defaultValue = "${env:IF_CHASSIS_TARGET}",
      description = "Or IF_CHASSIS_TARGET.")
  private String chassis;

  @Option(
      names = "--nats",
      scope = ScopeType.INHERIT,
      paramLabel = "URL",
      defaultValue = "${env:IF_NATS_URL}",
      description = "Or IF_NATS_URL.")
  private String nats;

  @Option(
      names = "--token-file",
      scope = ScopeType.INHERIT,
      paramLabel = "FILE",
      defaultValue = "${env:IF_TOKEN_FILE}",
      description = "Who calls. Or IF_TOKEN_FILE; or the token itself in IF_TOKEN.")
  private Path tokenFile;

  @Option(
      names = "--tls-ca",
      scope = ScopeType.INHERIT,
      paramLabel = "FILE",
      defaultValue = "${env:IF_TLS_CA}",
      description = "Talk TLS with services that this authority vouches for. Or IF_TLS_CA.")
  private Path authority;

  @Option(
      names = "--tls-cert",
      scope = ScopeType.INHERIT,
      paramLabel = "FILE",
      defaultValue = "${env:IF_TLS_CERT}",
      description = "Certificate of this client. Or IF_TLS_CERT.")
  private Path cert;

  @Option(
      names = "--tls-key",
      scope = ScopeType.INHERIT,
      paramLabel = "FILE",
      defaultValue = "${env:IF_TLS_KEY}",
      description = "Its private key. Or IF_TLS_KEY.")
  private Path key;

  @Option(
      names = {"-o", "--output"},
      scope = ScopeType.INHERIT,
      defaultValue = "table",
      description = "${COMPLETION-CANDIDATES}; table by default.")
  private Format format;

  /** Runs a verb with clients and an output, and returns its exit code. */
  int with(BiConsumer<FabricClients, Output> verb) {
    Addresses given = new Addresses(coordinator, governor, chassis, nats);
    try (FabricClients clients = new FabricClients(given.orOfFabricUnder(Home.path()), Identity.of(tokenFile, authority, cert, key))) {
      verb.accept(clients, new Output(format, System.out));
      System.out.flush();
      return 0;
    }
  }

  /** Prints what needs no fabric. */
  void show(Consumer<Output> verb) {
    verb.accept(new Output(format, System.out));
    System.out.flush();
  }
}
