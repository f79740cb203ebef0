package io.infrafabric.governor.webhook;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The secrets that posts are signed with: each with every one of them, so that a sink may know the old one or the new one while they are
 * changed. Shows nothing of them.
 */
final class Secrets {
  private static final Set<PosixFilePermission> OWNER = Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
  private static final String PREFIX = "whsec_";
  private static final String ALGORITHM = "HmacSHA256";
  private static final int LEAST_BYTES = 24;
  private static final int MOST_BYTES = 64;
  private static final int MOST = 4;
  private static final long FILE_BYTES = 4 * 1024;

  private final List<byte[]> secrets;

  private Secrets(List<byte[]> secrets) {
    this.secrets = secrets;
  }

  /**
   * The secrets of a file.
   *
   * @throws IllegalArgumentException when others than its user can read it, or it has none; the message shows nothing of it
   */
  static Secrets read(Path file) {
    try {
      if (file.getFileSystem().supportedFileAttributeViews().contains("posix") && !OWNER.containsAll(Files.getPosixFilePermissions(file))) {
        throw new IllegalArgumentException("others may read the secrets in %s: chmod 600 %s".formatted(file, file));
      }
      if (Files.size(file) > FILE_BYTES) {
        throw new IllegalArgumentException(file + " is larger than any file of secrets");
      }
      return parse(file.toString(), Files.readString(file));
    } catch (IOException unreadable) {
      throw new IllegalArgumentException("webhook-secret-file %s cannot be read (%s)".formatted(file, unreadable.getClass().getSimpleName()), unreadable);
    }
  }

  static Secrets parse(String source, String text) {
    List<byte[]> secrets = new ArrayList<>();
    for (String line : text.lines().map(String::strip).filter(line -> !line.isEmpty() && !line.startsWith("#")).toList()) {
      secrets.add(secret(line).orElseThrow(() -> new IllegalArgumentException(source + " has a line that is not whsec_ and base64 of 24 to 64 bytes")));
    }
    if (secrets.isEmpty() || secrets.size() > MOST) {
      throw new IllegalArgumentException(source + " must have 1 to " + MOST + " secrets");
    }
    return new Secrets(List.copyOf(secrets));
  }

  private static Optional<byte[]> secret(String line) {
    if (!line.startsWith(PREFIX)) {
      return Optional.empty();
    }
    try {
      byte[] bytes = Base64.getDecoder().decode(line.substring(PREFIX.length()));
      return Optional.of(bytes).filter(some -> some.length >= LEAST_BYTES && some.length <= MOST_BYTES);
    } catch (IllegalArgumentException malformed) {
      return Optional.empty(); // without a cause that could show it
    }
  }

  /** The header {@code webhook-signature}: {@code v1,} and base64 for each secret. */
  String sign(String id, long unixSeconds, byte[] body) {
    byte[] head = (id + "." + unixSeconds + ".").getBytes(StandardCharsets.UTF_8);
    return secrets.stream().map(secret -> "v1," + Base64.getEncoder().encodeToString(mac(secret, head, body))).collect(Collectors.joining(" "));
  }

  private static byte[] mac(byte[] secret, byte[] head, byte[] body) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(new SecretKeySpec(secret, ALGORITHM));
      mac.update(head);
      return mac.doFinal(body);
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  @Override
  public String toString() {
    return "Secrets[" + secrets.size() + "]";
  }
}
