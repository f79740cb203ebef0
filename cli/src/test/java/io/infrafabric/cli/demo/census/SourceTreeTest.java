package io.infrafabric.cli.demo.census;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.infrafabric.cli.demo.census.SourceTree.Skipped;
import io.infrafabric.cli.demo.census.SourceTree.SourceFile;
import io.infrafabric.error.RefusedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SourceTreeTest {
  @TempDir Path root;

  @Test
  void below_listsRegularFilesByPath() throws IOException {
    write("b.txt", "bb");
    write("a/c.java", "ccc");
    write(".git/config", "x");
    write("a/target/out", "x");
    write(".fabric/run/x", "x");
    write("web/node_modules/x.js", "x");
    write("odd \\ \"name\".py", "dddd");

    assertThat(SourceTree.below(root, 100).files()).containsExactly(new SourceFile("a/c.java", 3), new SourceFile("b.txt", 2), new SourceFile("odd \\ \"name\".py", 4));
  }

  @Test
  void below_namesWhatItSkips() throws IOException {
    write("big", "123456");
    write("line\nfeed", "x");
    Files.createSymbolicLink(root.resolve("link"), root.resolve("big"));

    SourceTree tree = SourceTree.below(root, 5);

    assertThat(tree.files()).isEmpty();
    assertThat(tree.skipped())
        .containsExactlyInAnyOrder(
            new Skipped("big", "larger than 5 bytes"),
            new Skipped("line\nfeed", "path with a line feed or of more than 4096 bytes"),
            new Skipped("link", "symbolic link"));
  }

  @Test
  void below_countsARootOfAnyName() throws IOException {
    Path target = Files.createDirectory(root.resolve("target"));
    Files.writeString(target.resolve("x.md"), "x");

    assertThat(SourceTree.below(target, 5).files()).hasSize(1);
  }

  @Test
  void below_refusesWhatIsNoFolder() {
    assertThatThrownBy(() -> SourceTree.below(root.resolve("none"), 5)).isInstanceOf(RefusedException.class);
  }

  private void write(String path, String content) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }
}
