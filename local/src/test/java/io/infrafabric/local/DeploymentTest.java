package io.infrafabric.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The containers of {@code deploy/} run with the settings of the local run. */
class DeploymentTest {
  private static final Path REPOSITORY =
      Path.of(System.getProperty("basedir", "")).toAbsolutePath().getParent();
  private static final Pattern ENV = Pattern.compile("(?m)^ENV (\\w+)=(\\S+)$");

  @TempDir Path folder;

  @Test
  void etcd_hasTheSameCommand() throws IOException {
    List<String> local = EtcdServer.in(folder).command().arguments();

    assertThat(command("etcd")).first().isEqualTo("/usr/local/bin/etcd");
    assertThat(command("etcd").stream().skip(1).map(DeploymentTest::anywhere))
        .containsExactlyElementsOf(local.stream().skip(1).map(DeploymentTest::anywhere).toList());
  }

  @Test
  void nats_hasTheSameCommand() throws IOException {
    List<String> local = NatsServer.in(folder).command().arguments();

    assertThat(command("nats")).containsExactly("--config", "/etc/nats/nats.conf");
    assertThat(local.stream().skip(1))
        .containsExactly("--config", folder.resolve("nats.conf").toString());
    assertThat(service("nats").get("volumes"))
        .asInstanceOf(InstanceOfAssertFactories.list(String.class))
        .contains("./nats/nats.conf:/etc/nats/nats.conf:ro");
  }

  @Test
  void nats_hasTheSameConfiguration() throws IOException {
    var containers = new NatsConfiguration("0.0.0.0:4222", "0.0.0.0:8222", "/data", true);

    assertThat(lines("deploy/nats/nats.conf")).isEqualTo(containers.text().strip());
  }

  @Test
  void services_haveTheSameJvmFlags() throws IOException {
    for (ServiceKind kind : ServiceKind.values()) {
      assertThat(lines(dockerfile(kind)))
          .contains("ENV JDK_JAVA_OPTIONS=\"" + String.join(" ", ServiceProcess.JVM_FLAGS) + "\"")
          .contains("\"" + kind.mainClass() + "\"");
    }
  }

  /** Neither has a setting more or another value, but for where the services listen. */
  @Test
  void services_haveTheSameSettings() throws IOException {
    var local = new ServiceWiring("http://etcd:2379", "nats://nats:4222", 1).services();

    for (var service : local) {
      var expected = new TreeMap<String, String>();
      for (var setting : service.settings().entrySet()) {
        expected.put(setting.getKey(), inContainers(setting.getValue(), local));
      }
      expected.put("IF_GRPC_HOST", "0.0.0.0");
      expected.put("IF_GRPC_PORT", port(service.kind()));
      expected.put("IF_AUTH_OFF_BEYOND_LOOPBACK", "true"); // as on one machine: the network has nobody else in it

      assertThat(settings(service.kind())).as(service.name()).isEqualTo(expected);
    }
  }

  /** On top of it all three want tokens, and none is left open. */
  @Test
  void services_wantTokens_whereThatIsAskedFor() throws IOException {
    Object compose = new Load(LoadSettings.builder().build()).loadFromString(lines("deploy/compose.auth.yaml"));
    for (ServiceKind kind : ServiceKind.values()) {
      Map<String, Object> settings = merged(merged(merged(merged(compose).get("services")).get(kind.label())).get("environment"));
      assertThat(settings)
          .containsEntry("IF_AUTH_MODE", "required")
          .containsEntry("IF_AUTH_OFF_BEYOND_LOOPBACK", "false")
          .containsKeys("IF_AUTH_KEYS", "IF_AUTH_SIGNING_KEY");
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
      String port = port(kind);

      assertThat(lines(dockerfile(kind)))
          .isEqualTo(coordinator.replace("coordinator", kind.label()).replace("50051", port));
      assertThat(lines("deploy/compose.yaml"))
          .contains("dockerfile: " + dockerfile(kind))
          .contains("image: infrafabric/" + kind.label() + ":" + version())
          .contains(":" + port + "\"]");
      assertThat(lines(".dockerignore")).contains("!" + kind.label() + "-service/target/dist/lib");
    }
  }

  /** The addresses of the local services as those of the containers. */
  private static String inContainers(String value, List<ServiceWiring.Service> local)
      throws IOException {
    String text = value;
    for (var service : local) {
      String container = service.kind().label() + ":" + port(service.kind());
      text = text.replace("127.0.0.1:" + service.port(), container);
    }
    return text;
  }

  /** What the service is given: of its image, and above it of the composition. */
  private static Map<String, String> settings(ServiceKind kind) throws IOException {
    var settings = new TreeMap<String, String>();
    ENV.matcher(lines(dockerfile(kind)))
        .results()
        .forEach(line -> settings.put(line.group(1), line.group(2)));
    merged(service(kind.label()).get("environment"))
        .forEach((name, value) -> settings.put(name, value.toString()));
    settings.keySet().removeIf(name -> !name.startsWith("IF_"));
    return settings;
  }

  /** The argument without addresses and folders. */
  private static String anywhere(String argument) {
    return argument
        .replaceAll("http://[\\w.]+:\\d+", "ADDRESS")
        .replaceAll("^--data-dir=/.+", "--data-dir=FOLDER");
  }

  private static List<String> command(String service) throws IOException {
    return ((List<?>) service(service).get("command")).stream().map(Object::toString).toList();
  }

  private static Map<String, Object> service(String name) throws IOException {
    Object compose =
        new Load(LoadSettings.builder().build()).loadFromString(lines("deploy/compose.yaml"));
    return merged(merged(merged(compose).get("services")).get(name));
  }

  /** The map with what its merge key names, which YAML 1.2 leaves to the reader. */
  private static Map<String, Object> merged(Object map) {
    var own = new TreeMap<String, Object>();
    ((Map<?, ?>) map).forEach((key, value) -> own.put(key.toString(), value));
    Object others = own.remove("<<");
    if (others != null) {
      merged(others).forEach(own::putIfAbsent);
    }
    return own;
  }

  private static String port(ServiceKind kind) throws IOException {
    return lines(dockerfile(kind)).replaceAll("(?s).*EXPOSE (\\d+).*", "$1");
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
