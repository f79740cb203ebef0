package io.infrafabric.local;

import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds the programs that a local run starts, and their versions. */
public final class Programs {
  /** Where packages put servers although the PATH of a plain user may leave it out. */
  private static final List<String> USUAL =
      List.of("/usr/local/bin", "/usr/local/sbin", "/usr/sbin", "/opt/homebrew/bin");

  private Programs() {}

  /**
   * Returns the program that the environment variable names, else the one on PATH, else fails
   * clearly.
   */
  static Path find(String program, String variable, Map<String, String> environment) {
    String named = environment.getOrDefault(variable, "");
    if (!named.isBlank()) {
      return required(Path.of(named), variable);
    }
    return search(program, environment.getOrDefault("PATH", ""))
        .orElseThrow(() ->
            new LocalRunException(
                "%1$s was not found on PATH: install the package %1$s (./fabric does it) or set %2$s to the program"
                    .formatted(program, variable)));
  }

  /** Returns the path if it can be run; {@code origin} says in the message who asked for it. */
  static Path required(Path path, String origin) {
    if (!Files.isExecutable(path) || Files.isDirectory(path)) {
      throw new LocalRunException("%s names %s, which is not a program".formatted(origin, path));
    }
    return path.toAbsolutePath();
  }

  /** Returns the program on the PATH of this JVM, or in one of the usual folders. */
  public static Optional<Path> onPath(String program) {
    return search(program, System.getenv().getOrDefault("PATH", ""));
  }

  /**
   * Runs {@code program --version} and returns what follows the label on a line; refuses one that
   * is too old, and says which environment variable names another.
   */
  static Version version(Path program, String label, Version oldest, String variable) {
    Version version = version(program, label);
    if (!version.isAtLeast(oldest.major(), oldest.minor())) {
      throw new LocalRunException(
          "%s is version %s; %d.%d or later is needed: install it, or set %s to one that is"
              .formatted(program, version, oldest.major(), oldest.minor(), variable));
    }
    return version;
  }

  private static Version version(Path program, String label) {
    try {
      var process =
          new ProcessBuilder(program.toString(), "--version")
              .redirectErrorStream(true)
              .redirectInput(Redirect.from(new File("/dev/null")))
              .start();
      var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return output
          .lines()
          .filter(line -> line.startsWith(label))
          .map(line -> Version.parse(line.substring(label.length())))
          .findFirst()
          .orElseThrow(() ->
              new LocalRunException(
                  "%s --version answered: %s".formatted(program, output.strip())));
    } catch (IOException e) {
      throw new LocalRunException("cannot run %s: %s".formatted(program, e.getMessage()), e);
    }
  }

  private static Optional<Path> search(String program, String path) {
    return Stream.concat(Stream.of(path.split(File.pathSeparator)), USUAL.stream())
        .filter(folder -> !folder.isBlank())
        .map(folder -> Path.of(folder, program))
        .filter(file -> Files.isExecutable(file) && !Files.isDirectory(file))
        .findFirst();
  }
}
