package io.infrafabric.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code ./fabric} wants of a machine, in a checkout in which nothing is built and Maven only says what it was asked for. */
class FabricScriptTest {
  @TempDir Path checkout;
  @TempDir Path programs;

  private record Ended(int exitCode, String talk) {}

  @BeforeEach
  void script() throws IOException {
    Path here = Path.of("").toAbsolutePath();
    while (!Files.exists(here.resolve("fabric"))) {
      here = here.getParent();
    }
    Files.copy(here.resolve("fabric"), checkout.resolve("fabric"), StandardCopyOption.COPY_ATTRIBUTES);
    program(checkout.resolve("mvnw"), "echo maven \"$@\" >&2");
    program(programs.resolve("npm"), "exit 0");
  }

  private static Path program(Path file, String text) throws IOException {
    Files.writeString(file, "#!/bin/sh\n" + text + "\n");
    assertThat(file.toFile().setExecutable(true)).isTrue();
    return file;
  }

  private Ended test(Map<String, String> environment) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(checkout.resolve("fabric").toString(), "test", "-Dwhat=ever").redirectErrorStream(true);
    builder.environment().put("PATH", programs + ":" + System.getenv("PATH"));
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("IF_ETCD_BIN", "/bin/sh");
    builder.environment().put("IF_NATS_BIN", "/bin/sh");
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    String talk = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return new Ended(process.exitValue(), talk);
  }

  private Ended testWithNode(String answer) throws Exception {
    program(programs.resolve("node"), answer);
    return test(Map.of());
  }

  @ParameterizedTest
  @ValueSource(strings = {"v18.19.0", "v19.9.0", "v6.0.0", "nonsense", ""})
  void nodeThatIsTooOld_isToldBeforeAnythingIsDone(String version) throws Exception {
    Ended ended = testWithNode("echo " + version);
    assertThat(ended.exitCode()).as(ended.talk()).isEqualTo(1);
    assertThat(ended.talk()).contains("fabric: " + programs.resolve("node") + " is Node.js").contains("20 or later is needed: install it").doesNotContain("maven");
  }

  @ParameterizedTest
  @ValueSource(strings = {"v20.0.0", "v20.20.2", "v22.1.0", "v100.0.0"})
  void nodeThatIsNewEnough_isTaken(String version) throws Exception {
    Ended ended = testWithNode("echo " + version);
    assertThat(ended.exitCode()).as(ended.talk()).isZero();
    assertThat(ended.talk()).contains("maven -B -T2 verify -Dwhat=ever").contains("fabric test: passed");
  }

  @Test
  void jdkThatIsTooOld_isTold() throws Exception {
    Path jdk = Files.createDirectories(programs.resolve("jdk/bin")).getParent();
    program(jdk.resolve("bin/java"), "exit 0");
    program(jdk.resolve("bin/javac"), "exit 0");
    Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"21.0.4\"\n");
    Ended ended = test(Map.of("IF_JAVA_HOME", jdk.toString()));
    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.talk()).contains("IF_JAVA_HOME names " + jdk + ", which is not a JDK 25 or later").doesNotContain("maven");
  }
}
