package io.infrafabric.kit.merkle;

import java.util.Base64;

/**
 * What a log has come to (C2SP tlog-checkpoint).
 *
 * @param origin names the log, without blanks and plus signs
 * @param size entries
 * @param root of the tree of them
 */
public record Checkpoint(String origin, long size, byte[] root) {
  /** Of a log without entries. */
  public static Checkpoint empty(String origin) {
    return new Checkpoint(origin, 0, Hashes.empty());
  }

  /** The text that is signed. */
  public String text() {
    return origin + "\n" + size + "\n" + Base64.getEncoder().encodeToString(root) + "\n";
  }

  /**
   * Reads such a text; lines after the third are left alone.
   *
   * @throws IllegalArgumentException when it is none
   */
  public static Checkpoint parse(String text) {
    String[] lines = text.split("\n", -1);
    if (lines.length < 4 || lines[0].isEmpty() || !lines[1].matches("0|[1-9][0-9]{0,17}")) {
      throw new IllegalArgumentException("not a checkpoint: an origin, a size and a root, a line each");
    }
    byte[] root = Base64.getDecoder().decode(lines[2]);
    if (root.length != Hashes.BYTES) {
      throw new IllegalArgumentException("the root of a checkpoint has " + Hashes.BYTES + " bytes, not " + root.length);
    }
    return new Checkpoint(lines[0], Long.parseLong(lines[1]), root);
  }
}
