package io.infrafabric.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** One etcd member on loopback with its own ports and data; runs etcd 3.4, 3.5 and 3.6. */
public final class EtcdServer extends ServerProcess {
  /** The environment variable that names the etcd program. */
  public static final String BINARY_VARIABLE = "IF_ETCD_BIN";

  /**
   * What makes this etcd ours; {@code deploy/compose.yaml} has the same flags (a test compares
   * them).
   */
  static final List<String> FLAGS =
      List.of(
          "--auto-compaction-mode=periodic",
          "--auto-compaction-retention=5m",
          "--quota-backend-bytes=8589934592",
          "--max-txn-ops=128",
          "--max-request-bytes=1572864");

  private static final Version OLDEST = new Version(3, 4, 0);

  private final Path binary;
  private final Version version;
  private final Path folder;
  private final int clientPort;
  private final int peerPort;

  private EtcdServer(Path binary, Path folder, int clientPort, int peerPort) {
    super("etcd", Probe.http(url(clientPort) + "/health", "\"true\""));
    this.binary = binary;
    this.version = Programs.version(binary, "etcd Version:", OLDEST);
    this.folder = folder.toAbsolutePath();
    this.clientPort = clientPort;
    this.peerPort = peerPort;
  }

  /**
   * Returns a server, not yet started, that keeps its data in the folder; etcd comes from {@value
   * #BINARY_VARIABLE} or PATH.
   */
  public static EtcdServer in(Path folder) {
    return new EtcdServer(
        Programs.find("etcd", BINARY_VARIABLE, System.getenv()),
        folder,
        FreePorts.next(),
        FreePorts.next());
  }

  /** Returns a server, not yet started, of the given etcd program. */
  public static EtcdServer in(Path folder, Path binary) {
    return new EtcdServer(
        Programs.required(binary, "the setting for etcd"),
        folder,
        FreePorts.next(),
        FreePorts.next());
  }

  /** Returns the endpoint for clients, {@code http://127.0.0.1:port}. */
  @Override
  public String address() {
    return url(clientPort);
  }

  /** Returns the port for clients. */
  public int port() {
    return clientPort;
  }

  /** Returns the version, such as "3.4.23". */
  public String version() {
    return version.toString();
  }

  @Override
  public Path log() {
    return folder.resolve("etcd.log");
  }

  @Override
  ChildProcess.Command command() {
    var environment = Environment.without("ETCD_");
    if (System.getProperty("os.arch").equals("aarch64")) {
      environment.put("ETCD_UNSUPPORTED_ARCH", "arm64"); // etcd 3.4 starts on arm64 only with it
    }
    return new ChildProcess.Command(name(), arguments(), existing(folder), environment, log());
  }

  private List<String> arguments() {
    var arguments =
        new ArrayList<>(
            List.of(
                binary.toString(),
                "--name=local",
                "--data-dir=" + folder.resolve("data"),
                "--listen-client-urls=" + url(clientPort),
                "--advertise-client-urls=" + url(clientPort),
                "--listen-peer-urls=" + url(peerPort),
                "--initial-advertise-peer-urls=" + url(peerPort),
                "--initial-cluster=local=" + url(peerPort),
                "--logger=zap",
                "--log-outputs=stderr"));
    arguments.addAll(FLAGS);
    return arguments;
  }

  static Path existing(Path folder) {
    try {
      return Files.createDirectories(folder);
    } catch (IOException e) {
      throw new LocalRunException("cannot make the folder " + folder, e);
    }
  }

  private static String url(int port) {
    return "http://127.0.0.1:" + port;
  }
}
