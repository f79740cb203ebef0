package io.infrafabric.cli.ifctl;

import io.infrafabric.cli.output.Table;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Content by its digest. */
@Command(name = "object", description = "Put and get content above 64 KiB, at most 64 MiB.", synopsisSubcommandLabel = "VERB")
final class ObjectVerbs {
  @ParentCommand private IfctlCommand ifctl;

  @Command(name = "put", description = "Put a file, and tell its SHA-256.")
  int put(@Parameters(paramLabel = "FILE", description = "- is standard input.") Path file) {
    return ifctl.with(
        (clients, out) -> {
          try (Content content = Content.of(file)) {
            var ref = content.stored(clients);
            out.show(ref, () -> Table.of("SHA256", "BYTES").row(ref.getSha256(), ref.getSizeBytes()));
          }
        });
  }

  @Command(name = "get", description = "Write an object, once all of it has come and is what its digest says.")
  int get(
      @Parameters(paramLabel = "SHA256") String sha256,
      @Option(names = "--to", paramLabel = "FILE", description = "Instead of standard output.") Path file) {
    return ifctl.with(
        (clients, out) -> {
          if (file == null) {
            clients.objects().get(sha256, System.out);
            return;
          }
          clients.objects().get(sha256, file);
        });
  }
}
