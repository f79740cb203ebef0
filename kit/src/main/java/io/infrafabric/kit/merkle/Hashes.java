package io.infrafabric.kit.merkle;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** The hashes of RFC 6962, section 2.1: SHA-256 with a prefix that keeps leaves and nodes apart. */
public final class Hashes {
  /** Bytes of a hash. */
  public static final int BYTES = 32;

  private static final byte LEAF = 0;
  private static final byte NODE = 1;

  private Hashes() {}

  /** Of a tree without leaves. */
  public static byte[] empty() {
    return sha256().digest();
  }

  /** Of one entry. */
  public static byte[] leaf(byte[] entry) {
    MessageDigest digest = sha256();
    digest.update(LEAF);
    return digest.digest(entry);
  }

  /** Of two subtrees. */
  public static byte[] node(byte[] left, byte[] right) {
    MessageDigest digest = sha256();
    digest.update(NODE);
    digest.update(left);
    return digest.digest(right);
  }

  /** A new SHA-256. */
  public static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
