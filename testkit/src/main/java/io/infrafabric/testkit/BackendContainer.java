package io.infrafabric.testkit;

import java.util.List;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.utility.DockerImageName;

/** The servers as containers, with the images of {@code deploy/compose.yaml}; Testcontainers removes them with the JVM. */
enum BackendContainer {
  ETCD(
      "quay.io/coreos/etcd:v3.6.13",
      2379,
      "http",
      List.of(
          "/usr/local/bin/etcd",
          "--listen-client-urls=http://0.0.0.0:2379",
          "--advertise-client-urls=http://0.0.0.0:2379",
          "--max-txn-ops=128",
          "--max-request-bytes=1572864")),
  NATS("nats:2.12.8-alpine", 4222, "nats", List.of("--jetstream"));

  private final String image;
  private final int port;
  private final String scheme;
  private final List<String> command;

  BackendContainer(String image, int port, String scheme, List<String> command) {
    this.image = image;
    this.port = port;
    this.scheme = scheme;
    this.command = command;
  }

  /** The image with its tag. */
  String image() {
    return image;
  }

  /** Starts one and returns its address. */
  @SuppressWarnings("resource") // lives as long as the JVM
  String start() {
    GenericContainer<?> container =
        new GenericContainer<>(DockerImageName.parse(image))
            .withExposedPorts(port)
            .withCommand(command.toArray(String[]::new));
    container.start();
    return scheme + "://" + container.getHost() + ":" + container.getMappedPort(port);
  }
}
