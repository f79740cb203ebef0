package io.infrafabric.cli.ifctl;

import io.infrafabric.cli.fabric.FabricClients;
import io.infrafabric.cli.manifest.ManifestDocuments;
import io.infrafabric.cli.manifest.ManifestSchema;
import io.infrafabric.cli.output.Output;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.v1.GetSwarmRequest;
import io.infrafabric.governor.v1.GetSwarmResponse;
import io.infrafabric.governor.v1.ListManifestsRequest;
import io.infrafabric.governor.v1.ListSwarmsRequest;
import io.infrafabric.governor.v1.Manifest;
import io.infrafabric.governor.v1.RegisterSwarmRequest;
import io.infrafabric.governor.v1.Standing;
import io.infrafabric.governor.v1.UnregisterSwarmRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Swarms: who there is, and who should do what. */
@Command(
    name = "swarm",
    description = "Who there is, and who should do what.",
    synopsisSubcommandLabel = "VERB",
    subcommands = {SwarmImportVerb.class, SwarmMatchVerbs.Rank.class, SwarmMatchVerbs.Explain.class, SwarmSignVerbs.Keygen.class, SwarmSignVerbs.Sign.class})
final class SwarmVerbs {
  @ParentCommand private IfctlCommand ifctl;

  /** Runs a verb with clients and an output. */
  int with(BiConsumer<FabricClients, Output> verb) {
    return ifctl.with(verb);
  }

  /** Prints what needs no fabric. */
  void show(Consumer<Output> verb) {
    ifctl.show(verb);
  }

  @Command(name = "register", description = "Register a swarm, or replace its manifest.")
  int register(
      @Parameters(paramLabel = "FILE", description = "A manifest in YAML or JSON; - is standard input.") Path file,
      @Mixin RequestId requestId) {
    Manifest manifest = manifest(file);
    return ifctl.with(
        (clients, out) -> {
          var request = RegisterSwarmRequest.newBuilder().setRequestId(requestId.value()).setManifest(manifest).build();
          var response = clients.registry().registerSwarm(request);
          response.getNotesList().forEach(note -> System.err.println("note: " + note));
          out.show(response, () -> Shown.standings(List.of(response.getStanding())));
        });
  }

  /** The one manifest of a file. */
  static Manifest manifest(Path file) {
    ManifestDocuments documents = new ManifestDocuments().add(file.toString(), new String(Flags.content(file), StandardCharsets.UTF_8));
    documents.problems().stream().findFirst().ifPresent(problem -> {
      throw problem.asException();
    });
    if (documents.manifests().size() != 1) {
      throw Refusal.of(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "%s holds %d manifests: use ifctl swarm import".formatted(file, documents.manifests().size()))
          .asException();
    }
    return documents.manifests().getFirst().manifest();
  }

  @Command(name = "schema", description = "Print the JSON Schema of a manifest; needs no fabric.")
  int schema() {
    System.out.print(ManifestSchema.text());
    System.out.flush();
    return 0;
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

  @Command(name = "versions", description = "List the manifests that a swarm had, the newest 16.")
  int versions(@Parameters(paramLabel = "SWARM") String swarm) {
    return ifctl.with(
        (clients, out) -> {
          var versions = clients.registry().listManifests(ListManifestsRequest.newBuilder().setSwarmId(swarm).build()).getVersionsList();
          out.showAll(versions, () -> Shown.manifests(versions));
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
}
