package io.infrafabric.kit.merkle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogFolderTest {
  private static final long SEED = System.nanoTime();

  @TempDir Path folder;
  private final Frontier frontier = new Frontier();
  private final List<byte[]> roots = new ArrayList<>(List.of(frontier.root()));

  private List<Leaf> leaves(long from, int count) {
    List<Leaf> leaves = new ArrayList<>();
    for (long i = from; i < from + count; i++) {
      Leaf leaf = Leaf.of(("entry " + i + "-".repeat((int) (i % 50))).getBytes());
      leaves.add(leaf);
      if (frontier.size() == i) {
        frontier.append(leaf.hash());
        roots.add(frontier.root());
      }
    }
    return leaves;
  }

  @Test
  void batchesOfAnySize_makeTheTreeOfTheirEntries_alsoAfterARestart() {
    Random random = new Random(SEED);
    LogFolder log = LogFolder.open(folder);
    while (log.size() < 3_000) {
      log.append(leaves(log.size(), 1 + random.nextInt(700)));
      if (random.nextInt(3) == 0) {
        log.close();
        log = LogFolder.open(folder);
      }
      assertThat(log.root(log.size())).as("seed %d", SEED).isEqualTo(roots.get((int) log.size()));
    }
    for (int size : new int[] {1, 255, 256, 257, 1_000, 2_560}) {
      assertThat(log.root(size)).isEqualTo(roots.get(size));
      assertThat(ProofRules.includes(size - 1, size, log.node(0, size - 1), ProofRules.inclusion(log, size - 1, size), roots.get(size))).isTrue();
    }
    assertThat(log.entries(254, 260)).extracting(String::new).extracting(text -> text.replace("-", ""))
        .containsExactly("entry 254", "entry 255", "entry 256", "entry 257", "entry 258", "entry 259");
    assertThat(log.entries(log.size() - 1, log.size() + 10)).hasSize(1);
    assertThat(log.entries(log.size(), log.size() + 10)).isEmpty();
    log.close();
  }

  @Test
  void truncation_leavesTheTreeOfWhatStays() {
    Random random = new Random(SEED);
    try (LogFolder log = LogFolder.open(folder)) {
      log.append(leaves(0, 70_000));
      for (int size : new int[] {69_999, 65_793, 65_536, 65_535, 1_024, 513, 512, 511, 256, 1, 0}) {
        log.truncate(size);
        assertThat(log.size()).isEqualTo(size);
        assertThat(log.root(size)).as("%d of seed %d", size, SEED).isEqualTo(roots.get(size));
      }
      log.append(leaves(0, 1 + random.nextInt(600)));
      assertThat(log.root(log.size())).isEqualTo(roots.get((int) log.size()));
    }
  }

  /** What a power cut leaves: half an entry, and no tile or half a tile of a full bundle. */
  @Test
  void writeThatBrokeOff_isCutOffOrMadeGood() throws Exception {
    try (LogFolder log = LogFolder.open(folder)) {
      log.append(leaves(0, 600));
    }
    Files.write(folder.resolve("tile/entries/002"), new byte[] {1, 0, 42}, StandardOpenOption.APPEND);
    Files.delete(folder.resolve("tile/0/001"));
    Files.write(folder.resolve("tile/0/000"), new byte[10]);

    try (LogFolder log = LogFolder.open(folder)) {
      assertThat(log.size()).isEqualTo(600);
      assertThat(log.root(600)).isEqualTo(roots.get(600));
      log.append(leaves(600, 200));
      assertThat(log.root(800)).isEqualTo(roots.get(800));
    }
  }

  @Test
  void folder_isOfOneAtATime() {
    try (LogFolder log = LogFolder.open(folder)) {
      assertThat(log.signed()).isEmpty();
      assertThatThrownBy(() -> LogFolder.open(folder)).isInstanceOf(UncheckedIOException.class).hasMessageContaining("another process");
    }
    LogFolder.open(folder).close();
  }

  @Test
  void entryThatItsLengthCannotTell_isRefused() {
    try (LogFolder log = LogFolder.open(folder)) {
      log.append(List.of(Leaf.of(new byte[LogFolder.ENTRY_BYTES])));
      assertThatThrownBy(() -> log.append(List.of(Leaf.of(new byte[LogFolder.ENTRY_BYTES + 1])))).isInstanceOf(IllegalArgumentException.class);
    }
  }
}
