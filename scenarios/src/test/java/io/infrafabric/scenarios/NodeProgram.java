package io.infrafabric.scenarios;

import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** A running Node program and what it has printed. */
final class NodeProgram implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final String name;
  private final Process process;
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final Thread reader;

  NodeProgram(String name, Process process) {
    this.name = name;
    this.process = process;
    this.reader = Thread.ofVirtual().start(this::read);
  }

  /** Waits until it has printed exactly this line. */
  void awaitLine(String line) {
    await(name + " says " + line).atMost(PATIENCE).until(() -> saidSoFar(line), said -> said);
  }

  /** Lets it go on from where it waits for a line of input. */
  void goOn() throws IOException {
    process.getOutputStream().write('\n');
    process.getOutputStream().flush();
  }

  /** Waits for its end and answers the exit code. */
  int awaitExit() throws InterruptedException {
    if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      throw new AssertionError(name + " does not end: " + lines);
    }
    reader.join();
    return process.exitValue();
  }

  /** What it has printed. */
  List<String> lines() {
    return List.copyOf(lines);
  }

  @Override
  public void close() throws InterruptedException {
    process.destroyForcibly().waitFor();
    reader.join();
  }

  private boolean saidSoFar(String line) {
    if (!process.isAlive() && !lines.contains(line)) {
      throw new AssertionError(name + " ended: " + lines);
    }
    return lines.contains(line);
  }

  private void read() {
    try (BufferedReader output = process.inputReader()) {
      output.lines().forEach(lines::add);
    } catch (IOException | UncheckedIOException killed) {
      lines.add("(killed)");
    }
  }
}
