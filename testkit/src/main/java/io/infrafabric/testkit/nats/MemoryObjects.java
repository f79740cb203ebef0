package io.infrafabric.testkit.nats;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.ObjectRef;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.nats.ObjectBucket;
import io.infrafabric.kit.nats.ObjectDigest;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** An object store in memory. */
final class MemoryObjects implements ObjectBucket {
  private static final int PIECE_BYTES = 1_000;

  private final BooleanSupplier away;
  private final InstantSource clock;
  private final Map<String, Stored> objects = new HashMap<>();
  private long sequence;

  private record Stored(byte[] content, Kept kept) {}

  MemoryObjects(BooleanSupplier away, InstantSource clock) {
    this.away = away;
    this.clock = clock;
  }

  private void check() {
    if (away.getAsBoolean()) {
      throw Refusal.of(ErrorCode.ERROR_CODE_UNAVAILABLE, "the object store is away").asException();
    }
  }

  @Override
  public Upload upload() {
    check();
    return new Upload() {
      private final ObjectDigest digest = new ObjectDigest();
      private final ByteArrayOutputStream content = new ByteArrayOutputStream();

      @Override
      public void write(byte[] bytes, int from, int length) {
        check();
        digest.add(bytes, from, length);
        content.write(bytes, from, length);
      }

      @Override
      public ObjectRef written() {
        return digest.end();
      }

      @Override
      public ObjectRef finish() {
        check();
        ObjectRef ref = digest.end();
        keep(ref, content.toByteArray());
        return ref;
      }

      @Override
      public void close() {}
    };
  }

  private synchronized void keep(ObjectRef ref, byte[] content) {
    objects.put(ref.getSha256(), new Stored(content, new Kept(ref.getSha256(), ref.getSizeBytes(), clock.instant(), ++sequence)));
  }

  @Override
  public synchronized Download open(String sha256) {
    check();
    Stored stored = Optional.ofNullable(objects.get(sha256)).orElseThrow(() -> Refusal.of(ErrorCode.ERROR_CODE_OBJECT_NOT_FOUND, "no object " + sha256).asException());
    return new Download() {
      private int place;

      @Override
      public ObjectRef ref() {
        return ObjectRef.newBuilder().setSha256(sha256).setSizeBytes(stored.content().length).build();
      }

      @Override
      public Optional<byte[]> next() {
        check();
        if (place >= stored.content().length) {
          return Optional.empty();
        }
        int from = place;
        place = Math.min(place + PIECE_BYTES, stored.content().length);
        return Optional.of(Arrays.copyOfRange(stored.content(), from, place));
      }
    };
  }

  @Override
  public synchronized Optional<Kept> find(String sha256) {
    check();
    return Optional.ofNullable(objects.get(sha256)).map(Stored::kept);
  }

  @Override
  public synchronized Optional<Kept> next(long afterSequence) {
    check();
    return objects.values().stream().map(Stored::kept).filter(kept -> kept.sequence() > afterSequence).min(Comparator.comparingLong(Kept::sequence));
  }

  @Override
  public synchronized boolean renew(Kept object) {
    check();
    Stored stored = objects.get(object.sha256());
    if (stored == null || !stored.kept().equals(object)) {
      return false;
    }
    objects.put(object.sha256(), new Stored(stored.content(), new Kept(object.sha256(), object.sizeBytes(), clock.instant(), ++sequence)));
    return true;
  }

  @Override
  public synchronized boolean delete(Kept object) {
    check();
    return find(object.sha256()).filter(object::equals).map(same -> objects.remove(object.sha256())).isPresent();
  }

  @Override
  public int dropUnfinished(Instant before) {
    check();
    return 0;
  }
}
