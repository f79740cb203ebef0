package io.infrafabric.cli.ifctl;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a shell makes of the completion that it is given. */
class CompletionVerbTest {
  /** As bash calls it for the words that were typed, the last of which is to be completed. */
  private static final String COMPLETE =
      """
      source "$1"; shift
      [ "$(complete -p fabric)" = "complete -o default -F _complete_fabric fabric" ] || { complete -p; exit 9; }
      COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}
      _complete_fabric fabric "${@: -1}" "${@: -2:1}" 2>/dev/null
      printf '%s\\n' "${COMPREPLY[@]}"
      """;

  @TempDir Path folder;
  private Path script;

  private record Ended(int exitCode, String out) {}

  @BeforeEach
  void write() throws IOException {
    Said said = Said.ifctl("completion");
    assertThat(said.exitCode()).as(said.talk()).isZero();
    script = Files.writeString(folder.resolve("completion.bash"), said.out());
  }

  private Ended bash(List<String> arguments) throws Exception {
    Process bash = new ProcessBuilder(Stream.concat(Stream.of("bash", "--norc"), arguments.stream()).toList()).redirectErrorStream(true).start();
    bash.getOutputStream().close();
    String out = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(bash.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return new Ended(bash.exitValue(), out);
  }

  private List<String> completed(String... typed) throws Exception {
    Ended ended = bash(Stream.concat(Stream.of("-c", COMPLETE, "complete", script.toString()), Stream.of(typed)).toList());
    assertThat(ended.exitCode()).as(ended.out()).isZero();
    return ended.out().lines().map(String::strip).filter(word -> !word.isEmpty()).toList();
  }

  @Test
  void script_isOneThatBashReads_andThatTellsZshWhatItNeeds() throws Exception {
    Ended read = bash(List.of("-n", script.toString()));
    assertThat(read.exitCode()).as(read.out()).isZero();
    assertThat(Files.readString(script)).contains("bashcompinit");
  }

  @Test
  void verbs_flags_andTheirWords_areCompleted() throws Exception {
    assertThat(completed("fabric", "ifctl", "task", "ex")).containsExactly("explain");
    assertThat(completed("fabric", "ifctl", "plan", "")).contains("map", "reduce", "import", "wait");
    assertThat(completed("fabric", "ifctl", "task", "wait", "--time")).containsExactly("--timeout");
    assertThat(completed("fabric", "ifctl", "task", "list", "--state", "rea")).containsExactly("ready");
    assertThat(completed("fabric", "ifctl", "task", "submit", "--priority", "c")).containsExactly("critical");
    assertThat(completed("fabric", "ifctl", "no-such-verb", "ex")).doesNotContain("explain");
  }
}
