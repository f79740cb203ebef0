package io.infrafabric.kit.auth;

import io.infrafabric.access.Role;
import io.infrafabric.names.Ids;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.Set;

/**
 * A private key that signs tokens: on the machine of who issues them, and in each service one that signs its own. Its file is PEM (PKCS #8)
 * after a line {@code kid: <id>}, and readable by its user alone.
 */
public final class SigningKey {
  private static final String KID = "kid: ";
  private static final String BEGIN = "-----BEGIN PRIVATE KEY-----";
  private static final String END = "-----END PRIVATE KEY-----";
  private static final long MOST_BYTES = 8 * 1024;
  private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");

  private final String id;
  private final PrivateKey key;

  private SigningKey(String id, PrivateKey key) {
    this.id = id;
    this.key = key;
  }

  /**
   * Makes a key, writes it to a new file that only its user can read, and returns its line for the file of trusted keys.
   *
   * @throws IllegalArgumentException when the file is there already, or the id is none
   */
  public static String generate(String id, Set<Role> roles, Path file) {
    return TrustedKeys.line(id, roles, generate(id, file));
  }

  /**
   * Makes a key, writes it to a new file that only its user can read, and returns its public half: 43 characters of base64url.
   *
   * @throws IllegalArgumentException when the file is there already, or the id is none
   */
  public static String generate(String id, Path file) {
    if (!Ids.isId(id)) {
      throw new IllegalArgumentException("a key id is lower-case letters, digits and inner hyphens, 1 to 63 of them");
    }
    KeyPair pair = Ed25519.generate();
    String pem = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(pair.getPrivate().getEncoded());
    FileAttribute<?>[] ownerOnly = isPosix(file) ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(OWNER_ONLY)} : new FileAttribute<?>[0];
    try (var out = Files.newByteChannel(file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), ownerOnly)) {
      out.write(java.nio.ByteBuffer.wrap((KID + id + "\n" + BEGIN + "\n" + pem + "\n" + END + "\n").getBytes(java.nio.charset.StandardCharsets.US_ASCII)));
    } catch (FileAlreadyExistsException there) {
      throw new IllegalArgumentException(file + " is there already: a key is never overwritten");
    } catch (IOException unwritable) {
      throw new UncheckedIOException("the key cannot be written to " + file, unwritable);
    }
    return Ed25519.text(Ed25519.raw(pair.getPublic()));
  }

  /**
   * The key of a file.
   *
   * @throws IllegalArgumentException when others than its user can read it, or it is no such key; the message shows nothing of it
   */
  public static SigningKey read(Path file) {
    try {
      if (isPosix(file) && !OWNER_ONLY.containsAll(Files.getPosixFilePermissions(file))) {
        throw new IllegalArgumentException("others may read the private key %s: chmod 600 %s".formatted(file, file));
      }
      if (Files.size(file) > MOST_BYTES) {
        throw new IllegalArgumentException(file + " is larger than any private key");
      }
      return parse(file, Files.readString(file));
    } catch (IOException unreadable) {
      throw new UncheckedIOException("the private key cannot be read from " + file, unreadable);
    }
  }

  private static SigningKey parse(Path file, String text) {
    int begin = text.indexOf(BEGIN);
    int end = text.indexOf(END);
    String id = text.lines().filter(line -> line.startsWith(KID)).map(line -> line.substring(KID.length()).strip()).findFirst().orElse("");
    if (begin < 0 || end < begin || !Ids.isId(id)) {
      throw new IllegalArgumentException(file + " is no private key with a line \"kid: <id>\" before it: make one with ifctl token keygen");
    }
    try {
      return new SigningKey(id, Ed25519.privateKey(Base64.getMimeDecoder().decode(text.substring(begin + BEGIN.length(), end))));
    } catch (IllegalArgumentException malformed) {
      throw new IllegalArgumentException(file + " is not an Ed25519 private key in PKCS #8"); // without a cause that could show it
    }
  }

  /** The key's id. */
  public String id() {
    return id;
  }

  /**
   * A signed token that is good from now on.
   *
   * @param life in whole seconds; what is over is cut
   * @throws IllegalArgumentException when the subject is no name of that role
   */
  public String issue(String subject, Role role, String audience, Instant now, Duration life) {
    if (!TokenRules.isName(role, subject)) {
      throw new IllegalArgumentException(
          role == Role.SWARM ? "a swarm has an id: lower-case letters, digits and inner hyphens" : "a name is 1 to 128 letters, digits and . _ @ -");
    }
    Instant from = now.truncatedTo(ChronoUnit.SECONDS);
    return sign(new TokenClaims(subject, role, audience, from, from.plusSeconds(life.toSeconds()), Ids.ulid(now.toEpochMilli())));
  }

  /** A token that says exactly this. */
  String sign(TokenClaims claims) {
    return TokenText.of(id, claims, signed -> Ed25519.sign(key, signed));
  }

  /**
   * Seals a content for a purpose.
   *
   * @param purpose words with blanks between them, so that a seal is never the signature of a token
   * @return 64 bytes
   */
  public byte[] seal(String purpose, byte[] content) {
    return Ed25519.sign(key, SealKey.sealed(purpose, content));
  }

  /** Shows the id only. */
  @Override
  public String toString() {
    return "SigningKey[" + id + "]";
  }

  private static boolean isPosix(Path file) {
    return file.getFileSystem().supportedFileAttributeViews().contains("posix");
  }
}
