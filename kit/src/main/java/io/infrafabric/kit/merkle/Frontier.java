package io.infrafabric.kit.merkle;

/** The roots of the complete subtrees of a tree that grows: enough to tell its root, and nothing more. */
public final class Frontier {
  private final byte[][] roots = new byte[Long.SIZE][];
  private long size;

  /** Adds the hash of a leaf. */
  public void append(byte[] leaf) {
    byte[] hash = leaf;
    int level = 0;
    for (; (size >> level & 1) == 1; level++) {
      hash = Hashes.node(roots[level], hash);
    }
    roots[level] = hash;
    size++;
  }

  /** Leaves so far. */
  public long size() {
    return size;
  }

  /** The root of the leaves so far. */
  public byte[] root() {
    byte[] root = null;
    for (int level = 0; level < Long.SIZE; level++) {
      if ((size >> level & 1) == 1) {
        root = root == null ? roots[level] : Hashes.node(roots[level], root);
      }
    }
    return root == null ? Hashes.empty() : root;
  }
}
