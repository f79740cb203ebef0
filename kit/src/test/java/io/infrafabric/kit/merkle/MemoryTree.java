package io.infrafabric.kit.merkle;

import java.util.ArrayList;
import java.util.List;

/** A tree that hashes every subtree anew. */
final class MemoryTree implements Nodes {
  final List<byte[]> leaves = new ArrayList<>();

  static MemoryTree of(int size, String salt) {
    MemoryTree tree = new MemoryTree();
    for (int i = 0; i < size; i++) {
      tree.leaves.add(Hashes.leaf((salt + i).getBytes()));
    }
    return tree;
  }

  @Override
  public byte[] node(int level, long index) {
    if (level == 0) {
      return leaves.get((int) index);
    }
    return Hashes.node(node(level - 1, 2 * index), node(level - 1, 2 * index + 1));
  }
}
