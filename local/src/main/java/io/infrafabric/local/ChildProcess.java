package io.infrafabric.local;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * One operating-system process started by this JVM, signalled only by its own process id.
 *
 * <p>Its output is appended to a log file. Where {@code setsid} exists it runs in a session of its
 * own, so that Ctrl-C in the terminal reaches the JVM alone, which then stops its children in
 * order.
 */
public final class ChildProcess implements AutoCloseable {
  /**
   * How long {@link #close()} waits between SIGTERM and SIGKILL: longer than the 30 s for which a
   * service lets calls go on, as in {@code deploy/compose.yaml}.
   */
  public static final Duration GRACE = Duration.ofSeconds(35);

  private final String name;
  private final Process process;
  private final Path log;

  private ChildProcess(String name, Process process, Path log) {
    this.name = name;
    this.process = process;
    this.log = log;
  }

  /**
   * What to start.
   *
   * @param name how messages call it
   * @param arguments the program and its arguments
   * @param directory its working directory, which must exist
   * @param environment its whole environment; nothing is inherited besides
   * @param log the file that its output is appended to
   */
  public record Command(
      String name,
      List<String> arguments,
      Path directory,
      Map<String, String> environment,
      Path log) {
    /** Copies the collections. */
    public Command {
      arguments = List.copyOf(arguments);
      environment = Map.copyOf(environment);
    }
  }

  /** Starts the command; it is stopped with this JVM unless {@link #detach() detached}. */
  public static ChildProcess start(Command command) {
    var arguments = new ArrayList<String>();
    Programs.onPath("setsid").ifPresent(setsid -> arguments.add(setsid.toString()));
    arguments.addAll(command.arguments());
    var builder =
        new ProcessBuilder(arguments)
            .directory(command.directory().toFile())
            .redirectErrorStream(true)
            .redirectInput(Redirect.from(Path.of("/dev/null").toFile()))
            .redirectOutput(Redirect.appendTo(command.log().toFile()));
    builder.environment().clear();
    builder.environment().putAll(command.environment());
    try {
      Files.createDirectories(command.log().toAbsolutePath().getParent());
      var child = new ChildProcess(command.name(), builder.start(), command.log());
      Children.add(child);
      return child;
    } catch (IOException e) {
      throw new LocalRunException(
          "cannot start %s: %s".formatted(command.name(), e.getMessage()), e);
    }
  }

  /** Returns the name given in the command. */
  public String name() {
    return name;
  }

  /** Returns the process id. */
  public long pid() {
    return process.pid();
  }

  /** Returns the process id with the start of the process, for a program that reads it later. */
  public ProcessId id() {
    return ProcessId.of(process.toHandle());
  }

  /** Returns the file that the output goes to. */
  public Path log() {
    return log;
  }

  /** Returns whether the process runs or is paused. */
  public boolean alive() {
    return process.isAlive();
  }

  /** Returns the exit code; only after {@link #awaitExit} returned true. */
  public int exitCode() {
    return process.exitValue();
  }

  /** Waits for the end of the process and returns whether it came in time. */
  public boolean awaitExit(Duration timeout) {
    try {
      return process.waitFor(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return !process.isAlive();
    }
  }

  /** Sends SIGTERM and returns at once; a paused process is woken to see it. */
  public void terminate() {
    process.destroy();
    resume();
  }

  /**
   * Sends SIGTERM, and SIGKILL when the process still runs after the grace. Does nothing if it
   * ended.
   */
  public void stop(Duration grace) {
    terminate();
    if (!awaitExit(grace)) {
      kill();
    }
    Children.remove(this);
  }

  /** Sends SIGKILL now and waits for the end. */
  public void kill() {
    process.destroyForcibly();
    awaitExit(GRACE);
    Children.remove(this);
  }

  /** Sends SIGSTOP and waits until it holds: the process keeps its connections and ports but does nothing. */
  public void pause() {
    Signal.STOP.send(process.toHandle());
    ThreadStates.of(process.pid()).awaitStopped();
  }

  /** Sends SIGCONT: a paused process goes on. */
  public void resume() {
    Signal.CONT.send(process.toHandle());
  }

  /** Lets the process live on after this JVM. */
  public void detach() {
    Children.remove(this);
  }

  /** Stops the process with the default {@link #GRACE}. */
  @Override
  public void close() {
    stop(GRACE);
  }
}
