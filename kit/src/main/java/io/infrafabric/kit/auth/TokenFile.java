package io.infrafabric.kit.auth;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;

/** The token in a file, read again when it has changed, so that a program that runs on can be given new ones. */
public final class TokenFile implements Supplier<Optional<String>> {
  private final Path file;
  private final FileStamp stamp;
  private String token = "";

  /** The token of that file. */
  public TokenFile(Path file) {
    this.file = file;
    this.stamp = new FileStamp(file);
  }

  @Override
  public synchronized Optional<String> get() {
    if (stamp.changed()) {
      try {
        token = Files.readString(file).strip();
      } catch (IOException unreadable) {
        throw new UncheckedIOException("the token cannot be read from " + file, unreadable);
      }
    }
    return Optional.of(token).filter(text -> !text.isEmpty());
  }
}
