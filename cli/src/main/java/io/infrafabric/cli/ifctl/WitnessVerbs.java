package io.infrafabric.cli.ifctl;

import com.google.gson.JsonObject;
import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import io.infrafabric.cli.fabric.FabricClients;
import io.infrafabric.cli.fabric.Home;
import io.infrafabric.cli.output.Money;
import io.infrafabric.cli.output.Output;
import io.infrafabric.cli.output.Table;
import io.infrafabric.cli.witness.ExportFile;
import io.infrafabric.cli.witness.ExportRules.Finding;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.v1.ExportFormat;
import io.infrafabric.governor.v1.ExportRequest;
import io.infrafabric.governor.v1.ExportResponse;
import io.infrafabric.governor.v1.GetCheckpointRequest;
import io.infrafabric.governor.v1.ProveConsistencyRequest;
import io.infrafabric.governor.v1.ProveInclusionRequest;
import io.infrafabric.governor.v1.QueryRequest;
import io.infrafabric.governor.v1.QueryResponse;
import io.infrafabric.governor.v1.TraceRequest;
import io.infrafabric.governor.v1.TraceResponse;
import io.infrafabric.governor.v1.WitnessEntry;
import io.infrafabric.kit.merkle.Checkpoint;
import io.infrafabric.kit.merkle.Hashes;
import io.infrafabric.kit.merkle.ProofRules;
import io.infrafabric.kit.merkle.SignedNote;
import io.infrafabric.local.FabricRecord;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** The audit log. */
@Command(name = "witness", description = "The audit log: search it, take it out, and check it.", synopsisSubcommandLabel = "VERB")
final class WitnessVerbs {
  @ParentCommand private IfctlCommand ifctl;

  @Command(name = "query", description = "The newest entries that match, newest first.")
  int query(
      @Option(names = "--component", description = "coordinator, governor or chassis.", defaultValue = "") String component,
      @Option(names = "--operation", description = "Such as task.claimed.", defaultValue = "") String operation,
      @Option(names = "--severity", description = "info, warning or error.", defaultValue = "") String severity,
      @Option(names = "--swarm", defaultValue = "") String swarm,
      @Option(names = "--task", defaultValue = "") String task,
      @Option(names = "--plan", defaultValue = "") String plan,
      @Option(names = "--trace", paramLabel = "TRACE-ID", defaultValue = "") String trace,
      @Option(names = "--from", converter = Flags.TimeFlag.class, paramLabel = "TIME", description = "At or after.") Timestamp from,
      @Option(names = "--to", converter = Flags.TimeFlag.class, paramLabel = "TIME", description = "Before.") Timestamp to,
      @Option(names = "--limit", defaultValue = "50", description = "At most; default ${DEFAULT-VALUE}.") int limit) {
    QueryRequest.Builder request =
        QueryRequest.newBuilder()
            .setComponent(component)
            .setOperation(operation)
            .setSeverity(severity)
            .setSwarmId(swarm)
            .setTaskId(task)
            .setPlanId(plan)
            .setTraceId(trace);
    Optional.ofNullable(from).ifPresent(request::setFrom);
    Optional.ofNullable(to).ifPresent(request::setTo);
    return ifctl.with(
        (clients, out) -> {
          List<WitnessEntry> entries = new ArrayList<>();
          QueryResponse page;
          do {
            page = clients.witness().query(request.setPageSize(Math.clamp(limit - entries.size(), 1, 500)).build());
            entries.addAll(page.getEntriesList());
            request.setPageToken(page.getNextPageToken());
          } while (!page.getNextPageToken().isEmpty() && entries.size() < limit);
          out.showAll(entries, () -> WitnessTable.of(entries));
        });
  }

  @Command(name = "trace", description = "All entries of one trace, oldest first.")
  int trace(@Parameters(paramLabel = "TRACE-ID") String trace) {
    return ifctl.with(
        (clients, out) -> {
          TraceResponse.Builder all = TraceResponse.newBuilder();
          TraceRequest.Builder request = TraceRequest.newBuilder().setTraceId(trace);
          TraceResponse page;
          do {
            page = clients.witness().trace(request.build());
            all.addAllEntries(page.getEntriesList()).setCostMicros(all.getCostMicros() + page.getCostMicros());
            request.setPageToken(page.getNextPageToken());
          } while (!page.getNextPageToken().isEmpty());
          out.show(all, () -> WitnessTable.of(all.getEntriesList()));
          System.err.println("%d entries, cost %s".formatted(all.getEntriesCount(), Money.dollars(all.getCostMicros())));
        });
  }

  @Command(name = "checkpoint", description = "What the log has come to, signed. Keep it: a later log must begin with the one it is of.")
  int checkpoint() {
    return ifctl.with(
        (clients, out) -> {
          var answer = clients.witness().getCheckpoint(GetCheckpointRequest.getDefaultInstance());
          out.show(answer, () -> note(answer.getCheckpoint()));
        });
  }

  private static Table note(String note) {
    String[] lines = note.split("\n", 2);
    Table table = Table.of(lines[0]);
    lines[1].lines().filter(line -> !line.isEmpty()).forEach(table::row);
    return table;
  }

  @Command(name = "export", description = "Write the log to a file.")
  int export(
      @Parameters(paramLabel = "FILE") Path file,
      @Option(names = "--format", defaultValue = "jsonl", description = "jsonl, which can be verified, or csv.") String format) {
    ExportFormat wanted =
        switch (format) {
          case "jsonl" -> ExportFormat.EXPORT_FORMAT_JSONL;
          case "csv" -> ExportFormat.EXPORT_FORMAT_CSV;
          default -> throw Refusal.of(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "\"%s\" is no format: jsonl or csv".formatted(format)).asException();
        };
    return ifctl.with(
        (clients, out) -> {
          long entries = write(clients, file, wanted);
          JsonObject done = new JsonObject();
          done.addProperty("entries", entries);
          done.addProperty("file", file.toString());
          out.next(done, () -> "%d entries in %s".formatted(entries, file));
        });
  }

