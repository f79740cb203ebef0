package io.infrafabric.cli.ifctl;

import io.grpc.StatusRuntimeException;
import io.infrafabric.cli.fabric.FabricClients;
import io.infrafabric.cli.manifest.ManifestDocuments;
import io.infrafabric.cli.manifest.ManifestFiles;
import io.infrafabric.cli.manifest.WrittenManifest;
import io.infrafabric.cli.output.Output;
import io.infrafabric.cli.output.Table;
import io.infrafabric.common.v1.ErrorType;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.v1.RegisterSwarmRequest;
import io.infrafabric.governor.v1.RegisterSwarmResponse;
import io.infrafabric.kit.grpc.Errors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Registers the swarms of many manifests. */
@Command(
    name = "import",
    description = {
      "Register the swarms of a file of manifests, or of every .yaml, .yml and .json file of a folder. All of them are read and checked first:",
      "when anything is wrong with any, everything that is wrong is told and nobody is registered. What is registered already stays as it is."
    })
final class SwarmImportVerb implements Callable<Integer> {
  @ParentCommand private SwarmVerbs swarm;

  @Parameters(paramLabel = "DIR|FILE", description = "A file may hold several manifests, or the swarm_profiles of a policy of the predecessor.")
  private Path path;

  @Option(names = "--dry-run", description = "Only say what would become of each.")
  private boolean dryRun;

  @Mixin private RequestId requestId;

  /** What became of one manifest. */
  private record Result(WrittenManifest written, Optional<RegisterSwarmResponse> response, Optional<Refusal> refusal) {
    String word() {
      return response
          .map(answer -> answer.getCreated() ? "created" : answer.getUnchanged() ? "unchanged" : "replaced")
          .orElse("refused");
    }

    String version() {
      return response.map(answer -> String.valueOf(answer.getVersion())).orElse("");
    }

    String detail() {
      return refusal.map(Refusal::message).orElseGet(() -> String.join("; ", notes()));
    }

    private List<String> notes() {
      List<String> notes = new ArrayList<>(written.notes());
      response.ifPresent(answer -> notes.addAll(answer.getNotesList()));
      return notes;
    }
  }

  @Override
  public Integer call() {
    ManifestDocuments documents = ManifestFiles.read(path);
    if (!documents.problems().isEmpty()) {
      throw problems(documents.problems()).asException();
    }
    return swarm.with((clients, out) -> register(clients, out, documents.manifests()));
  }

  /** All of them as one. */
  private static Refusal problems(List<Refusal> problems) {
    String all = String.join(System.lineSeparator() + "  ", problems.stream().map(Refusal::message).toList());
    return Refusal.of(problems.getFirst().code(), "nobody was registered:%n  %s".formatted(all));
  }

  private void register(FabricClients clients, Output out, List<WrittenManifest> manifests) {
    List<Result> results = manifests.stream().map(written -> register(clients, written)).toList();
    out.showAll(results.stream().flatMap(result -> result.response().stream()).toList(), () -> table(results));
    if (dryRun) {
      System.err.println("nothing was written; without --dry-run it is.");
    }
    List<Refusal> refusals = results.stream().flatMap(result -> result.refusal().stream()).toList();
    if (!refusals.isEmpty()) {
      throw Refusal.of(refusals.getFirst().code(), "%d of %d manifests were refused, the first: %s".formatted(refusals.size(), results.size(), refusals.getFirst().message()))
          .asException();
    }
  }

  private Result register(FabricClients clients, WrittenManifest written) {
    RegisterSwarmRequest request =
        RegisterSwarmRequest.newBuilder()
            .setRequestId(requestId.value() + ":" + written.manifest().getSwarmId())
            .setManifest(written.manifest())
            .setDryRun(dryRun)
            .build();
    try {
      return new Result(written, Optional.of(clients.registry().registerSwarm(request)), Optional.empty());
    } catch (StatusRuntimeException failure) {
      Refusal refusal = Errors.refusalOf(failure).orElseThrow(() -> failure);
      if (refusal.traits().getType() == ErrorType.ERROR_TYPE_EXTERNAL) {
        throw failure; // the others would fare no better; what was registered is unchanged the next time
      }
      return new Result(written, Optional.empty(), Optional.of(refusal));
    }
  }

  private static Table table(List<Result> results) {
    Table table = Table.of("SWARM", "RESULT", "VERSION", "FROM", "DETAIL");
    results.forEach(result -> table.row(result.written().manifest().getSwarmId(), result.word(), result.version(), result.written().source(), result.detail()));
    return table;
  }
}
