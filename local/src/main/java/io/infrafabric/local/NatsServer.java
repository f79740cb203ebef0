package io.infrafabric.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** One NATS server with JetStream on loopback with its own ports and store; runs 2.9 and later. */
public final class NatsServer extends ServerProcess {
  /** The environment variable that names the nats-server program. */
  public static final String BINARY_VARIABLE = "IF_NATS_BIN";

  private static final Version OLDEST = new Version(2, 9, 0);

  private final Path binary;
  private final Version version;
  private final Path folder;
  private final int clientPort;
  private final int monitorPort;

  private NatsServer(Path binary, Path folder, int clientPort, int monitorPort) {
    super("nats", Probe.http("http://127.0.0.1:" + monitorPort + "/healthz", "\"ok\""));
    this.binary = binary;
    this.version = Programs.version(binary, "nats-server:", OLDEST, BINARY_VARIABLE);
    this.folder = folder.toAbsolutePath();
    this.clientPort = clientPort;
    this.monitorPort = monitorPort;
  }

  /**
   * Returns a server, not yet started, that keeps its streams in the folder; nats-server comes from
   * {@value #BINARY_VARIABLE} or PATH.
   */
  public static NatsServer in(Path folder) {
    return new NatsServer(
        Programs.find("nats-server", BINARY_VARIABLE, System.getenv()),
        folder,
        FreePorts.next(),
        FreePorts.next());
  }

  /** Returns a server, not yet started, of the given nats-server program. */
  public static NatsServer in(Path folder, Path binary) {
    return new NatsServer(
        Programs.required(binary, "the setting for nats-server"),
        folder,
        FreePorts.next(),
        FreePorts.next());
  }

  /** Returns the URL for clients, {@code nats://127.0.0.1:port}. */
  @Override
  public String address() {
    return "nats://127.0.0.1:" + clientPort;
  }

  /** Returns the port for clients. */
  public int port() {
    return clientPort;
  }

  /** Returns the URL of the monitoring pages ({@code /varz}, {@code /jsz}, {@code /healthz}). */
  public String monitoring() {
    return "http://127.0.0.1:" + monitorPort;
  }

  /** Returns the version, such as "2.9.10". */
  public String version() {
    return version.toString();
  }

  /** Returns whether it syncs every write of a stream before it acknowledges it. */
  public boolean syncsAlways() {
    return version.isAtLeast(2, 10);
  }

  @Override
  public Path log() {
    return folder.resolve("nats.log");
  }

  @Override
  ChildProcess.Command command() {
    EtcdServer.existing(folder);
    var arguments = List.of(binary.toString(), "--config", writeConfiguration().toString());
    return new ChildProcess.Command(name(), arguments, folder, Environment.without("NATS_"), log());
  }

  private Path writeConfiguration() {
    var configuration =
        new NatsConfiguration(
            "127.0.0.1:" + clientPort,
            "127.0.0.1:" + monitorPort,
            folder.resolve("store").toString(),
            syncsAlways());
    try {
      return Files.writeString(folder.resolve("nats.conf"), configuration.text());
    } catch (IOException e) {
      throw new LocalRunException("cannot write the configuration of NATS in " + folder, e);
    }
  }
}