  private static long write(FabricClients clients, Path file, ExportFormat format) {
    try (OutputStream to = Files.newOutputStream(file)) {
      ExportRequest.Builder request = ExportRequest.newBuilder().setFormat(format);
      ExportResponse part;
      do {
        part = clients.witness().export(request.build());
        part.getContent().writeTo(to);
        request.setFromIndex(part.getNextIndex()).setTreeSize(part.getTreeSize());
      } while (!part.getLast());
      return part.getTreeSize();
    } catch (IOException failed) {
      throw new UncheckedIOException("%s cannot be written (%s)".formatted(file, failed.getClass().getSimpleName()), failed);
    }
  }

  @Command(
      name = "verify",
      description = "Hash every entry, build the tree and check the signature; exit code 1 and the first bad entry when anything was changed.")
  int verify(
      @Option(names = "--offline", paramLabel = "FILE", description = "An export, instead of the log of the fabric.") Path file,
      @Option(
              names = "--key",
              paramLabel = "KEY",
              description = "Verifier key, or a file of them, one a line; repeatable. That of the fabric that runs here by default; a governor"
                  + " writes its own to verifier-key in the folder of the log.")
          List<String> given,
      @Option(names = "--since", paramLabel = "FILE", description = "A checkpoint kept from before: the log must only have added to it.") Path since) {
    var keys = ExportFile.keys(given == null ? List.of(keyHere()) : given);
    var older = Optional.ofNullable(since).map(kept -> ExportFile.checkpoint(kept, keys));
    if (file != null) {
      ifctl.show(out -> tell(ExportFile.verify(file, keys, older), out));
      return 0;
    }
    return ifctl.with(
        (clients, out) -> {
          try {
            Path export = Files.createTempFile("witness", ".jsonl");
            try {
              write(clients, export, ExportFormat.EXPORT_FORMAT_JSONL);
              tell(ExportFile.verify(export, keys, older), out);
            } finally {
              Files.delete(export);
            }
          } catch (IOException failed) {
            throw new UncheckedIOException(failed);
          }
        });
  }

  private static String keyHere() {
    return FabricRecord.current(Home.path())
        .map(fabric -> fabric.folder().resolve("witness/governor-1/verifier-key"))
        .filter(Files::exists)
        .map(Path::toString)
        .orElseThrow(() -> Refusal.of(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "no fabric runs here: name the verifier key with --key").asException());
  }

  private static void tell(Finding finding, Output out) {
    switch (finding) {
      case Finding.Sound(Checkpoint checkpoint, var key) -> {
        JsonObject sound = new JsonObject();
        sound.addProperty("verified", true);
        sound.addProperty("origin", checkpoint.origin());
        sound.addProperty("entries", checkpoint.size());
        sound.addProperty("rootHash", Base64.getEncoder().encodeToString(checkpoint.root()));
        sound.addProperty("key", key.toString());
        out.next(sound, () -> "verified: %d entries of %s, signed by %s".formatted(checkpoint.size(), checkpoint.origin(), key.idHex()));
      }
      case Finding.Wrong(long index, String what) ->
          throw Refusal.of(ErrorCode.ERROR_CODE_WITNESS_DAMAGED, "not what was signed, from entry %d on: %s".formatted(index, what))
              .with("firstBadIndex", index)
              .asException();
    }
  }

  @Command(name = "prove", description = "That an entry is in the log, or that an older log was only added to; checked before it is shown.")
  int prove(
      @Parameters(paramLabel = "INDEX", arity = "0..1") Long index,
      @Option(names = "--from-size", paramLabel = "N", description = "Size of the older log.") Long from,
      @Option(names = "--size", paramLabel = "N", defaultValue = "0", description = "Size of the log; the newest by default.") long size) {
    if ((index == null) == (from == null)) {
      throw Refusal.of(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "name either the INDEX of an entry or --from-size").asException();
    }
    return ifctl.with((clients, out) -> {
      if (index != null) {
        inclusion(clients, out, index, size);
      } else {
        consistency(clients, out, from, size);
      }
    });
  }

  private static void inclusion(FabricClients clients, Output out, long index, long size) {
    var proof = clients.witness().proveInclusion(ProveInclusionRequest.newBuilder().setIndex(index).setTreeSize(size).build());
    if (!proof.getCheckpoint().isEmpty()) {
      Checkpoint checkpoint = Checkpoint.parse(SignedNote.parse(proof.getCheckpoint()).text());
      byte[] leaf = Hashes.leaf(proof.getEntry().getEntryBytes().toByteArray());
      if (!ProofRules.includes(index, checkpoint.size(), leaf, bytes(proof.getPathList()), checkpoint.root())) {
        throw Refusal.of(ErrorCode.ERROR_CODE_WITNESS_DAMAGED, "the proof does not lead from entry %d to the root".formatted(index)).asException();
      }
    }
    out.show(proof, () -> WitnessTable.of(List.of(proof.getEntry())));
  }

  private static void consistency(FabricClients clients, Output out, long from, long size) {
    var proof = clients.witness().proveConsistency(ProveConsistencyRequest.newBuilder().setFromSize(from).setToSize(size).build());
    out.show(proof, () -> Table.of("FROM", "TO", "HASHES").row(proof.getFromSize(), proof.getToSize(), proof.getProofCount()));
  }

  private static List<byte[]> bytes(List<ByteString> hashes) {
    return hashes.stream().map(ByteString::toByteArray).toList();
  }
}
