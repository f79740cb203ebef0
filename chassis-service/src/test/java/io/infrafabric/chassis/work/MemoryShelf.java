package io.infrafabric.chassis.work;

import io.infrafabric.chassis.contract.ObjectShelf;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.ObjectRef;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.nats.Objects;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Content by SHA-256, in memory. */
public final class MemoryShelf implements ObjectShelf {
  private final Map<String, byte[]> content = new ConcurrentHashMap<>();

  @Override
  public ObjectRef put(byte[] bytes) {
    String sha256 = Objects.sha256(bytes);
    content.put(sha256, bytes);
    return ObjectRef.newBuilder().setSha256(sha256).setSizeBytes(bytes.length).build();
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
