package io.infrafabric.kit.auth;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.PublicKey;

/** A public key that tells whether a content was sealed by its private half ({@link SigningKey#seal}), for one purpose only. */
public final class SealKey {
  private final PublicKey key;

  private SealKey(PublicKey key) {
    this.key = key;
  }

  /**
   * Reads a key.
   *
   * @param text 43 characters of base64url
   * @throws IllegalArgumentException when it is none
   */
  public static SealKey parse(String text) {
    return new SealKey(Ed25519.publicKey(text));
  }

  /** Whether the seal is one of this content, for this purpose, by this key. */
  public boolean verifies(String purpose, byte[] content, byte[] seal) {
    return Ed25519.verify(key, sealed(purpose, content), seal);
  }

  /** The purpose, a line feed and the content: what is signed. A token's signed text has no blanks. */
  static byte[] sealed(String purpose, byte[] content) {
    if (!purpose.matches("[a-z0-9]+( [a-z0-9]+)+")) {
      throw new IllegalArgumentException("a purpose is words with a blank between them, not \"" + purpose + "\"");
    }
    ByteArrayOutputStream all = new ByteArrayOutputStream(purpose.length() + 1 + content.length);
    all.writeBytes(purpose.getBytes(StandardCharsets.US_ASCII));
    all.write('\n');
    all.writeBytes(content);
    return all.toByteArray();
  }
}
