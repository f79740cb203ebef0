package io.infrafabric.kit.merkle;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;

/**
 * An Ed25519 public key with a name, as C2SP signed-note writes it: {@code name+id+base64(0x01 || key)}.
 *
 * @param name of the signer, without blanks and plus signs
 * @param publicKey 32 bytes (RFC 8032)
 */
public record VerifierKey(String name, byte[] publicKey) {
  private static final byte ED25519 = 1;
  private static final byte[] X509 = HexFormat.of().parseHex("302a300506032b6570032100");

  /** Refuses names that a note could not hold. */
  public VerifierKey {
    if (!name.matches("[^\\s+]+")) {
      throw new IllegalArgumentException("a key's name has no blanks and no plus signs, not \"" + name + "\"");
    }
    if (publicKey.length != 32) {
      throw new IllegalArgumentException("an Ed25519 key has 32 bytes, not " + publicKey.length);
    }
  }

  /**
   * Reads a key.
   *
   * @throws IllegalArgumentException when it is none
   */
  public static VerifierKey parse(String text) {
    String[] parts = text.strip().split("\\+", 3);
    if (parts.length != 3) {
      throw new IllegalArgumentException("a verifier key is name+id+key, not \"" + text.strip() + "\"");
    }
    byte[] typed = Base64.getDecoder().decode(parts[2]);
    if (typed.length != 33 || typed[0] != ED25519) {
      throw new IllegalArgumentException("the verifier key of " + parts[0] + " is no Ed25519 key");
    }
    VerifierKey key = new VerifierKey(parts[0], Arrays.copyOfRange(typed, 1, typed.length));
    if (!key.idHex().equals(parts[1])) {
      throw new IllegalArgumentException("the id of the verifier key " + parts[0] + " is " + key.idHex() + ", not " + parts[1]);
    }
    return key;
  }

  /** Four bytes that tell the keys of one name apart. */
  public byte[] id() {
    MessageDigest digest = Hashes.sha256();
    digest.update(name.getBytes(StandardCharsets.UTF_8));
    digest.update((byte) '\n');
    digest.update(typed());
    return Arrays.copyOf(digest.digest(), 4);
  }

  /** The id in hex. */
  public String idHex() {
    return HexFormat.of().formatHex(id());
  }

  /** Whether the signature of the message is of this key. */
  boolean verifies(byte[] message, byte[] signature) {
    try {
      byte[] encoded = Arrays.copyOf(X509, X509.length + publicKey.length);
      System.arraycopy(publicKey, 0, encoded, X509.length, publicKey.length);
      PublicKey key = KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded));
      Signature verifier = Signature.getInstance("Ed25519");
      verifier.initVerify(key);
      verifier.update(message);
      return verifier.verify(signature);
    } catch (GeneralSecurityException notOne) {
      return false;
    }
  }

  private byte[] typed() {
    byte[] typed = new byte[33];
    typed[0] = ED25519;
    System.arraycopy(publicKey, 0, typed, 1, 32);
    return typed;
  }

  @Override
  public String toString() {
    return name + "+" + idHex() + "+" + Base64.getEncoder().encodeToString(typed());
  }
}
