package io.infrafabric.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The containers of {@code deploy/} run with the settings of the local run. */
class DeploymentTest {
  private static final Path REPOSITORY =
      Path.of(System.getProperty("basedir", "")).toAbsolutePath().getParent();

  @Test
  void etcd_hasTheSameFlags() throws IOException {
    assertThat(lines("deploy/compose.yaml").lines().map(String::strip))
        .containsAll(EtcdServer.FLAGS.stream().map(flag -> "- " + flag).toList());
  }

  @Test
  void nats_hasTheSameConfiguration() throws IOException {
    var containers = new NatsConfiguration("0.0.0.0:4222", "0.0.0.0:8222", "/data", true);

    assertThat(lines("deploy/nats/nats.conf")).isEqualTo(containers.text().strip());
  }

  @Test
  void services_haveTheSameJvmFlagsAndSettings() throws IOException {
    String compose = lines("deploy/compose.yaml");

    for (var service : new ServiceWiring("http://etcd:2379", "nats://nats:4222", 1).services()) {
      String dockerfile = lines(dockerfile(service.kind()));

      assertThat(dockerfile)
          .contains("ENV JDK_JAVA_OPTIONS=\"" + String.join(" ", ServiceProcess.JVM_FLAGS) + "\"")
          .contains("\"" + service.kind().mainClass() + "\"");
      assertThat(service.settings().keySet())
          .allSatisfy(name -> assertThat(dockerfile + compose).contains(name));
    }
  }

  @Test
  void services_haveTheSameTimeToEnd() throws IOException {
    assertThat(lines("deploy/compose.yaml"))
        .contains("stop_grace_period: " + ChildProcess.GRACE.toSeconds() + "s\n");
  }

  @Test
  void services_haveImagesThatDifferInNameAndPortOnly() throws IOException {
    String coordinator = lines(dockerfile(ServiceKind.COORDINATOR));

    for (ServiceKind kind : ServiceKind.values()) {
      String port = lines(dockerfile(kind)).replaceAll("(?s).*EXPOSE (\\d+).*", "$1");

      assertThat(lines(dockerfile(kind)))
          .isEqualTo(coordinator.replace("coordinator", kind.label()).replace("50051", port));
      assertThat(lines("deploy/compose.yaml"))
          .contains("dockerfile: " + dockerfile(kind))
          .contains("image: infrafabric/" + kind.label() + ":" + version())
          .contains(":" + port + "\"]");
      assertThat(lines(".dockerignore")).contains("!" + kind.label() + "-service/target/dist/lib");
    }
  }

  private static String dockerfile(ServiceKind kind) {
    return "deploy/docker/" + kind.label() + "/Dockerfile";
  }

  /** The version of the project: the first in its parent pom. */
  private static String version() throws IOException {
    return lines("pom.xml").replaceAll("(?s).*?<version>(.*?)</version>.*", "$1");
  }

  /** The file without its comments. */
  private static String lines(String file) throws IOException {
    return Files.readAllLines(REPOSITORY.resolve(file)).stream()
        .filter(line -> !line.strip().startsWith("#"))
        .collect(Collectors.joining("\n"))
        .strip();
  }
}
