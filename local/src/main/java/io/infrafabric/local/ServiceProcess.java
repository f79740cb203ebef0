package io.infrafabric.local;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** One of the three services as a JVM of its own; ready when its gRPC port accepts a connection. */
public final class ServiceProcess extends ServerProcess {
  /** The flags that every JVM of the project runs with (as {@code jvm.flags} in the parent pom). */
  static final List<String> JVM_FLAGS =
      List.of(
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow",
          "-XX:+UseCompactObjectHeaders",
          "-Duser.timezone=UTC",
          "-Xmx512m");

  private final ServiceKind kind;
  private final Path library;
  private final Path folder;
  private final int port;
  private final Map<String, String> settings;
  private final List<String> flags;

  /**
   * Describes a service that is not yet started.
   *
   * @param settings its {@code IF_*} settings; every other {@code IF_*} of this JVM is kept from it
   * @param flags of its JVM, besides {@link #JVM_FLAGS}; the last of two that disagree counts
   */
  ServiceProcess(
      String name,
      ServiceKind kind,
      Path repository,
      Path folder,
      int port,
      Map<String, String> settings,
      List<String> flags) {
    super(name, Probe.tcp(port));
    this.kind = kind;
    this.library = built(kind, repository);
    this.folder = folder;
    this.port = port;
    this.settings = Map.copyOf(settings);
    this.flags = List.copyOf(flags);
  }

  /** Returns which of the services it is. */
  public ServiceKind kind() {
    return kind;
  }

  /** Returns the gRPC target, {@code 127.0.0.1:port}. */
  @Override
  public String address() {
    return "127.0.0.1:" + port;
  }

  /** Returns the gRPC port. */
  public int port() {
    return port;
  }

  @Override
  public Path log() {
    return folder.resolve(name() + ".log");
  }

  @Override
  ChildProcess.Command command() {
    var arguments = new ArrayList<String>();
    arguments.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    arguments.addAll(JVM_FLAGS);
    // The classes as they were loaded last time: half the time of a start, in which they are read, checked and linked.
    arguments.add("-XX:+AutoCreateSharedArchive");
    arguments.add("-XX:SharedArchiveFile=" + library.resolve("classes.jsa"));
    arguments.add("-Xlog:cds=off,cds+dynamic=off,aot=off");
    arguments.addAll(flags);
    arguments.addAll(List.of("-cp", library + "/*", kind.mainClass()));
    var environment = Environment.without("IF_");
    environment.putAll(settings);
    return new ChildProcess.Command(
        name(), arguments, EtcdServer.existing(folder), environment, log());
  }

  private static Path built(ServiceKind kind, Path repository) {
    Path library = kind.library(repository.toAbsolutePath());
    if (!Files.isDirectory(library)) {
      throw new LocalRunException(
          "the %s is not built (no %s): run ./mvnw -DskipTests package"
              .formatted(kind.label(), library));
    }
    return library;
  }
}
