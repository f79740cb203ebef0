package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.opentest4j.TestAbortedException;

/** A copy of the Node programs below {@code target}, with their packages installed exactly as locked. */
final class NodeFolder {
  private static final Path SCENARIOS = RunningFabric.repository().resolve("scenarios");
  private static final Path SOURCE = SCENARIOS.resolve("src/test/node");
  private static final String LOCK = "package-lock.json";
  private static final long INSTALL_SECONDS = 120;

  private final Path folder;

  private NodeFolder(Path folder) {
    this.folder = folder;
  }

  /** Copies and installs; what is installed already stays. Without Node the build fails in CI, and the test is aborted elsewhere. */
  static NodeFolder installed() throws IOException, InterruptedException {
    giveUpUnlessThere("node");
    giveUpUnlessThere("npm");
    NodeFolder node = new NodeFolder(Files.createDirectories(SCENARIOS.resolve("target/node")));
    Path installed = node.folder.resolve("node_modules").resolve(".installed-" + LOCK);
    boolean same = Files.exists(installed) && Files.mismatch(installed, SOURCE.resolve(LOCK)) < 0;
    try (Stream<Path> files = Files.list(SOURCE)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        node.add(file);
      }
    }
    if (!same) {
      node.run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline");
      Files.copy(SOURCE.resolve(LOCK), installed, StandardCopyOption.REPLACE_EXISTING);
    }
    return node;
  }

  /** Puts a program beside the others, so that it finds their packages. */
  NodeFolder add(Path program) throws IOException {
    Files.copy(program, folder.resolve(program.getFileName()), StandardCopyOption.REPLACE_EXISTING);
    return this;
  }

  /** Starts a program of the folder. */
  NodeProgram start(String program, Map<String, String> environment) throws IOException {
    ProcessBuilder builder = new ProcessBuilder("node", program).directory(folder.toFile()).redirectErrorStream(true);
    builder.environment().putAll(environment);
    return new NodeProgram(program, builder.start());
  }

  private void run(String... command) throws IOException, InterruptedException {
    Path log = folder.resolve(command[0] + ".log");
    Process process = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    boolean ended = process.waitFor(INSTALL_SECONDS, TimeUnit.SECONDS);
    if (!ended) {
      process.destroyForcibly().waitFor();
    }
    assertThat(ended && process.exitValue() == 0).as("%s in %s:%n%s", List.of(command), folder, Files.readString(log)).isTrue();
  }

  /** Without the program the build fails in CI, and the test is aborted elsewhere. */
  static void giveUpUnlessThere(String program) {
    boolean there = Stream.of(System.getenv("PATH").split(":")).anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    if (there) {
      return;
    }
    String message = program + " is not on PATH: install Node 20 or later to run swarms in another language";
    if ("true".equals(System.getenv("CI"))) {
      throw new AssertionError(message);
    }
    System.err.println("NOT TESTED: " + message);
    throw new TestAbortedException(message);
  }
}
