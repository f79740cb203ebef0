package io.infrafabric.local;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.spi.ToolProvider;

/** A repository with three built services that print their settings and open their port. */
record StubRepository(Path path) {
  private static final String SOURCE =
      """
      package io.infrafabric.%s;
      public class Main {
        public static void main(String[] arguments) throws Exception {
          System.getenv().forEach((name, value) -> {
            if (name.startsWith("IF_") || name.startsWith("OTEL_")) System.out.println(name + "=" + value);
          });
          if (System.getenv("STUB_FAILS") != null) throw new IllegalStateException("stub fails");
          int port = Integer.parseInt(System.getenv("IF_GRPC_PORT"));
          var address = java.net.InetAddress.getByName(System.getenv("IF_GRPC_HOST"));
          try (var socket = new java.net.ServerSocket(port, 50, address)) {
            while (true) socket.accept().close();
          }
        }
      }
      """;

  static StubRepository build(Path path) throws IOException {
    for (ServiceKind kind : ServiceKind.values()) {
      Path source = path.resolve(kind.label()).resolve("Main.java");
      Files.createDirectories(source.getParent());
      Files.writeString(source, SOURCE.formatted(kind.label()));
      Path classes = source.resolveSibling("classes");
      run("javac", "-d", classes.toString(), source.toString());
      Path library = Files.createDirectories(kind.library(path));
      run(
          "jar",
          "--create",
          "--file=" + library.resolve("stub.jar"),
          "-C",
          classes.toString(),
          ".");
    }
    return new StubRepository(path);
  }

  private static void run(String tool, String... arguments) {
    var out = new PrintStream(System.err);
    if (ToolProvider.findFirst(tool).orElseThrow().run(out, out, arguments) != 0) {
      throw new IllegalStateException(tool + " failed");
    }
  }
}
