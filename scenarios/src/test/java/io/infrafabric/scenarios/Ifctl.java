package io.infrafabric.scenarios;

import io.infrafabric.local.LocalFabric;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The command line as a user calls it: a process of its own. */
final class Ifctl {
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
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), "io.infrafabric.cli.Main", "ifctl"));
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
