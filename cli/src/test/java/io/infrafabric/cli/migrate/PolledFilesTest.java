package io.infrafabric.cli.migrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PolledFilesTest {
  @TempDir Path folder;

  private void git(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("git", "-C", folder.toString(), "-c", "user.name=t", "-c", "user.email=t@t", "-c", "commit.gpgsign=false"));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
    assertThat(process.waitFor()).as("%s", command).isZero();
  }

  private void commit(String name, String text) throws Exception {
    Files.writeString(folder.resolve(name), text);
    git("add", "-A");
    git("commit", "-q", "-m", name);
  }

  @Test
  void plainFolder_isReadAsItIs() throws Exception {
    Files.writeString(folder.resolve("INSTRUCTIONS-1-PHASE-1.md"), "one");
    Files.writeString(folder.resolve("STATUS-PHASE-1.md"), "two");
    Files.writeString(folder.resolve("README.md"), "three");
    assertThat(PolledFiles.of(folder))
        .containsExactly(new PolledFile("", "INSTRUCTIONS-1-PHASE-1.md", "one"), new PolledFile("", "STATUS-PHASE-1.md", "two"));
  }

  @Test
  void repository_isReadOnAllItsBranches() throws Exception {
    git("init", "-q", "-b", "main");
    commit("INSTRUCTIONS-1-PHASE-1.md", "one");
    git("checkout", "-q", "-b", "claude/session-1");
    commit("STATUS-PHASE-1.md", "done");
    git("checkout", "-q", "main");
    assertThat(PolledFiles.of(folder))
        .containsExactlyInAnyOrder(
            new PolledFile("main", "INSTRUCTIONS-1-PHASE-1.md", "one"),
            new PolledFile("claude/session-1", "INSTRUCTIONS-1-PHASE-1.md", "one"),
            new PolledFile("claude/session-1", "STATUS-PHASE-1.md", "done"));
  }

  @Test
  void folderThatIsNot_isToldByName() {
    assertThatThrownBy(() -> PolledFiles.of(folder.resolve("nowhere"))).isInstanceOf(UncheckedIOException.class).hasMessageContaining("nowhere");
  }
}
