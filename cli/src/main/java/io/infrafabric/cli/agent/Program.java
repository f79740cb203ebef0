package io.infrafabric.cli.agent;

import io.infrafabric.cli.fabric.Identity;
import io.infrafabric.kit.lifecycle.Threads;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** One run of a program: its standard input is a file, so is its standard output; what it says on standard error is passed on. */
final class Program {
  private static final Duration GRACE = Duration.ofSeconds(2);

  private final Process process;
  private final Path output;
  private final AtomicLong said = new AtomicLong();
  private final Thread listener;
  private volatile String lastWords = "";

  private Program(Process process, Path output, Consumer<String> errors) {
    this.process = process;
    this.output = output;
    this.listener = Threads.startVirtual("stderr-" + process.pid(), () -> listen(errors));
  }

  /** Whether there is such a program, by its path or on the PATH. */
  static boolean exists(String command) {
    if (command.contains("/")) {
      return Files.isExecutable(Path.of(command));
    }
    String folders = Optional.ofNullable(System.getenv("PATH")).orElse("");
    return Stream.of(folders.split(File.pathSeparator)).anyMatch(folder -> Files.isExecutable(Path.of(folder, command)));
  }

  /**
   * Starts one.
   *
   * @param environment added to that of this process
   * @param errors hears each line of its standard error
   * @throws UncheckedIOException when there is no such program, or it may not be run
   */
  static Program start(List<String> command, Map<String, String> environment, Path input, Path output, Consumer<String> errors) {
    ProcessBuilder builder = new ProcessBuilder(command).redirectInput(input.toFile()).redirectOutput(output.toFile());
    Identity.dropFrom(builder.environment());
    builder.environment().putAll(environment);
    try {
      return new Program(builder.start(), output, errors);
    } catch (IOException failure) {
      throw new UncheckedIOException("%s cannot be run (%s)".formatted(command.getFirst(), failure.getMessage()), failure);
    }
  }

  private void listen(Consumer<String> errors) {
    try (BufferedReader lines = process.errorReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        said.addAndGet(line.length() + 1L);
        lastWords = line.isBlank() ? lastWords : line;
        errors.accept(line);
      }
    } catch (IOException closed) {
      // It was killed; what it said so far was passed on.
    }
  }

  /** Waits for its end, for so long at most; true when it has ended. */
  boolean await(Duration time) throws InterruptedException {
    return process.waitFor(time.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Of a program that has ended or was killed; 128 and more: the signal that ended it. */
  int exitCode() throws InterruptedException {
    process.waitFor(); // what was killed is gone in a moment, but not at once
    listener.join(GRACE); // a child of it may hold its standard error open for ever
    return process.exitValue();
  }

  /** The last line that it said on standard error. */
  String lastWords() {
    return lastWords;
  }

  /** Bytes on its standard output so far. */
  long written() {
    try {
      return Files.size(output);
    } catch (IOException failure) {
      throw new UncheckedIOException(output + " cannot be read", failure);
    }
  }

  /** A count that grows whenever it writes anything. */
  long signsOfWork() {
    return written() + said.get();
  }

  /** Ends it and all that it started: asks first, and does not ask twice. */
  void kill() {
    List<ProcessHandle> all = Stream.concat(process.descendants(), Stream.of(process.toHandle())).toList();
    all.forEach(ProcessHandle::destroy);
    try {
      process.waitFor(GRACE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException hurry) {
      Thread.currentThread().interrupt();
    }
    all.forEach(ProcessHandle::destroyForcibly);
    process.descendants().forEach(ProcessHandle::destroyForcibly);
  }
}
