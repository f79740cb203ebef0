package io.infrafabric.cli.witness;

import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.merkle.Checkpoint;
import io.infrafabric.kit.merkle.SignedNote;
import io.infrafabric.kit.merkle.VerifierKey;
import io.infrafabric.kit.telemetry.JsonText;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** A log as it was exported: a line with the checkpoint, then each entry on a line. */
public final class ExportFile {
  private ExportFile() {}

  /** Checks a file against keys, and an older checkpoint if there is one. */
  public static ExportRules.Finding verify(Path file, List<VerifierKey> trusted, Optional<Checkpoint> older) {
    try (InputStream bytes = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
      Optional<byte[]> first = line(bytes);
      Optional<SignedNote> note = first.flatMap(ExportFile::note);
      if (note.isEmpty()) {
        return new ExportRules.Finding.Wrong(-1, "the first line holds no checkpoint");
      }
      ExportRules rules = new ExportRules(note.get(), older);
      for (Optional<byte[]> entry = line(bytes); entry.isPresent(); entry = line(bytes)) {
        rules.next(entry.get());
      }
      return rules.judge(trusted);
    } catch (IOException unreadable) {
      throw new UncheckedIOException("%s cannot be read (%s)".formatted(file, unreadable.getClass().getSimpleName()), unreadable);
    }
  }

  /**
   * Keys as they are given: each a verifier key, or a file with one a line.
   *
   * @throws io.infrafabric.error.RefusedException INVALID_ARGUMENT when one is none
   */
  public static List<VerifierKey> keys(List<String> given) {
    List<VerifierKey> keys = new ArrayList<>();
    for (String text : given) {
      Stream<String> lines = text.indexOf('+') > 0 && !Files.exists(Path.of(text)) ? Stream.of(text) : read(text).lines();
      lines.filter(line -> !line.isBlank() && !line.startsWith("#")).map(ExportFile::key).forEach(keys::add);
    }
    return keys;
  }

  private static VerifierKey key(String text) {
    try {
      return VerifierKey.parse(text);
    } catch (IllegalArgumentException notOne) {
      throw Refusal.of(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, notOne.getMessage()).asException();
    }
  }

  /**
   * The checkpoint in a file with a signed note.
   *
   * @throws io.infrafabric.error.RefusedException INVALID_ARGUMENT when there is none that a trusted key has signed
   */
  public static Checkpoint checkpoint(Path file, List<VerifierKey> trusted) {
    try {
      SignedNote note = SignedNote.parse(read(file.toString()));
      if (note.signer(trusted).isPresent()) {
        return Checkpoint.parse(note.text());
      }
    } catch (IllegalArgumentException notOne) {
      throw Refusal.of(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "%s: %s".formatted(file, notOne.getMessage())).asException();
    }
    throw Refusal.of(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "no key that is trusted has signed the checkpoint in " + file).asException();
  }

  private static String read(String file) {
    try {
      return Files.readString(Path.of(file));
    } catch (IOException unreadable) {
      throw new UncheckedIOException("%s cannot be read (%s)".formatted(file, unreadable.getClass().getSimpleName()), unreadable);
    }
  }

  /** Byte by byte, because each of them counts: a reader of text would take a carriage return for the end of a line, too. */
  private static Optional<byte[]> line(InputStream bytes) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream(1_024);
    int next = bytes.read();
    if (next < 0) {
      return Optional.empty();
    }
    for (; next >= 0 && next != '\n'; next = bytes.read()) {
      line.write(next);
    }
    return Optional.of(line.toByteArray());
  }

  /** The checkpoint, written as the governor writes it: two texts that mean the same are one too many. */
  private static Optional<SignedNote> note(byte[] line) {
    try {
      JsonElement first = JsonParser.parseString(new String(line, StandardCharsets.UTF_8));
      SignedNote note = SignedNote.parse(first.getAsJsonObject().get("checkpoint").getAsString());
      byte[] again = JsonText.of(Map.of("checkpoint", note.toString())).getBytes(StandardCharsets.UTF_8);
      return Arrays.equals(again, line) ? Optional.of(note) : Optional.empty();
    } catch (JsonParseException | IllegalArgumentException | IllegalStateException | NullPointerException notOne) {
      return Optional.empty();
    }
  }
}
