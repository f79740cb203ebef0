package io.infrafabric.kit.merkle;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * A text with signatures under it (C2SP signed-note): the text, an empty line, and lines of an em dash, a name, and key id with
 * signature in base64.
 *
 * @param text ends with a newline
 */
public record SignedNote(String text, List<Line> lines) {
  private static final String DASH = "\u2014 ";

  /** One signature: four bytes of key id, then the signature itself. */
  public record Line(String name, byte[] signature) {}

  /** Copies the lines. */
  public SignedNote {
    lines = List.copyOf(lines);
  }

  /** Signs a text. */
  public static SignedNote of(String text, SigningKey key) {
    byte[] id = key.verifier().id();
    byte[] signature = key.sign(text.getBytes(StandardCharsets.UTF_8));
    byte[] both = Arrays.copyOf(id, id.length + signature.length);
    System.arraycopy(signature, 0, both, id.length, signature.length);
    return new SignedNote(text, List.of(new Line(key.verifier().name(), both)));
  }

  /**
   * Reads a note.
   *
   * @throws IllegalArgumentException when it is none
   */
  public static SignedNote parse(String note) {
    int gap = note.lastIndexOf("\n\n");
    if (gap < 0 || !note.endsWith("\n")) {
      throw new IllegalArgumentException("not a signed note: a text, an empty line, signatures");
    }
    List<Line> lines = new ArrayList<>();
    for (String line : note.substring(gap + 2).split("\n")) {
      String[] parts = line.startsWith(DASH) ? line.substring(DASH.length()).split(" ") : new String[0];
      if (parts.length != 2) {
        throw new IllegalArgumentException("not the signature of a note: \"" + line + "\"");
      }
      lines.add(new Line(parts[0], Base64.getDecoder().decode(parts[1])));
    }
    return new SignedNote(note.substring(0, gap + 1), lines);
  }

  /** The first of the keys that has signed it. */
  public Optional<VerifierKey> signer(Collection<VerifierKey> trusted) {
    byte[] message = text.getBytes(StandardCharsets.UTF_8);
    return trusted.stream().filter(key -> lines.stream().anyMatch(line -> isOf(key, line, message))).findFirst();
  }

  private static boolean isOf(VerifierKey key, Line line, byte[] message) {
    byte[] signed = line.signature();
    return line.name().equals(key.name())
        && signed.length > 4
        && Arrays.equals(Arrays.copyOf(signed, 4), key.id())
        && key.verifies(message, Arrays.copyOfRange(signed, 4, signed.length));
  }

  /** The note as it is sent and kept. */
  @Override
  public String toString() {
    StringBuilder note = new StringBuilder(text).append('\n');
    for (Line line : lines) {
      note.append(DASH).append(line.name()).append(' ').append(Base64.getEncoder().encodeToString(line.signature())).append('\n');
    }
    return note.toString();
  }
}
