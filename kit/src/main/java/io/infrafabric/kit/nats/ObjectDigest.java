package io.infrafabric.kit.nats;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.ObjectRef;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.RefusedException;
import io.infrafabric.names.Limits;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Digest and length of content as it passes by; refuses what is more than an object may be. */
public final class ObjectDigest {
  private final MessageDigest digest = sha256();
  private long bytes;
  private ObjectRef ended;

  /**
   * Takes a piece in.
   *
   * @throws RefusedException PAYLOAD_TOO_LARGE
   */
  public void add(byte[] content, int from, int length) {
    if (ended != null) {
      throw new IllegalStateException("the content has ended");
    }
    bytes += length;
    checkSize("the object", bytes);
    digest.update(content, from, length);
  }

  /** Bytes so far. */
  public long bytes() {
    return bytes;
  }

  /** The name of all of it. Nothing can be added afterwards. */
  public ObjectRef end() {
    if (ended == null) {
      ended = ObjectRef.newBuilder().setSha256(HexFormat.of().formatHex(digest.digest())).setSizeBytes(bytes).build();
    }
    return ended;
  }

  static void checkSize(String what, long bytes) {
    if (bytes > Limits.OBJECT_BYTES) {
      throw Refusal.of(
              ErrorCode.ERROR_CODE_PAYLOAD_TOO_LARGE,
              "%s has %d bytes or more, above the %d of an object".formatted(what, bytes, Limits.OBJECT_BYTES))
          .asException();
    }
  }

  static RefusedException notFound(String sha256, String why) {
    return Refusal.of(ErrorCode.ERROR_CODE_OBJECT_NOT_FOUND, "object " + sha256 + " " + why).with("sha256", sha256).asException();
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
