package io.infrafabric.kit.merkle;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The entries themselves, 256 a file, each after its length in two bytes. The last file grows; the others never change. */
final class EntryBundles {
  /** What two bytes of length allow. */
  static final int ENTRY_BYTES = 65_535;

  private final Tiles files;
  private final List<byte[]> tail = new ArrayList<>();
  private long full;

  private EntryBundles(Tiles files) {
    this.files = files;
  }

  /** Reads what is there; half an entry at the end, of a write that broke off, is cut off. */
  static EntryBundles open(Path log) throws IOException {
    EntryBundles bundles = new EntryBundles(new Tiles(log, "entries"));
    bundles.load();
    return bundles;
  }

  private void load() throws IOException {
    tail.clear();
    long count = files.count();
    full = Math.max(0, count - 1);
    if (count > 0) {
      byte[] last = files.read(full);
      tail.addAll(parse(last));
      int whole = tail.stream().mapToInt(entry -> entry.length + 2).sum();
      if (whole < last.length) {
        cut(full, whole);
      }
      roll();
    }
  }

  private void roll() {
    if (tail.size() == Tiles.WIDTH) {
      full++;
      tail.clear();
    }
  }

  long size() {
    return full * Tiles.WIDTH + tail.size();
  }

  /** The entries of the file that grows. */
  List<byte[]> tail() {
    return List.copyOf(tail);
  }

  /** Adds entries; they are durable when this returns. */
  void append(List<byte[]> entries) throws IOException {
    for (int next = 0; next < entries.size(); ) {
      int room = Math.min(Tiles.WIDTH - tail.size(), entries.size() - next);
      List<byte[]> some = entries.subList(next, next + room);
      write(full, some);
      tail.addAll(some);
      roll();
      next += room;
    }
  }

  private void write(long number, List<byte[]> entries) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (byte[] entry : entries) {
      if (entry.length > ENTRY_BYTES) {
        throw new IllegalArgumentException("an entry has at most " + ENTRY_BYTES + " bytes, not " + entry.length);
      }
      bytes.write(entry.length >> 8);
      bytes.write(entry.length);
      bytes.write(entry);
    }
    try (FileChannel channel = files.append(number)) {
      Tiles.writeAll(channel, ByteBuffer.wrap(bytes.toByteArray()));
      channel.force(false);
    }
  }

  /** Forgets the entries from an index on. */
  void truncate(long size) throws IOException {
    long number = size / Tiles.WIDTH;
    int kept = (int) (size % Tiles.WIDTH);
    files.deleteFrom(kept == 0 ? number : number + 1);
    if (kept > 0) {
      cut(number, parse(files.read(number)).subList(0, kept).stream().mapToInt(entry -> entry.length + 2).sum());
    }
    load();
  }

  private void cut(long number, long bytes) throws IOException {
    try (FileChannel channel = files.append(number)) {
      channel.truncate(bytes);
      channel.force(true);
    }
  }

  /** The entries of a file; of one that is full, on any thread. */
  List<byte[]> bundle(long number) throws IOException {
    return number == full ? tail() : parse(files.read(number));
  }

  private static List<byte[]> parse(byte[] bytes) {
    List<byte[]> entries = new ArrayList<>();
    ByteBuffer rest = ByteBuffer.wrap(bytes);
    while (rest.remaining() >= 2) {
      int length = Short.toUnsignedInt(rest.getShort());
      if (length > rest.remaining()) {
        break;
      }
      byte[] entry = new byte[length];
      rest.get(entry);
      entries.add(entry);
    }
    return entries;
  }
}
