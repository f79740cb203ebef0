package io.infrafabric.local;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;

/**
 * A server on loopback that can be stopped, killed, paused and started again with the same ports
 * and the same data. Not for use by two threads at once.
 */
public abstract sealed class ServerProcess implements AutoCloseable
    permits EtcdServer, NatsServer, ServiceProcess {
  /** How long a start may take before it is given up. */
  public static final Duration START_TIMEOUT = Duration.ofSeconds(120);

  private static final Duration POLL = Duration.ofMillis(20);
  private static final int TAIL_LINES = 30;

  private final String name;
  private final Probe probe;
  private ChildProcess child;
  private Runnable onStart = () -> {};

  ServerProcess(String name, Probe probe) {
    this.name = name;
    this.probe = probe;
  }

  /** Returns what to start; called at each start. */
  abstract ChildProcess.Command command();

  /** Returns the address that clients use. */
  public abstract String address();

  /** Returns the file that every start of this server appends its output to. */
  public abstract Path log();

  /**
   * Starts the server, waits until it is ready, and fails with the tail of its log if it does not
   * get there.
   */
  public void start() {
    launch();
    awaitReady();
  }

  /** Starts the server without waiting; a second call while it runs is an error. */
  void launch() {
    if (alive()) {
      throw new IllegalStateException(name + " already runs as process " + pid());
    }
    child = ChildProcess.start(command());
    onStart.run();
  }

  /** Waits until the server is ready. */
  void awaitReady() {
    Instant deadline = Instant.now().plus(START_TIMEOUT);
    while (!probe.ready()) {
      if (child.awaitExit(POLL)) {
        throw failed("ended with exit code " + child.exitCode());
      }
      if (Thread.currentThread().isInterrupted()) {
        child.kill();
        throw failed("was stopped because the caller was interrupted");
      }
      if (Instant.now().isAfter(deadline)) {
        child.kill();
        throw failed("was not ready after " + START_TIMEOUT.toSeconds() + " s");
      }
    }
  }

  /** Runs the action after each launch. */
  void onStart(Runnable action) {
    onStart = action;
  }

  /** Returns the name, such as {@code etcd} or {@code coordinator-1}. */
  public String name() {
    return name;
  }

  /** Returns whether the process runs or is paused. */
  public boolean alive() {
    return child != null && child.alive();
  }

  /** Returns the process id of the latest start. */
  public long pid() {
    return child().pid();
  }

  /**
   * Asks the server to end (SIGTERM), and kills it if it does not within {@link
   * ChildProcess#GRACE}.
   */
  public void stop() {
    if (child != null) {
      child.close();
    }
  }

  /** Kills the server now (SIGKILL), as a crash would. */
  public void kill() {
    child().kill();
  }

  /** Freezes the server (SIGSTOP): connections stay open and nothing answers. */
  public void pause() {
    child().pause();
  }

  /** Lets a frozen server go on (SIGCONT). */
  public void resume() {
    child().resume();
  }

  /** Stops the server and starts it again with the same ports and data. */
  public void restart() {
    stop();
    start();
  }

  /** Sends SIGTERM and returns at once. */
  void terminate() {
    if (child != null) {
      child.terminate();
    }
  }

  ChildProcess child() {
    if (child == null) {
      throw new IllegalStateException(name + " was not started");
    }
    return child;
  }

  /** Stops the server. */
  @Override
  public void close() {
    stop();
  }

  private LocalRunException failed(String what) {
    return new LocalRunException(
        "%s %s; its log %s ends with:%n%s"
            .formatted(name, what, log(), LogTail.of(log(), TAIL_LINES)));
  }
}
