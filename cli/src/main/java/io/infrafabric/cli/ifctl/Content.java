package io.infrafabric.cli.ifctl;

import com.google.protobuf.ByteString;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.ObjectRef;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.nats.NatsBus;
import io.infrafabric.kit.nats.NatsSettings;
import io.infrafabric.kit.nats.Objects;
import io.infrafabric.kit.telemetry.Telemetry;
import io.infrafabric.names.Limits;
import io.infrafabric.names.Subjects;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.function.Function;

/** A payload or result in a file: small ones go into the record, large ones through the object store without passing memory. */
final class Content implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(5);

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

  /** Puts it into the object store. */
  ObjectRef stored(String natsUrl) {
    return withObjects(natsUrl, objects -> objects.put(file));
  }

  /** Writes an object out, once all of it has come and is what it should be. */
  static void fetch(String natsUrl, String sha256, OutputStream out) {
    withObjects(
        natsUrl,
        objects -> {
          try {
            Path file = Files.createTempFile("ifctl-", ".out");
            try {
              objects.get(sha256, file);
              Files.copy(file, out);
            } finally {
              Files.delete(file);
            }
          } catch (IOException failure) {
            throw new UncheckedIOException("object " + sha256 + " cannot be written", failure);
          }
          return sha256;
        });
  }

  private static <T> T withObjects(String natsUrl, Function<Objects, T> use) {
    try (NatsBus bus = NatsBus.start(NatsSettings.of(natsUrl), "ifctl", Telemetry.none())) {
      if (!bus.awaitConnected(PATIENCE)) {
        throw Refusal.of(ErrorCode.ERROR_CODE_UNAVAILABLE, "NATS does not answer at " + natsUrl).asException();
      }
      return use.apply(bus.objects(Subjects.OBJECTS_BUCKET));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
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
