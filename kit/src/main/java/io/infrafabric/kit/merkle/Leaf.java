package io.infrafabric.kit.merkle;

/**
 * An entry with the hash of its leaf.
 *
 * @param entry its bytes
 * @param hash as {@link Hashes#leaf} makes it
 */
public record Leaf(byte[] entry, byte[] hash) {
  /** Hashes an entry. */
  public static Leaf of(byte[] entry) {
    return new Leaf(entry, Hashes.leaf(entry));
  }
}
