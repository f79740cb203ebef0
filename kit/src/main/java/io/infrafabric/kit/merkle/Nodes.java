package io.infrafabric.kit.merkle;

/** The complete subtrees of a tree. */
@FunctionalInterface
public interface Nodes {
  /**
   * The hash of the leaves from {@code index << level} on, {@code 1 << level} of them.
   *
   * @throws IllegalStateException when it cannot be read
   */
  byte[] node(int level, long index);

  /** The hash of a tree of the first leaves. */
  default byte[] root(long size) {
    return size == 0 ? Hashes.empty() : range(0, size);
  }

  /** The hash of the leaves from one on and before another, as RFC 6962 splits them. */
  default byte[] range(long from, long before) {
    long size = before - from;
    if (Long.bitCount(size) == 1 && from % size == 0) {
      int level = Long.numberOfTrailingZeros(size);
      return node(level, from >> level);
    }
    long left = split(size);
    return Hashes.node(range(from, from + left), range(from + left, before));
  }

  /** The largest power of two below a number above 1. */
  static long split(long size) {
    return Long.highestOneBit(size - 1);
  }
}
