package io.infrafabric.kit.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsTest {
  enum Mode {
    FAST,
    VERY_SAFE
  }

  record Net(@Default("localhost:1") @Doc("Where.") String url, @Default("3") int tries) {}

  record Service(
      @Default("127.0.0.1:2379") @Doc("etcd servers.") List<String> etcdEndpoints,
      @Default("7") int workers,
      @Default("9000000000") long bytes,
      @Default("0.5") double ratio,
      @Default("false") boolean eager,
      @Default("10s") Duration lease,
      @Default("data") Path folder,
      @Default("very-safe") Mode mode,
      Optional<String> note,
      @Secret @Default("") String token,
      Net nats) {
    Service {
      if (workers > 100) {
        throw new IllegalArgumentException("workers must be at most 100");
      }
    }
  }

  record Needy(String name, int count) {}

  @TempDir Path folder;

  private static Settings.Ready<Service> ready(Map<String, String> env, String... args) {
    return (Settings.Ready<Service>) Settings.load(Service.class, args, env);
  }

  private static String text(Map<String, String> env, String... args) {
    return ((Settings.Text<Service>) Settings.load(Service.class, args, env)).text();
  }

  private Path file(String yaml) throws IOException {
    return Files.writeString(folder.resolve("if.yaml"), yaml);
  }

  @Test
  void defaults_fillEveryType() {
    assertThat(ready(Map.of()).value())
        .isEqualTo(
            new Service(
                List.of("127.0.0.1:2379"), 7, 9_000_000_000L, 0.5, false, Duration.ofSeconds(10), Path.of("data"),
                Mode.VERY_SAFE, Optional.empty(), "", new Net("localhost:1", 3)));
  }

  @Test
  void flag_winsOverEnvironment_overFile_overDefault() throws Exception {
    Path yaml = file("workers: 2\nlease: 250ms\nnats: {url: file, tries: 9}\netcd: {endpoints: [a, b]}\nnote:\n");
    Service service =
        ready(
                Map.of("IF_WORKERS", "3", "IF_LEASE", "5m", "IF_CONFIG", yaml.toString()),
                "--workers=4", "--eager", "--nats-tries", "1", "--note", "x")
            .value();
    assertThat(service.workers()).isEqualTo(4);
    assertThat(service.lease()).isEqualTo(Duration.ofMinutes(5));
    assertThat(service.nats()).isEqualTo(new Net("file", 1));
    assertThat(service.etcdEndpoints()).containsExactly("a", "b");
    assertThat(service.eager()).isTrue();
    assertThat(service.note()).contains("x");
    assertThat(ready(Map.of(), "--config", yaml.toString(), "--eager", "false").value().workers()).isEqualTo(2);
  }

  @Test
  void unknownKeys_nameTheNearestKnownOne() throws Exception {
    Path yaml = file("etcd: {endpoint: x}\n");
    assertThatThrownBy(() -> ready(Map.of(), "--wrokers=1", "--zzzzzz=1", "--config=" + yaml))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("3 problems")
        .hasMessageContaining("wrokers (--wrokers) is not a setting; did you mean workers?")
        .hasMessageContaining("etcd-endpoint (file " + yaml + ") is not a setting; did you mean etcd-endpoints?")
        .hasMessageContaining("zzzzzz (--zzzzzz) is not a setting");
  }

  @Test
  void badValues_areToldAllAtOnce_withKeySourceAndWhatIsExpected() {
    assertThatThrownBy(
            () -> ready(Map.of("IF_LEASE", "soon", "IF_WORKERS", "many"), "--mode=slow", "--eager=maybe", "--ratio", "NaN", "stray"))
        .hasMessageContaining("lease (IF_LEASE): \"soon\" is not a duration such as 250ms, 10s")
        .hasMessageContaining("workers (IF_WORKERS): \"many\" is not a whole number")
        .hasMessageContaining("mode (--mode): \"slow\" is not one of fast, very-safe")
        .hasMessageContaining("eager (--eager): \"maybe\" is not true or false")
        .hasMessageContaining("ratio (--ratio): \"NaN\" is not a number")
        .hasMessageContaining("\"stray\" is not a flag");
  }

  @Test
  void requiredSettings_areAskedFor_andRecordsMayRefuse() {
    assertThatThrownBy(() -> Settings.load(Needy.class, new String[0], Map.of()))
        .hasMessageContaining("name is required: give --name or IF_NAME (a text)")
        .hasMessageContaining("count is required");
    assertThatThrownBy(() -> ready(Map.of(), "--workers=101")).hasMessageContaining("workers must be at most 100");
    assertThatThrownBy(() -> ready(Map.of(), "--workers")).hasMessageContaining("--workers needs a value");
    assertThatThrownBy(() -> ready(Map.of(), "--workers=1", "--workers=2")).hasMessageContaining("given twice");
    assertThatThrownBy(() -> ready(Map.of(), "--config=/no/such")).hasMessageContaining("there is no such file");
  }

  @Test
  void environment_warnsOfSlipsOnly() {
    Map<String, String> env =
        Map.of("IF_WORKRES", "1", "IF_HOME", "/", "IF_ETCD_BIN", "x", "IF_TEST_ANY", "y", "IF_OF_ANOTHER_SERVICE", "z");
    assertThat(ready(env).warnings()).containsExactly("IF_WORKRES is not known; is it IF_WORKERS?");
  }

  @Test
  void printedConfig_hasSources_andNoSecrets() throws Exception {
    String printed = text(Map.of("IF_TOKEN", "hunter2", "IF_WORKERS", "5"), "--print-config", "--nats-url=nats://x:1");
    assertThat(printed)
        .contains("workers: 5  # IF_WORKERS")
        .contains("nats-url: nats://x:1  # --nats-url")
        .contains("lease: 10s  # default")
        .contains("********")
        .doesNotContain("hunter2");
    assertThat(ready(Map.of(), "--config=" + file(printed)).value().workers()).isEqualTo(5);
    assertThatThrownBy(() -> Settings.load(SecretNumber.class, new String[] {"--pin=hunter2"}, Map.of()))
        .hasMessageContaining("pin (--pin): \"********\"")
        .satisfies(problem -> assertThat(problem.getMessage()).doesNotContain("hunter2"));
  }

  record SecretNumber(@Secret int pin) {}

  @Test
  void help_listsEverySetting() {
    assertThat(text(Map.of(), "--help"))
        .contains("--etcd-endpoints  (IF_ETCD_ENDPOINTS)")
        .contains("etcd servers.")
        .contains("default 127.0.0.1:2379")
        .contains("--nats-url");
  }
}
