package io.infrafabric.kit.nats;

import io.infrafabric.common.v1.ObjectRef;
import java.util.Optional;

/** A download, one message of the object's stream at a time, asked for when it is wanted. */
final class NatsDownload implements ObjectBucket.Download {
  private final StreamLog log;
  private final String chunks;
  private final ObjectRef ref;
  private final ObjectDigest digest = new ObjectDigest();
  private long place;
  private boolean judged;

  NatsDownload(StreamLog log, String chunks, ObjectBucket.Kept object) {
    this.log = log;
    this.chunks = chunks;
    this.ref = ObjectRef.newBuilder().setSha256(object.sha256()).setSizeBytes(object.sizeBytes()).build();
  }

  @Override
  public ObjectRef ref() {
    return ref;
  }

  @Override
  public Optional<byte[]> next() {
    if (digest.bytes() >= ref.getSizeBytes()) {
      judge();
      return Optional.empty();
    }
    BusMessage chunk = log.next(chunks, place).orElseThrow(() -> ObjectDigest.notFound(ref.getSha256(), "was taken away while it was read, or is not whole"));
    place = chunk.sequence();
    digest.add(chunk.body(), 0, chunk.body().length);
    if (digest.bytes() >= ref.getSizeBytes()) {
      judge();
    }
    return Optional.of(chunk.body());
  }

  private void judge() {
    if (!judged && !digest.end().equals(ref)) {
      throw ObjectDigest.notFound(ref.getSha256(), "has other content than its name says");
    }
    judged = true;
  }
}
