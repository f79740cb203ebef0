package io.infrafabric.kit.nats;

import io.infrafabric.common.v1.ObjectRef;
import io.infrafabric.error.RefusedException;
import io.infrafabric.names.Limits;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Content named by its SHA-256 (64 lower-case hex digits), so that it cannot change; from and to bytes and files. Calls block; failures
 * are {@code RefusedException}s.
 */
public final class Objects {
  /** Largest object that is put or got. */
  public static final long MAX_BYTES = Limits.OBJECT_BYTES;

  private static final int PIECE_BYTES = 128 * 1024;

  private final ObjectBucket bucket;

  public Objects(ObjectBucket bucket) {
    this.bucket = bucket;
  }

  /**
   * Puts the content, unless it is there, and returns its name.
   *
   * @throws RefusedException PAYLOAD_TOO_LARGE, or UNAVAILABLE
   */
  public ObjectRef put(byte[] content) {
    ObjectDigest.checkSize("the object", content.length);
    ObjectDigest digest = new ObjectDigest();
    digest.add(content, 0, content.length);
    ObjectRef ref = digest.end();
    if (keeps(bucket, ref)) {
      return ref;
    }
    try (ObjectBucket.Upload upload = bucket.upload()) {
      upload.write(content, 0, content.length);
      return upload.finish();
    }
  }

  /**
   * Puts the content of a file, unless it is there, and returns its name. The content never is in memory whole; it is read
   * twice, because its name is its digest.
   *
   * @throws RefusedException PAYLOAD_TOO_LARGE, or UNAVAILABLE
   */
  public ObjectRef put(Path file) {
    ObjectRef ref = named(file);
    if (keeps(bucket, ref)) {
      return ref;
    }
    try (ObjectBucket.Upload upload = bucket.upload()) {
      pass(file, upload::write);
      return upload.finish();
    }
  }

  /** The name that the content of a file has; it never is in memory whole. */
  public static ObjectRef named(Path file) {
    ObjectDigest digest = new ObjectDigest();
    pass(file, digest::add);
    return digest.end();
  }

  private interface Piece {
    void take(byte[] bytes, int from, int length);
  }

  private static void pass(Path file, Piece to) {
    try (InputStream content = Files.newInputStream(file)) {
      byte[] piece = new byte[PIECE_BYTES];
      for (int length = content.read(piece); length >= 0; length = content.read(piece)) {
        to.take(piece, 0, length);
      }
    } catch (IOException unreadable) {
      throw new UncheckedIOException(file + " cannot be read", unreadable);
    }
  }

  /**
   * Whether that content is there, and will be for as long as if it had been put now.
   *
   * @throws RefusedException UNAVAILABLE
   */
  public static boolean keeps(ObjectBucket bucket, ObjectRef ref) {
    return bucket.find(ref.getSha256()).filter(found -> found.sizeBytes() == ref.getSizeBytes()).filter(bucket::renew).isPresent();
  }

  /**
   * Writes the content of that digest to a file, verified; it never is in memory whole.
   *
   * @throws RefusedException OBJECT_NOT_FOUND (also when the content has another digest), PAYLOAD_TOO_LARGE, or UNAVAILABLE
   */
  public void get(String sha256, Path file) {
    ObjectBucket.Download download = bucket.open(sha256);
    try (OutputStream out = Files.newOutputStream(file)) {
      copy(download, out);
    } catch (IOException unwritable) {
      throw new UncheckedIOException(file + " cannot be written", unwritable);
    }
  }

  /**
   * Returns the content of that digest, verified.
   *
   * @throws RefusedException OBJECT_NOT_FOUND (also when the content has another digest), PAYLOAD_TOO_LARGE, or UNAVAILABLE
   */
  public byte[] get(String sha256) {
    ObjectBucket.Download download = bucket.open(sha256);
    ByteArrayOutputStream out = new ByteArrayOutputStream(Math.toIntExact(download.ref().getSizeBytes()));
    try {
      copy(download, out);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return out.toByteArray();
  }

  private static void copy(ObjectBucket.Download download, OutputStream out) throws IOException {
    for (Optional<byte[]> piece = download.next(); piece.isPresent(); piece = download.next()) {
      out.write(piece.get());
    }
  }

  /**
   * True when there is an object of that name.
   *
   * @throws RefusedException UNAVAILABLE
   */
  public boolean exists(String sha256) {
    return bucket.find(sha256).isPresent();
  }

  /** The name of a content. */
  public static String sha256(byte[] content) {
    ObjectDigest digest = new ObjectDigest();
    digest.add(content, 0, content.length);
    return digest.end().getSha256();
  }
}
