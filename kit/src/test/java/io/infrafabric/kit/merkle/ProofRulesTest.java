package io.infrafabric.kit.merkle;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ProofRulesTest {
  /** Of the reference tests of Certificate Transparency. */
  private static final String[] INPUTS = {
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"
  };

  private static final String[] ROOTS = {
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
  };

  private static final long SEED = System.nanoTime();

  @Test
  void roots_areThoseOfTheReference() {
    MemoryTree tree = new MemoryTree();
    Frontier frontier = new Frontier();
    assertThat(hex(tree.root(0))).isEqualTo("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    for (int i = 0; i < INPUTS.length; i++) {
      byte[] leaf = Hashes.leaf(HexFormat.of().parseHex(INPUTS[i]));
      tree.leaves.add(leaf);
      frontier.append(leaf);

      assertThat(hex(tree.root(i + 1))).isEqualTo(ROOTS[i]);
      assertThat(hex(frontier.root())).isEqualTo(ROOTS[i]);
    }
  }

  @Test
  void consistency_isThatOfTheReference() {
    MemoryTree tree = new MemoryTree();
    for (String input : INPUTS) {
      tree.leaves.add(Hashes.leaf(HexFormat.of().parseHex(input)));
    }

    assertThat(ProofRules.consistency(tree, 6, 8).stream().map(ProofRulesTest::hex))
        .containsExactly(
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7");
    assertThat(ProofRules.inclusion(tree, 5, 8).stream().map(ProofRulesTest::hex))
        .containsExactly(
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7");
  }

  @Test
  void everySmallTree_hasProofsThatHold() {
    MemoryTree tree = MemoryTree.of(40, "leaf");
    for (int size = 1; size <= 40; size++) {
      for (int index = 0; index < size; index++) {
        List<byte[]> path = ProofRules.inclusion(tree, index, size);
        assertThat(ProofRules.includes(index, size, tree.leaves.get(index), path, tree.root(size))).as("%d in %d", index, size).isTrue();
      }
      for (int smaller = 0; smaller <= size; smaller++) {
        List<byte[]> proof = ProofRules.consistency(tree, smaller, size);
        assertThat(ProofRules.isConsistent(smaller, tree.root(smaller), size, tree.root(size), proof)).as("%d of %d", smaller, size).isTrue();
      }
    }
  }

  @Test
  void randomTrees_haveProofsThatHold_andNoOthers() {
    Random random = new Random(SEED);
    for (int round = 0; round < 300; round++) {
      int size = 2 + random.nextInt(2_000);
      MemoryTree tree = MemoryTree.of(size, "round" + round);
      int index = random.nextInt(size);
      byte[] leaf = tree.leaves.get(index);
      byte[] root = tree.root(size);
      List<byte[]> path = ProofRules.inclusion(tree, index, size);
      int smaller = 1 + random.nextInt(size - 1);
      byte[] old = tree.root(smaller);
      List<byte[]> proof = ProofRules.consistency(tree, smaller, size);

      String which = "seed %d, round %d".formatted(SEED, round);
      assertThat(path.size()).as(which).isLessThanOrEqualTo(11);
      assertThat(ProofRules.includes(index, size, leaf, path, root)).as(which).isTrue();
      assertThat(ProofRules.includes(index, size, leaf, changed(path, random), root)).as(which).isFalse();
      assertThat(ProofRules.includes(index ^ 1, size, leaf, path, root)).as(which).isFalse();
      assertThat(ProofRules.includes(index, size, flipped(leaf, random), path, root)).as(which).isFalse();
      assertThat(ProofRules.isConsistent(smaller, old, size, root, proof)).as(which).isTrue();
      assertThat(ProofRules.isConsistent(smaller, old, size, root, changed(proof, random))).as(which).isFalse();
      assertThat(ProofRules.isConsistent(smaller, flipped(old, random), size, root, proof)).as(which).isFalse();
      assertThat(ProofRules.isConsistent(smaller, old, size, flipped(root, random), proof)).as(which).isFalse();
      assertThat(ProofRules.isConsistent(size, root, smaller, old, proof)).as(which).isFalse();
    }
  }

  @Test
  void aForkIsNotConsistent() {
    MemoryTree one = MemoryTree.of(100, "same");
    MemoryTree other = MemoryTree.of(120, "same");
    other.leaves.set(99, Hashes.leaf("another".getBytes()));

    assertThat(ProofRules.isConsistent(100, one.root(100), 120, other.root(120), ProofRules.consistency(other, 100, 120))).isFalse();
  }

  /** One node flipped, dropped or doubled. */
  private static List<byte[]> changed(List<byte[]> path, Random random) {
    List<byte[]> changed = new ArrayList<>(path);
    int at = random.nextInt(path.size());
    switch (random.nextInt(3)) {
      case 0 -> changed.set(at, flipped(path.get(at), random));
      case 1 -> changed.remove(at);
      default -> changed.add(at, path.get(at));
    }
    return changed;
  }

  private static byte[] flipped(byte[] bytes, Random random) {
    byte[] flipped = bytes.clone();
    flipped[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
    return flipped;
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}
