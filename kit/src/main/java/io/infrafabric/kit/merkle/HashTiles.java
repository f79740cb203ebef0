package io.infrafabric.kit.merkle;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The hashes of the tree in tiles of 256: each level holds the roots of the tiles below it. A tile is written when it is full; those
 * that grow are in memory and made anew of the tiles below, the lowest of the entries.
 */
final class HashTiles implements Nodes {
  /** Tiles of eight levels each: more leaves than there are numbers. */
  private static final int LEVELS = 8;

  private final List<Tiles> files = new ArrayList<>();
  private final List<List<byte[]>> tails = new ArrayList<>();
  private final long[] full = new long[LEVELS];

  HashTiles(Path log) {
    for (int level = 0; level < LEVELS; level++) {
      files.add(new Tiles(log, Integer.toString(level)));
      tails.add(new ArrayList<>());
    }
  }

  /** The leaves of a bundle of entries, as many as it has. */
  @FunctionalInterface
  interface Leaves {
    List<byte[]> of(long bundle) throws IOException;
  }

  /** Makes the growing tiles, and the full ones that a write which broke off has left out. */
  void load(long size, Leaves leaves) throws IOException {
    long below = size;
    for (int level = 0; level < LEVELS; level++) {
      Tiles tiles = files.get(level);
      full[level] = below / Tiles.WIDTH;
      tiles.deleteFrom(full[level]);
      long there = tiles.count();
      if (there > 0 && tiles.read(there - 1).length != Tiles.WIDTH * Hashes.BYTES) {
        there--;
      }
      for (long tile = there; tile < full[level]; tile++) {
        tiles.write(tile, join(row(level, tile, below, leaves)));
      }
      tails.set(level, row(level, full[level], below, leaves));
      below = full[level];
    }
  }

  /** The hashes of a tile, of what is below it. */
  private List<byte[]> row(int level, long tile, long below, Leaves leaves) throws IOException {
    if (level == 0) {
      return tile * Tiles.WIDTH < below ? new ArrayList<>(leaves.of(tile)) : new ArrayList<>();
    }
    List<byte[]> hashes = new ArrayList<>();
    for (long child = tile * Tiles.WIDTH; child < Math.min(below, (tile + 1) * Tiles.WIDTH); child++) {
      hashes.add(fold(read(level - 1, child), 0, Tiles.WIDTH));
    }
    return hashes;
  }

  /** Adds a leaf; a tile that it fills is durable when this returns. */
  void append(byte[] leaf) throws IOException {
    byte[] hash = leaf;
    for (int level = 0; level < LEVELS; level++) {
      List<byte[]> tail = tails.get(level);
      tail.add(hash);
      if (tail.size() < Tiles.WIDTH) {
        return;
      }
      byte[] tile = join(tail);
      files.get(level).write(full[level], tile);
      full[level]++;
      hash = fold(tail, 0, Tiles.WIDTH);
      tail.clear();
    }
  }

  @Override
  public byte[] node(int level, long index) {
    int within = level % Tiles.WIDTH_BITS;
    int row = level / Tiles.WIDTH_BITS;
    long first = index << within;
    try {
      List<byte[]> tile = read(row, first / Tiles.WIDTH);
      int from = (int) (first % Tiles.WIDTH);
      return fold(tile, from, from + (1 << within));
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private List<byte[]> read(int level, long number) throws IOException {
    if (number == full[level]) {
      return tails.get(level);
    }
    byte[] tile = files.get(level).read(number);
    if (tile.length != Tiles.WIDTH * Hashes.BYTES) {
      throw new IOException("the tile " + files.get(level).path(number) + " is not whole");
    }
    List<byte[]> hashes = new ArrayList<>(Tiles.WIDTH);
    for (int at = 0; at < tile.length; at += Hashes.BYTES) {
      hashes.add(Arrays.copyOfRange(tile, at, at + Hashes.BYTES));
    }
    return hashes;
  }

  private static byte[] join(List<byte[]> hashes) {
    byte[] joined = new byte[hashes.size() * Hashes.BYTES];
    for (int i = 0; i < hashes.size(); i++) {
      System.arraycopy(hashes.get(i), 0, joined, i * Hashes.BYTES, Hashes.BYTES);
    }
    return joined;
  }

  /** The root of some hashes, a power of two of them. */
  private static byte[] fold(List<byte[]> hashes, int from, int before) {
    if (before - from == 1) {
      return hashes.get(from);
    }
    int middle = (from + before) >>> 1;
    return Hashes.node(fold(hashes, from, middle), fold(hashes, middle, before));
  }
}
