package io.infrafabric.bench.rival;

import io.infrafabric.local.ChildProcess;
import io.infrafabric.local.FreePorts;
import io.infrafabric.local.Programs;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** PostgreSQL on loopback with the settings it comes with, which sync its log at every commit. */
final class PostgresServer implements AutoCloseable {
  /** PostgreSQL refuses to run as root; its package makes this account. */
  private static final String ACCOUNT = "postgres";

  private final ChildProcess process;
  private final int port;

  private PostgresServer(ChildProcess process, int port) {
    this.process = process;
    this.port = port;
  }

  /** @param folder which every account may pass through when this one is root */
  static PostgresServer start(Path folder) throws MissingException, IOException, InterruptedException {
    Path programs = programs();
    Files.createDirectories(folder);
    List<String> as = new ArrayList<>();
    if (System.getProperty("user.name").equals("root")) {
      as.addAll(List.of(setpriv().toString(), "--reuid=" + ACCOUNT, "--regid=" + ACCOUNT, "--clear-groups"));
      Files.setOwner(folder, folder.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(ACCOUNT));
      Files.setPosixFilePermissions(folder.getParent(), PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    Path data = folder.resolve("data");
    initialise(folder, command(as, programs.resolve("initdb"), "-D", data, "-U", "bench", "--auth=trust", "--encoding=UTF8", "--no-locale"));
    int port = FreePorts.next();
    ChildProcess process =
        ChildProcess.start(
            new ChildProcess.Command(
                "postgres",
                command(
                    as, programs.resolve("postgres"), "-D", data, "-p", port, "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="),
                folder,
                System.getenv(),
                folder.resolveSibling("postgres.log")));
    PostgresServer server = new PostgresServer(process, port);
    Listening.await(process, port, server);
    return server;
  }

  private static List<String> command(List<String> as, Object... arguments) {
    return Stream.concat(as.stream(), Stream.of(arguments).map(Object::toString)).toList();
  }

  private static void initialise(Path folder, List<String> command) throws IOException, InterruptedException {
    Path log = folder.resolveSibling("initdb.log");
    int code =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).redirectOutput(Redirect.to(log.toFile())).start().waitFor();
    if (code != 0) {
      throw new IOException("initdb failed (exit code %d); its log is %s".formatted(code, log));
    }
  }

  /** Debian keeps the programs of each version in a folder that is not on PATH. */
  private static Path programs() throws MissingException, IOException {
    Optional<Path> onPath = Programs.onPath("initdb").map(Path::getParent).filter(folder -> Files.isExecutable(folder.resolve("postgres")));
    if (onPath.isPresent()) {
      return onPath.get();
    }
    Path versions = Path.of("/usr/lib/postgresql");
    if (Files.isDirectory(versions)) {
      try (Stream<Path> all = Files.list(versions)) {
        Optional<Path> newest =
            all.filter(version -> version.getFileName().toString().matches("[0-9]+([.][0-9]+)?"))
                .map(version -> version.resolve("bin"))
                .filter(folder -> Files.isExecutable(folder.resolve("initdb")))
                .max(Comparator.comparing(folder -> Double.parseDouble(folder.getParent().getFileName().toString())));
        if (newest.isPresent()) {
          return newest.get();
        }
      }
    }
    throw new MissingException("PostgreSQL was not found: install it (apt and brew: postgresql)");
  }

  private static Path setpriv() throws MissingException {
    return Programs.onPath("setpriv")
        .orElseThrow(() -> new MissingException("PostgreSQL does not run as root, and setpriv (apt: util-linux) was not found"));
  }

  int port() {
    return port;
  }

  @Override
  public void close() {
    process.stop(Duration.ofSeconds(20));
  }
}
