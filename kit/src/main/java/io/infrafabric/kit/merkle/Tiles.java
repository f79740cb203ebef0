package io.infrafabric.kit.merkle;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The files of tiles and bundles, 256 items each, numbered from 0 without a gap; paths are those of C2SP tlog-tiles. */
final class Tiles {
  static final int WIDTH = 256;
  static final int WIDTH_BITS = 8;

  private final Path folder;

  /**
   * @param kind the folder below {@code tile/}: a level, or {@code entries}
   */
  Tiles(Path log, String kind) {
    this.folder = log.resolve("tile").resolve(kind);
  }

  /** Where a file is: {@code x001/x234/067} for 1234067. */
  Path path(long number) {
    String path = "%03d".formatted(number % 1000);
    for (long rest = number / 1000; rest > 0; rest /= 1000) {
      path = "x%03d/".formatted(rest % 1000) + path;
    }
    return folder.resolve(path);
  }

  /** How many files there are. */
  long count() {
    if (!Files.exists(path(0))) {
      return 0;
    }
    long there = 0;
    long step = 1;
    while (Files.exists(path(there + step))) {
      there += step;
      step *= 2;
    }
    for (; step > 0; step /= 2) {
      if (Files.exists(path(there + step))) {
        there += step;
      }
    }
    return there + 1;
  }

  /** Deletes the files from a number on, the last one first. */
  void deleteFrom(long number) throws IOException {
    for (long last = count() - 1; last >= number; last--) {
      Files.delete(path(last));
    }
  }

  byte[] read(long number) throws IOException {
    return Files.readAllBytes(path(number));
  }

  /** Opens a file to write at its end, makes it if it is not there, and then also its folder durable. */
  FileChannel append(long number) throws IOException {
    Path file = path(number);
    boolean fresh = !Files.exists(file);
    if (fresh) {
      makeFolders(file.getParent());
    }
    FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
    if (fresh) {
      syncFolder(file.getParent());
    }
    return channel;
  }

  /** Writes a whole file, durable when this returns. */
  void write(long number, byte[] content) throws IOException {
    Files.deleteIfExists(path(number));
    try (FileChannel channel = append(number)) {
      writeAll(channel, ByteBuffer.wrap(content));
      channel.force(false);
    }
  }

  static void writeAll(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  private static void makeFolders(Path made) throws IOException {
    if (!Files.isDirectory(made)) {
      makeFolders(made.getParent());
      Files.createDirectory(made);
      syncFolder(made.getParent());
    }
  }

  static void syncFolder(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
