package io.infrafabric.cli.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProgramTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @TempDir Path folder;
  private final List<String> errors = new CopyOnWriteArrayList<>();

  private Program start(String script) throws Exception {
    Path input = Files.writeString(folder.resolve("payload"), "from the task\n");
    return Program.start(List.of("sh", "-c", script), Map.of("IF_TASK_ID", "t1"), input, folder.resolve("result"), errors::add);
  }

  @Test
  void program_readsThePayload_andWritesTheResult() throws Exception {
    Program program = start("cat; echo $IF_TASK_ID; echo first >&2; echo last >&2; exit 7");
    assertThat(program.await(PATIENCE)).isTrue();
    assertThat(program.exitCode()).isEqualTo(7);
    assertThat(folder.resolve("result")).hasContent("from the task\nt1");
    assertThat(errors).containsExactly("first", "last");
    assertThat(program.lastWords()).isEqualTo("last");
    assertThat(program.written()).isEqualTo(17);
    assertThat(program.signsOfWork()).isEqualTo(17 + 11);
  }

  @Test
  void kill_endsWhatItStartedToo_evenWhatDoesNotListen() throws Exception {
    Program program = start("trap '' TERM; sh -c 'trap \"\" TERM; echo $$ >&2; sleep 1000' & echo $$ >&2; wait; sleep 1000");
    await().atMost(PATIENCE).until(() -> errors.size() == 2);
    List<ProcessHandle> all = errors.stream().map(Long::parseLong).map(pid -> ProcessHandle.of(pid).orElseThrow()).toList();
    program.kill();
    assertThat(program.exitCode()).as("told at once").isEqualTo(137);
    await().atMost(PATIENCE).until(() -> all.stream().noneMatch(ProcessHandle::isAlive));
  }

  @Test
  void program_thatIsNot_isToldByName() {
    assertThat(Program.exists("sh")).isTrue();
    assertThat(Program.exists("/bin/sh")).isTrue();
    assertThat(Program.exists("no-such-program")).isFalse();
    assertThat(Program.exists("/no/such/program")).isFalse();
    assertThatThrownBy(
            () ->
                Program.start(
                    List.of("/no/such/program"), Map.of(), Files.writeString(folder.resolve("p"), ""), folder.resolve("r"), errors::add))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("/no/such/program");
  }
}
