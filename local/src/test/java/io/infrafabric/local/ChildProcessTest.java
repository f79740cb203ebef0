package io.infrafabric.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChildProcessTest {
  @TempDir Path folder;

  @Test
  void start_usesItsFolderItsEnvironmentAndItsLog() throws Exception {
    var child = start("echo \"$COLOUR in $(pwd)\"; echo warning >&2", Map.of("COLOUR", "green"));

    assertThat(child.awaitExit(Duration.ofSeconds(10))).isTrue();
    assertThat(child.exitCode()).isZero();
    assertThat(Files.readString(child.log()))
        .contains("green in " + folder.toRealPath())
        .contains("warning");
  }

  @Test
  void pid_isThatOfTheProgramItself() throws Exception {
    var child = start("echo $$; exec sleep 600", Map.of());
    try (child) {
      waitForLine(child);
      assertThat(Files.readString(child.log()).strip()).isEqualTo(Long.toString(child.pid()));
      assertThat(child.id().alive()).isTrue();
    }
    assertThat(child.id().alive()).isFalse();
  }

  @Test
  void stop_isPoliteFirst() throws Exception {
    var child =
        start("trap 'echo bye; exit 7' TERM; echo up; while :; do sleep 0.05; done", Map.of());
    waitForLine(child);

    child.stop(Duration.ofSeconds(10));

    assertThat(child.exitCode()).isEqualTo(7);
    assertThat(Files.readString(child.log())).contains("bye");
  }

  @Test
  void stop_killsWhatDoesNotListen() throws Exception {
    var child = start("trap '' TERM; echo up; while :; do sleep 0.05; done", Map.of());
    waitForLine(child);

    child.stop(Duration.ofMillis(100));

    assertThat(child.alive()).isFalse();
    assertThat(child.exitCode()).isEqualTo(128 + 9);
  }

  @Test
  void start_ofNothingNamesTheCommand() {
    var command =
        new ChildProcess.Command(
            "ghost", List.of("/no/ghost"), folder.resolve("no"), Map.of(), folder.resolve("log"));

    assertThatThrownBy(() -> ChildProcess.start(command))
        .isInstanceOf(LocalRunException.class)
        .hasMessageContaining("cannot start ghost");
  }

  @Test
  void children_areStoppedWhenTheJvmEnds() throws Exception {
    var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    var jvm =
        new ProcessBuilder(
                java,
                "-cp",
                System.getProperty("java.class.path"),
                Orphanage.class.getName(),
                folder.toString())
            .redirectErrorStream(true)
            .start();
    long[] pids =
        new String(jvm.getInputStream().readAllBytes())
            .strip()
            .lines()
            .mapToLong(Long::parseLong)
            .toArray();
    assertThat(jvm.waitFor(30, TimeUnit.SECONDS)).isTrue();

    assertThat(pids).hasSize(2);
    assertThat(ProcessHandle.of(pids[0])).as("the child").isEmpty();
    var detached = ProcessHandle.of(pids[1]);
    assertThat(detached).as("the detached child").isPresent();
    detached.orElseThrow().destroyForcibly();
  }

  /**
   * Starts a child and a detached child, prints their process ids, and ends without stopping them.
   */
  static final class Orphanage {
    public static void main(String[] arguments) {
      Path folder = Path.of(arguments[0]);
      var child = sleeper(folder);
      var detached = sleeper(folder);
      detached.detach();
      System.out.println(child.pid());
      System.out.println(detached.pid());
    }

    private static ChildProcess sleeper(Path folder) {
      return ChildProcess.start(
          new ChildProcess.Command(
              "sleeper", List.of("sleep", "600"), folder, System.getenv(), folder.resolve("log")));
    }
  }

  private ChildProcess start(String script, Map<String, String> variables) {
    var environment = Environment.without("IF_");
    environment.putAll(variables);
    return ChildProcess.start(
        new ChildProcess.Command(
            "script", List.of("sh", "-c", script), folder, environment, folder.resolve("log")));
  }

  private static void waitForLine(ChildProcess child) throws Exception {
    long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (!Files.readString(child.log()).contains("\n")) {
      assertThat(child.awaitExit(Duration.ofMillis(10))).isFalse();
      assertThat(System.nanoTime()).isLessThan(deadline);
    }
  }
}
