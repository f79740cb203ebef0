package io.infrafabric.kit.merkle;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Proofs of inclusion and consistency (RFC 6962, section 2.1), and their verification (RFC 9162, sections 2.1.3.2 and 2.1.4.2). */
public final class ProofRules {
  private ProofRules() {}

  /** The path from a leaf to the root of a tree of that size. */
  public static List<byte[]> inclusion(Nodes nodes, long index, long size) {
    if (index < 0 || index >= size) {
      throw new IllegalArgumentException("no leaf " + index + " in a tree of " + size);
    }
    List<byte[]> path = new ArrayList<>();
    long from = 0;
    long before = size;
    while (before - from > 1) {
      long middle = from + Nodes.split(before - from);
      if (index < middle) {
        path.addFirst(nodes.range(middle, before));
        before = middle;
      } else {
        path.addFirst(nodes.range(from, middle));
        from = middle;
      }
    }
    return path;
  }

  /** What shows that a tree of the larger size begins with the tree of the smaller. */
  public static List<byte[]> consistency(Nodes nodes, long smaller, long larger) {
    if (smaller < 0 || smaller > larger) {
      throw new IllegalArgumentException("a tree of " + larger + " does not begin with one of " + smaller);
    }
    List<byte[]> proof = new ArrayList<>();
    if (smaller == 0 || smaller == larger) {
      return proof;
    }
    long from = 0;
    long before = larger;
    boolean whole = true;
    while (smaller != before) {
      long middle = from + Nodes.split(before - from);
      if (smaller <= middle) {
        proof.addFirst(nodes.range(middle, before));
        before = middle;
      } else {
        proof.addFirst(nodes.range(from, middle));
        from = middle;
        whole = false;
      }
    }
    if (!whole) {
      proof.addFirst(nodes.range(from, before));
    }
    return proof;
  }

  /** Whether the path leads from the leaf to the root. */
  public static boolean includes(long index, long size, byte[] leaf, List<byte[]> path, byte[] root) {
    if (index < 0 || index >= size) {
      return false;
    }
    long node = index;
    long last = size - 1;
    byte[] hash = leaf;
    for (byte[] other : path) {
      if (last == 0) {
        return false;
      }
      if ((node & 1) == 1 || node == last) {
        hash = Hashes.node(other, hash);
        while ((node & 1) == 0 && node != 0) {
          node >>= 1;
          last >>= 1;
        }
      } else {
        hash = Hashes.node(hash, other);
      }
      node >>= 1;
      last >>= 1;
    }
    return last == 0 && Arrays.equals(hash, root);
  }

  /** Whether the tree of the larger size only adds leaves to that of the smaller. */
  public static boolean isConsistent(long smaller, byte[] root, long larger, byte[] largerRoot, List<byte[]> proof) {
    if (smaller < 0 || smaller > larger) {
      return false;
    }
    if (smaller == 0 || smaller == larger) {
      return proof.isEmpty() && Arrays.equals(smaller == 0 ? Hashes.empty() : largerRoot, root);
    }
    List<byte[]> path = new ArrayList<>(proof);
    if (Long.bitCount(smaller) == 1) {
      path.addFirst(root);
    }
    if (path.isEmpty()) {
      return false;
    }
    long node = smaller - 1;
    long last = larger - 1;
    while ((node & 1) == 1) {
      node >>= 1;
      last >>= 1;
    }
    byte[] old = path.getFirst();
    byte[] now = path.getFirst();
    for (byte[] other : path.subList(1, path.size())) {
      if (last == 0) {
        return false;
      }
      if ((node & 1) == 1 || node == last) {
        old = Hashes.node(other, old);
        now = Hashes.node(other, now);
        while ((node & 1) == 0 && node != 0) {
          node >>= 1;
          last >>= 1;
        }
      } else {
        now = Hashes.node(now, other);
      }
      node >>= 1;
      last >>= 1;
    }
    return last == 0 && Arrays.equals(old, root) && Arrays.equals(now, largerRoot);
  }
}
