package io.infrafabric.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/**
 * The folder of one run, {@code .fabric/run-<time>}, and the pointer {@code .fabric/current} to the
 * latest.
 */
record RunFolder(Path path) {
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss-SSS");

  /** Makes a new run folder below the directory. */
  static RunFolder create(Path directory) {
    Path home = home(directory);
    try {
      Files.createDirectories(home);
      while (true) {
        Path folder = home.resolve("run-" + TIME.format(LocalDateTime.now()));
        try {
          return new RunFolder(Files.createDirectory(folder));
        } catch (FileAlreadyExistsException anotherRun) {
          Thread.onSpinWait();
        }
      }
    } catch (IOException e) {
      throw new LocalRunException("cannot make a run folder in " + home, e);
    }
  }

  /** Returns the folder that {@code <directory>/.fabric/current} points to. */
  static Optional<RunFolder> current(Path directory) {
    Path pointer = home(directory).resolve("current");
    if (!Files.exists(pointer)) {
      return Optional.empty();
    }
    try {
      return Optional.of(new RunFolder(Path.of(Files.readString(pointer).strip())));
    } catch (IOException e) {
      throw new LocalRunException("cannot read " + pointer, e);
    }
  }

  /** Returns the folder of the services' logs. */
  Path logs() {
    return path.resolve("logs");
  }

  /**
   * Points {@code current} beside this folder to it; a folder that is not in a {@code .fabric} has
   * none.
   */
  void makeCurrent() {
    if (!path.getParent().endsWith(".fabric")) {
      return;
    }
    try {
      Files.writeString(pointer(), path + "\n");
    } catch (IOException e) {
      throw new LocalRunException("cannot write " + pointer(), e);
    }
  }

  /** Removes {@code current} if it points to this folder. */
  void dropCurrent() {
    try {
      if (Files.exists(pointer()) && Files.readString(pointer()).strip().equals(path.toString())) {
        Files.delete(pointer());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path pointer() {
    return path.resolveSibling("current");
  }

  private static Path home(Path directory) {
    return directory.toAbsolutePath().normalize().resolve(".fabric");
  }
}
