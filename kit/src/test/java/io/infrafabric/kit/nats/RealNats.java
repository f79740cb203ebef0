package io.infrafabric.kit.nats;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** A nats-server with JetStream on one port of loopback that can be killed and started again with its store. */
final class RealNats implements AutoCloseable {
  private final Path folder;
  private final int port;
  private final List<String> flags = new ArrayList<>();
  private final Map<String, String> environment = new HashMap<>();
  private Process process;

  private RealNats(Path folder, int port) {
    this.folder = folder;
    this.port = port;
  }

  /** With a file of settings, and the variables that it names. */
  RealNats configured(Path file, Map<String, String> variables) {
    flags.addAll(List.of("-c", file.toString()));
    environment.putAll(variables);
    return this;
  }

  /** A server that does not run yet. */
  static RealNats in(Path folder) {
    try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return new RealNats(folder, probe.getLocalPort());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  String url() {
    return "nats://127.0.0.1:" + port;
  }

  RealNats start() {
    try {
      List<String> command =
          new ArrayList<>(List.of("nats-server", "-a", "127.0.0.1", "-p", "" + port, "-js", "-sd", folder.resolve("js").toString()));
      command.addAll(flags);
      ProcessBuilder builder = new ProcessBuilder(command);
      builder.environment().putAll(environment);
      process =
          builder
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("nats.log").toFile()))
              .start();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    Awaitility.await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(50)).until(this::answers);
    return this;
  }

  /** Ends the server as a crash would. */
  void kill() {
    process.destroyForcibly();
    try {
      process.waitFor(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Freezes the server: connections stay open and nothing answers. */
  void freeze() {
    signal("STOP");
  }

  /** Lets a frozen server go on. */
  void thaw() {
    signal("CONT");
  }

  private void signal(String signal) {
    try {
      new ProcessBuilder("kill", "-" + signal, "" + process.pid()).inheritIO().start().waitFor();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    if (process != null) {
      kill();
    }
  }

  private boolean answers() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 200);
      return socket.getInputStream().read() == 'I';
    } catch (IOException notYet) {
      return false;
    }
  }
}
