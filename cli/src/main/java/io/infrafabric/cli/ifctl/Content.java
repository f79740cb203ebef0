package io.infrafabric.cli.ifctl;

import com.google.protobuf.ByteString;
import io.infrafabric.cli.fabric.FabricClients;
import io.infrafabric.common.v1.ObjectRef;
import io.infrafabric.coordinator.v1.ObjectClaim;
import io.infrafabric.names.Limits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** A payload or result in a file: small ones go into the record, large ones go in pieces, and are not in memory whole. */
final class Content implements AutoCloseable {
  private final Path file;
  private final boolean temporary;

  private Content(Path file, boolean temporary) {
    this.file = file;
    this.temporary = temporary;
  }

  /** The content of a file, or of standard input for {@code -}. */
  static Content of(Path named) {
    if (!named.toString().equals("-")) {
      return new Content(named, false);
    }
    try {
      Path file = Files.createTempFile("ifctl-", ".in");
      Files.copy(System.in, file, StandardCopyOption.REPLACE_EXISTING);
      return new Content(file, true);
    } catch (IOException failure) {
      throw new UncheckedIOException("standard input cannot be read", failure);
    }
  }

  /** What a small file has. */
  static ByteString small(Path named) {
    try (Content content = of(named)) {
      return content.bytes();
    }
  }

  /** Whether it fits into a record. */
  boolean isSmall() {
    try {
      return Files.size(file) <= Limits.PAYLOAD_BYTES;
    } catch (IOException failure) {
      throw unreadable(failure);
    }
  }

  /** A small one. */
  ByteString bytes() {
    try {
      return ByteString.copyFrom(Files.readAllBytes(file));
    } catch (IOException failure) {
      throw unreadable(failure);
    }
  }

  /** Puts it where objects are, as the payload of a task. */
  ObjectRef stored(FabricClients clients) {
    return clients.objects().put(file);
  }

  /** Puts it where objects are, as the result of a claim. */
  ObjectRef storedResult(FabricClients clients, ObjectClaim claim) {
    return clients.objects().putResult(file, claim);
  }

  private UncheckedIOException unreadable(IOException failure) {
    return new UncheckedIOException("%s cannot be read (%s)".formatted(file, failure.getClass().getSimpleName()), failure);
  }

  @Override
  public void close() {
    if (temporary) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException failure) {
        throw new UncheckedIOException(file + " cannot be deleted", failure);
      }
    }
  }
}
