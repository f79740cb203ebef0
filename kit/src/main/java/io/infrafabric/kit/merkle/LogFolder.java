package io.infrafabric.kit.merkle;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A log in a folder, of one process at a time: its entries, its tree and the last note that was signed of it. What was appended is
 * durable before it is answered. One thread writes, any may read; only what no note has been signed of may be cut off again.
 */
public final class LogFolder implements Nodes, AutoCloseable {
  /** The longest entry. */
  public static final int ENTRY_BYTES = EntryBundles.ENTRY_BYTES;

  private final Path folder;
  private final FileChannel lock;
  private final EntryBundles entries;
  private final HashTiles hashes;

  private LogFolder(Path folder, FileChannel lock) throws IOException {
    this.folder = folder;
    this.lock = lock;
    this.entries = EntryBundles.open(folder);
    this.hashes = new HashTiles(folder);
    loadHashes();
  }

  /**
   * Opens a folder, and makes it if there is none.
   *
   * @throws UncheckedIOException when it cannot be used, also because another process does
   */
  public static LogFolder open(Path folder) {
    try {
      Files.createDirectories(folder.resolve("tile"));
      FileChannel channel = FileChannel.open(folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (!held(channel)) {
        channel.close();
        throw new IOException("another process uses the log in " + folder);
      }
      return new LogFolder(folder, channel);
    } catch (IOException unusable) {
      throw new UncheckedIOException(unusable);
    }
  }

  private static boolean held(FileChannel channel) throws IOException {
    try {
      FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException ofThisProcess) {
      return false;
    }
  }

  private void loadHashes() throws IOException {
    hashes.load(entries.size(), number -> entries.bundle(number).stream().map(Hashes::leaf).toList());
  }

  /** Entries, signed or not. */
  public synchronized long size() {
    return entries.size();
  }

  /**
   * Adds entries; they are durable when this returns.
   *
   * @param added entries with the hashes of their leaves
   */
  public synchronized void append(List<Leaf> added) {
    try {
      entries.append(added.stream().map(Leaf::entry).toList());
      for (Leaf leaf : added) {
        hashes.append(leaf.hash());
      }
    } catch (IOException full) {
      throw new UncheckedIOException(full);
    }
  }

  /** Forgets the entries from an index on. */
  public synchronized void truncate(long size) {
    if (size >= entries.size()) {
      return;
    }
    try {
      entries.truncate(size);
      loadHashes();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /** Some entries in order, from one on and before another; fewer when they end before. */
  public List<byte[]> entries(long from, long before) {
    List<byte[]> found = new ArrayList<>();
    long next = from;
    while (next < before) {
      List<byte[]> bundle = bundle(next / Tiles.WIDTH);
      int begin = (int) (next % Tiles.WIDTH);
      int end = (int) Math.min(bundle.size(), begin + before - next);
      if (begin >= end) {
        return found;
      }
      found.addAll(bundle.subList(begin, end));
      next += end - begin;
    }
    return found;
  }

  private synchronized List<byte[]> bundle(long number) {
    try {
      return number * Tiles.WIDTH < entries.size() ? entries.bundle(number) : List.of();
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  @Override
  public synchronized byte[] node(int level, long index) {
    return hashes.node(level, index);
  }

  /** The last note that was signed and accepted. */
  public Optional<SignedNote> signed() {
    Path file = folder.resolve("checkpoint");
    try {
      return Files.exists(file) ? Optional.of(SignedNote.parse(Files.readString(file))) : Optional.empty();
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  /** Remembers the last note that was signed and accepted. */
  public void signed(SignedNote note) {
    write("checkpoint", note.toString());
  }

  /** Writes a small file of the folder, whole or not at all. */
  public void write(String name, String content) {
    Path fresh = folder.resolve(name + ".new");
    try {
      try (FileChannel channel =
          FileChannel.open(fresh, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
        Tiles.writeAll(channel, ByteBuffer.wrap(content.getBytes(StandardCharsets.UTF_8)));
        channel.force(false);
      }
      Files.move(fresh, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /** Lets another process have the folder. */
  @Override
  public void close() {
    try {
      lock.close();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }
}
