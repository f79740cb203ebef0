package io.infrafabric.chassis.work;

import io.infrafabric.chassis.contract.ObjectShelf;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.ObjectRef;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.nats.ObjectBucket;
import io.infrafabric.kit.nats.ObjectDigest;
import io.infrafabric.kit.nats.Objects;
import java.io.ByteArrayOutputStream;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Content by SHA-256, in memory. */
public final class MemoryShelf implements ObjectShelf {
  private final Map<String, byte[]> content = new ConcurrentHashMap<>();
  private volatile boolean full;
  private volatile int largestPiece;

  @Override
  public ObjectRef put(byte[] bytes) {
    String sha256 = Objects.sha256(bytes);
    content.put(sha256, bytes);
    return ObjectRef.newBuilder().setSha256(sha256).setSizeBytes(bytes.length).build();
  }

  /** From now on nothing that comes in pieces is taken, or all of it again. */
  public void refuseUploads(boolean refuse) {
    full = refuse;
  }

  @Override
  public ObjectBucket.Upload upload() {
    return new ObjectBucket.Upload() {
      private final ByteArrayOutputStream pieces = new ByteArrayOutputStream();
      private final ObjectDigest digest = new ObjectDigest();

      @Override
      public void write(byte[] bytes, int from, int length) {
        if (full) {
          throw Refusal.of(ErrorCode.ERROR_CODE_UNAVAILABLE, "the shelf is full").asException();
        }
        largestPiece = Math.max(largestPiece, length);
        digest.add(bytes, from, length);
        pieces.write(bytes, from, length);
      }

      @Override
      public ObjectRef written() {
        return digest.end();
      }

      @Override
      public ObjectRef finish() {
        content.put(written().getSha256(), pieces.toByteArray());
        return written();
      }

      @Override
      public void close() {}
    };
  }

  /** Bytes of the largest piece that came. */
  public int largestPiece() {
    return largestPiece;
  }

  @Override
  public byte[] get(String sha256) {
    byte[] found = content.get(sha256);
    if (found == null) {
      throw Refusal.of(ErrorCode.ERROR_CODE_OBJECT_NOT_FOUND, sha256).asException();
    }
    return found;
  }
}
