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
    String dockerfile = lines("deploy/docker/Dockerfile");
    String compose = lines("deploy/compose.yaml");

    assertThat(dockerfile)
        .contains("ENV JDK_JAVA_OPTIONS=\"" + String.join(" ", ServiceProcess.JVM_FLAGS) + "\"");
    for (var service : new ServiceWiring("http://etcd:2379", "nats://nats:4222", 1).services()) {
      assertThat(dockerfile).contains(service.kind().mainClass());
      assertThat(service.settings().keySet())
          .allSatisfy(name -> assertThat(dockerfile + compose).contains(name));
    }
  }

  /** The file without its comments. */
  private static String lines(String file) throws IOException {
    return Files.readAllLines(REPOSITORY.resolve(file)).stream()
        .filter(line -> !line.strip().startsWith("#"))
        .collect(Collectors.joining("\n"))
        .strip();
  }
}
