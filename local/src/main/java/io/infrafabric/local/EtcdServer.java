package io.infrafabric.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * One etcd member on loopback with its own ports and data, alone or of an {@link EtcdCluster}; runs
 * etcd 3.4 and later (tried: 3.4.23 and 3.7.3).
 */
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
          "--auto-compaction-retention=1h",
          "--quota-backend-bytes=8589934592",
          "--max-txn-ops=128",
          "--max-request-bytes=1572864");

  /** The name of a member that is alone. */
  static final String NAME = "etcd";

  private static final Version OLDEST = new Version(3, 4, 0);

  private final Path binary;
  private final Version version;
  private final Path folder;
  private final int clientPort;
  private final Peer self;
  private final List<Peer> cluster;
  private long quotaBytes;

  /**
   * A member as the others see it.
   *
   * @param name of the process and of the member
   * @param port for the other members
   */
  record Peer(String name, int port) {
    private String url() {
      return EtcdServer.url(port);
    }
  }

  private EtcdServer(Path binary, Path folder, int clientPort, Peer self, List<Peer> cluster) {
    super(self.name(), Probe.http(url(clientPort) + "/health", "\"true\""));
    this.binary = binary;
    this.version = Programs.version(binary, "etcd Version:", OLDEST, BINARY_VARIABLE);
    this.folder = folder.toAbsolutePath();
    this.clientPort = clientPort;
    this.self = self;
    this.cluster = List.copyOf(cluster);
  }

  /**
   * Returns a server, not yet started, that keeps its data in the folder; etcd comes from {@value
   * #BINARY_VARIABLE} or PATH.
   */
  public static EtcdServer in(Path folder) {
    var alone = new Peer(NAME, FreePorts.next());
    return member(folder, alone, List.of(alone));
  }

  /** Returns a server, not yet started, of the given etcd program. */
  public static EtcdServer in(Path folder, Path binary) {
    var alone = new Peer(NAME, FreePorts.next());
    var program = Programs.required(binary, "the setting for etcd");
    return new EtcdServer(program, folder, FreePorts.next(), alone, List.of(alone));
  }

  /** Returns one of the members of a cluster, not yet started; ready when the cluster has a leader. */
  static EtcdServer member(Path folder, Peer self, List<Peer> cluster) {
    var program = Programs.find("etcd", BINARY_VARIABLE, System.getenv());
    return new EtcdServer(program, folder, FreePorts.next(), self, cluster);
  }

  /** Gives it another quota than {@link #FLAGS} says; before it is started. */
  public EtcdServer quota(long bytes) {
    quotaBytes = bytes;
    return this;
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
                "--name=" + self.name(),
                "--data-dir=" + folder.resolve("data"),
                "--listen-client-urls=" + url(clientPort),
                "--advertise-client-urls=" + url(clientPort),
                "--listen-peer-urls=" + self.url(),
                "--initial-advertise-peer-urls=" + self.url(),
                "--initial-cluster=" + initialCluster(),
                "--logger=zap",
                "--log-outputs=stderr"));
    arguments.addAll(FLAGS);
    if (quotaBytes > 0) {
      arguments.add("--quota-backend-bytes=" + quotaBytes); // the last one counts
    }
    return arguments;
  }

  private String initialCluster() {
    return cluster.stream()
        .map(peer -> peer.name() + "=" + peer.url())
        .collect(Collectors.joining(","));
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
