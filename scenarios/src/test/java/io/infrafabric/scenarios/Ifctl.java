package io.infrafabric.scenarios;

import static org.awaitility.Awaitility.await;

import io.infrafabric.local.LocalFabric;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The command line as a user calls it: a process of its own. */
final class Ifctl {
  private static final Path NOTHING = Path.of("/dev/null");

  private final RunningFabric fabric;

  /** What a call left behind. */
  record Result(int exitCode, String out, String talk) {}

  Ifctl(RunningFabric fabric) {
    this.fabric = fabric;
  }

  private static ProcessBuilder program(List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
    command.addAll(LocalFabric.SHORT_LIVED);
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"), "io.infrafabric.cli.Main", "ifctl"));
    command.addAll(arguments);
    return new ProcessBuilder(command);
  }

  /** One that is to be started with an empty environment in a folder of its own: it has the fabric's addresses, and nothing else of this process. */
  ProcessBuilder alone(Path folder, String... arguments) {
    List<String> all = new ArrayList<>(List.of("--coordinator", fabric.fabric().coordinators().getFirst().address()));
    all.addAll(List.of("--governor", fabric.fabric().governor().address(), "--nats", fabric.fabric().nats().address()));
    all.addAll(List.of(arguments));
    ProcessBuilder builder = program(all).directory(folder.toFile());
    builder.environment().clear();
    return builder;
  }

  /** One that is to be started. */
  ProcessBuilder process(String... arguments) {
    ProcessBuilder builder = program(List.of(arguments));
    builder.environment().put("IF_COORDINATOR_TARGET", fabric.fabric().coordinators().getFirst().address());
    builder.environment().put("IF_GOVERNOR_TARGET", fabric.fabric().governor().address());
    builder.environment().put("IF_NATS_URL", fabric.fabric().nats().address());
    return builder;
  }

  /** Calls it with nothing to read. */
  Result call(String... arguments) throws IOException, InterruptedException {
    return call(NOTHING, arguments);
  }

  /** Starts one that goes on until it is interrupted. */
  Following follow(Path folder, String... arguments) throws IOException {
    Path out = Files.createTempFile(folder, "follow", ".out");
    return new Following(process(arguments).redirectInput(NOTHING.toFile()).redirectOutput(out.toFile()).start(), out);
  }

  /** One that goes on, and what it has shown so far. */
  record Following(Process process, Path out) implements AutoCloseable {
    List<String> lines() {
      try {
        return Files.readAllLines(out);
      } catch (IOException unreadable) {
        throw new UncheckedIOException(unreadable);
      }
    }

    /** Waits until it has shown so many lines. */
    void awaitLines(int count) {
      await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(50)).until(() -> lines().size() >= count);
    }

    /** Waits for its end. */
    int exitCode() throws InterruptedException {
      if (!process.waitFor(1, TimeUnit.MINUTES)) {
        throw new AssertionError("it does not end: " + process.info());
      }
      return process.exitValue();
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }

  Result call(Path input, String... arguments) throws IOException, InterruptedException {
    Process process = process(arguments).redirectInput(input.toFile()).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    String talk = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(1, TimeUnit.MINUTES)) {
      process.destroyForcibly();
      throw new AssertionError("ifctl does not end: " + String.join(" ", arguments));
    }
    return new Result(process.exitValue(), out, talk);
  }
}
