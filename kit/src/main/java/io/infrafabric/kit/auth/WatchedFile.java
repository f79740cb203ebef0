package io.infrafabric.kit.auth;

import java.nio.file.Path;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a file says, read again when it is looked at and differs; one that became unreadable leaves it what it was. */
final class WatchedFile<T> {
  private static final Logger LOG = LoggerFactory.getLogger(WatchedFile.class);

  private final Path file;
  private final Function<Path, T> read;
  private final FileStamp stamp;
  private volatile T content;

  /**
   * Reads it.
   *
   * @param read throws what says what is wrong with the file
   */
  WatchedFile(Path file, Function<Path, T> read) {
    this.file = file;
    this.read = read;
    this.stamp = new FileStamp(file);
    stamp.changed();
    this.content = read.apply(file);
  }

  T content() {
    return content;
  }

  /** Looks; whether it says something new. */
  boolean look() {
    if (!stamp.changed()) {
      return false;
    }
    try {
      content = read.apply(file);
      LOG.atInfo().addKeyValue("file", file).log("a file of the doors has changed");
      return true;
    } catch (RuntimeException malformed) {
      LOG.atError().addKeyValue("file", file).addKeyValue("reason", malformed.getMessage()).log("a file of the doors cannot be used; what it said before stands");
      return false;
    }
  }
}
