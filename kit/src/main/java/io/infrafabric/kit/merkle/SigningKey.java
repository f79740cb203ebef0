package io.infrafabric.kit.merkle;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.EdECPrivateKey;
import java.security.spec.NamedParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.Set;

/** An Ed25519 private key with a name. */
public final class SigningKey {
  private static final Set<PosixFilePermission> OWNER = Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

  private final PrivateKey key;
  private final VerifierKey verifier;

  private SigningKey(PrivateKey key, VerifierKey verifier) {
    this.key = key;
    this.verifier = verifier;
  }

  /**
   * Reads a file as {@code openssl genpkey -algorithm ed25519} writes it; only its owner may be able to read it.
   *
   * @throws IllegalArgumentException when it is no such file, or others can read it
   */
  public static SigningKey read(String name, Path file) {
    try {
      if (!OWNER.containsAll(Files.getPosixFilePermissions(file))) {
        throw new IllegalArgumentException("others than its owner can read the key " + file + ": chmod 600 it");
      }
      return parse(name, Files.readString(file));
    } catch (IOException unreadable) {
      throw new IllegalArgumentException("cannot read the key " + file + ": " + unreadable, unreadable);
    }
  }

  /**
   * Reads an unencrypted PKCS #8 key in PEM.
   *
   * @throws IllegalArgumentException when it is none of Ed25519
   */
  public static SigningKey parse(String name, String pem) {
    try {
      byte[] der = Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
      PrivateKey key = KeyFactory.getInstance("Ed25519").generatePrivate(new PKCS8EncodedKeySpec(der));
      byte[] seed = ((EdECPrivateKey) key).getBytes().orElseThrow();
      return new SigningKey(key, new VerifierKey(name, publicKey(seed)));
    } catch (GeneralSecurityException | IllegalArgumentException notOne) {
      throw new IllegalArgumentException("not an Ed25519 private key in PEM: " + notOne.getMessage(), notOne);
    }
  }

  /** The JDK makes a public key only together with its private key: it is given the seed as its chance. */
  private static byte[] publicKey(byte[] seed) throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("Ed25519");
    generator.initialize(NamedParameterSpec.ED25519, new SeedOnly(seed));
    KeyPair pair = generator.generateKeyPair();
    byte[] encoded = pair.getPublic().getEncoded();
    return Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length);
  }

  private static final class SeedOnly extends SecureRandom {
    private static final long serialVersionUID = 1L;
    private final byte[] seed;

    SeedOnly(byte[] seed) {
      this.seed = seed.clone();
    }

    @Override
    public void nextBytes(byte[] bytes) {
      System.arraycopy(seed, 0, bytes, 0, bytes.length);
    }
  }

  /** What others verify with. */
  public VerifierKey verifier() {
    return verifier;
  }

  byte[] sign(byte[] message) {
    try {
      Signature signer = Signature.getInstance("Ed25519");
      signer.initSign(key);
      signer.update(message);
      return signer.sign();
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
