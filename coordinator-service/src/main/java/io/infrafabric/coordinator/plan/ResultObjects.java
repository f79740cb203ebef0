package io.infrafabric.coordinator.plan;

import com.google.protobuf.ByteString;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.ObjectRef;
import io.infrafabric.coordinator.plan.ReduceRules.Given;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.RefusedException;
import io.infrafabric.kit.nats.ObjectBucket;
import io.infrafabric.names.Limits;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * The object store as reductions use it: results are read one at a time, and an answer that is too large to be sent is put there as it is
 * made, so that it never is in memory whole. Only so many reductions do either at once.
 */
public final class ResultObjects {
  private final Supplier<ObjectBucket> bucket;
  private final ReduceSettings settings;
  private final Semaphore places;

  public ResultObjects(Supplier<ObjectBucket> bucket, ReduceSettings settings) {
    this.bucket = bucket;
    this.settings = settings;
    this.places = new Semaphore(settings.atOnce());
  }

  ReduceSettings settings() {
    return settings;
  }

  /**
   * Begins one reduction.
   *
   * @param gone whether nobody waits for it any more
   */
  Use begin(BooleanSupplier gone) {
    return new Use(gone);
  }

  /** What an answer became: the bytes, or where they are. */
  record Answer(ByteString inline, Optional<ObjectRef> object) {}

  /** One reduction. For one thread. */
  final class Use implements AutoCloseable {
    private final BooleanSupplier gone;
    private ByteString inline = ByteString.EMPTY;
    private long bytes;
    private ObjectBucket.Upload upload;
    private boolean placed;

    private Use(BooleanSupplier gone) {
      this.gone = gone;
    }

    /**
     * A result with its content.
     *
     * @throws RefusedException PAYLOAD_TOO_LARGE, OBJECT_NOT_FOUND, OVERLOADED, or UNAVAILABLE
     */
    Given read(Given given) {
      if (given.object().isEmpty()) {
        return given;
      }
      ObjectRef ref = given.object().get();
      ReduceRules.mayLookInside(given, settings.resultBytes()).ifPresent(ResultObjects::refuse);
      place();
      try {
        return new Given(given.taskId(), given.revision(), content(ref), given.object());
      } catch (RefusedException refused) {
        if (refused.refusal().code() != ErrorCode.ERROR_CODE_OBJECT_NOT_FOUND) {
          throw refused;
        }
        throw Refusal.of(ErrorCode.ERROR_CODE_OBJECT_NOT_FOUND, "the result of task " + given.taskId() + " cannot be read: " + refused.refusal().message())
            .with("sha256", ref.getSha256())
            .with("task_id", given.taskId())
            .asException();
      }
    }

    private ByteString content(ObjectRef ref) {
      ObjectBucket.Download download = bucket.get().open(ref.getSha256());
      ByteString.Output content = ByteString.newOutput((int) ref.getSizeBytes());
      long left = ref.getSizeBytes();
      for (Optional<byte[]> piece = next(download); piece.isPresent(); piece = next(download)) {
        left -= piece.get().length;
        if (left < 0) {
          throw Refusal.of(ErrorCode.ERROR_CODE_OBJECT_NOT_FOUND, "object " + ref.getSha256() + " has more bytes than its task says").asException();
        }
        content.write(piece.get(), 0, piece.get().length);
      }
      return content.toByteString();
    }

    private Optional<byte[]> next(ObjectBucket.Download download) {
      if (gone.getAsBoolean()) {
        throw Refusal.of(ErrorCode.ERROR_CODE_DEADLINE_EXCEEDED, "nobody waits for the reduction any more").asException();
      }
      return download.next();
    }

    /**
     * Goes on with the answer.
     *
     * @throws RefusedException PAYLOAD_TOO_LARGE, OVERLOADED, or UNAVAILABLE
     */
    void append(ByteString piece) {
      bytes += piece.size();
      if (bytes > Limits.OBJECT_BYTES) {
        throw Refusal.of(
                ErrorCode.ERROR_CODE_PAYLOAD_TOO_LARGE,
                "the result would be larger than the " + Limits.OBJECT_BYTES + " bytes of an object: reduce phase by phase, or read the results of the tasks")
            .asException();
      }
      if (upload == null && bytes <= Limits.PAYLOAD_BYTES) {
        inline = inline.concat(piece);
        return;
      }
      if (upload == null) {
        place();
        upload = bucket.get().upload();
        put(inline);
        inline = ByteString.EMPTY;
      }
      put(piece);
    }

    private void put(ByteString piece) {
      byte[] content = piece.toByteArray();
      upload.write(content, 0, content.length);
    }

    /** Ends the answer and keeps it. */
    Answer finish() {
      return new Answer(inline, Optional.ofNullable(upload).map(ObjectBucket.Upload::finish));
    }

    private void place() {
      if (placed) {
        return;
      }
      if (!places.tryAcquire()) {
        throw Refusal.of(ErrorCode.ERROR_CODE_OVERLOADED, settings.atOnce() + " reductions use the object store already (reduce-at-once); nothing was done")
            .retryAfter(Duration.ofSeconds(1))
            .asException();
      }
      placed = true;
    }

    /** Gives up what was not finished. */
    @Override
    public void close() {
      try {
        if (upload != null) {
          upload.close();
        }
      } finally {
        if (placed) {
          places.release();
          placed = false;
        }
      }
    }
  }

  private static void refuse(Refusal refusal) {
    throw refusal.asException();
  }
}
