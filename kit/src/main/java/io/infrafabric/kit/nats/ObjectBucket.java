package io.infrafabric.kit.nats;

import io.infrafabric.common.v1.ObjectRef;
import java.time.Instant;
import java.util.Optional;

/**
 * Content by its SHA-256 (64 lower-case hex digits), put and got in pieces, so that nobody has all of it in memory. Calls block and fail
 * with a {@code RefusedException}, UNAVAILABLE where nothing else is said.
 */
public interface ObjectBucket {
  /** Begins to put content. */
  Upload upload();

  /** Begins to get content: OBJECT_NOT_FOUND, or PAYLOAD_TOO_LARGE for what is above the limit of objects. */
  Download open(String sha256);

  /** What is there under a digest; empty when there is nothing, or no longer. */
  Optional<Kept> find(String sha256);

  /** The first object after a place, of those that are named by a digest; empty when there is no other. */
  Optional<Kept> next(long afterSequence);

  /** Makes an object as young as if it had been put now; false when it is not there any more, or was changed since it was looked at. */
  boolean renew(Kept object);

  /** Takes an object away; false when it was renewed, or put again, since it was looked at: then it stays. */
  boolean delete(Kept object);

  /** Takes away the pieces of uploads that were never finished and had their last piece before a time; answers how many uploads. */
  int dropUnfinished(Instant before);

  /**
   * An object.
   *
   * @param modified when it was put or renewed last, by the clock of the store
   * @param sequence place of this state of it; another one after every change
   */
  record Kept(String sha256, long sizeBytes, Instant modified, long sequence) {}

  /** Content that is being put. It becomes an object by {@link #finish} alone. For one thread. */
  interface Upload extends AutoCloseable {
    /** Adds a piece; PAYLOAD_TOO_LARGE as soon as it is too much. The bytes may be changed afterwards. */
    void write(byte[] bytes, int from, int length);

    /** What was written; nothing can be added after this. */
    ObjectRef written();

    /** Keeps what was written under its digest; content that is there already is kept once, and is young again. */
    ObjectRef finish();

    /** Gives up what was not finished. */
    @Override
    void close();
  }

  /** Content that is being got. For one thread. */
  interface Download {
    /** What it is. */
    ObjectRef ref();

    /**
     * The next piece; empty at the end. The last piece comes only when all of them are what the digest says: OBJECT_NOT_FOUND when they
     * are not, or when the object was taken away meanwhile.
     */
    Optional<byte[]> next();
  }
}
