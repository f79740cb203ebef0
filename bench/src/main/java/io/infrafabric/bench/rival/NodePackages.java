package io.infrafabric.bench.rival;

import io.infrafabric.local.Programs;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * The drivers for Node.js with the packages they need, in a folder of the user's cache that is named after the versions in
 * {@code package.json}: {@code ~/.cache/infrafabric/rivals-<digest>}.
 */
record NodePackages(Path node, Path folder) {
  private static final List<String> SOURCES = List.of("package.json", "driver.mjs", "bullmq.mjs", "graphile-worker.mjs");

  /** Installs with npm what is not there yet. */
  static NodePackages installed() throws MissingException, IOException, InterruptedException {
    Path node = program("node");
    Path npm = program("npm");
    Path folder = cache().resolve("rivals-" + digest(source("package.json")));
    Files.createDirectories(folder);
    for (String name : SOURCES) {
      Path temporary = Files.createTempFile(folder, name, "");
      Files.write(temporary, source(name));
      Files.move(temporary, folder.resolve(name), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }
    Path stamp = folder.resolve("installed");
    if (!Files.exists(stamp)) {
      System.err.println("installing BullMQ and graphile-worker with npm in " + folder);
      Path log = folder.resolve("install.log");
      int code =
          new ProcessBuilder(npm.toString(), "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock")
              .directory(folder.toFile())
              .redirectInput(Redirect.from(Path.of("/dev/null").toFile()))
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start()
              .waitFor();
      if (code != 0) {
        throw new MissingException("npm could not install the packages (exit code %d); its log is %s".formatted(code, log));
      }
      Files.writeString(stamp, "");
    }
    return new NodePackages(node, folder);
  }

  private static Path program(String name) throws MissingException {
    return Programs.onPath(name)
        .orElseThrow(() -> new MissingException(name + " was not found: install Node.js with npm (apt and brew have them)"));
  }

  private static Path cache() {
    String named = System.getenv().getOrDefault("XDG_CACHE_HOME", "");
    return (named.isBlank() ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(named)).resolve("infrafabric");
  }

  private static byte[] source(String name) throws IOException {
    try (InputStream in = NodePackages.class.getResourceAsStream(name)) {
      return in.readAllBytes();
    }
  }

  private static String digest(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes), 0, 6);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JVM has SHA-256, not for " + new String(bytes, StandardCharsets.UTF_8), e);
    }
  }
}
