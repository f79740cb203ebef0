package io.infrafabric.kit.nats;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.ObjectRef;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.RefusedException;
import io.nats.client.JetStream;
import io.nats.client.NUID;
import io.nats.client.api.ObjectInfo;
import io.nats.client.api.PublishAck;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Base64;
import java.util.Deque;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** An upload in pieces, of which so many may be on their way: that and one piece is what it has in memory. */
final class NatsUpload implements ObjectBucket.Upload {
  static final int CHUNK_BYTES = 128 * 1024;
  private static final int WINDOW = 8;
  private static final int TRIES = 5;
  private static final long PATIENCE_SECONDS = 10;

  private final NatsObjects objects;
  private final JetStream streams;
  private final String nuid = NUID.nextGlobal();
  private final ObjectDigest digest = new ObjectDigest();
  private final Deque<CompletableFuture<PublishAck>> sent = new ArrayDeque<>();
  private final byte[] chunk;
  private int filled;
  private long chunks;
  private boolean kept;

  NatsUpload(NatsObjects objects, JetStream streams, int chunkBytes) {
    this.objects = objects;
    this.streams = streams;
    this.chunk = new byte[chunkBytes];
  }

  @Override
  public void write(byte[] bytes, int from, int length) {
    digest.add(bytes, from, length);
    for (int done = 0; done < length; ) {
      int some = Math.min(chunk.length - filled, length - done);
      System.arraycopy(bytes, from + done, chunk, filled, some);
      filled += some;
      done += some;
      if (filled == chunk.length) {
        send();
      }
    }
  }

  private void send() {
    if (sent.size() == WINDOW) {
      await(sent.poll());
    }
    sent.add(streams.publishAsync(objects.chunks(nuid), Arrays.copyOf(chunk, filled)));
    chunks++;
    filled = 0;
  }

  private static void await(CompletableFuture<PublishAck> answer) {
    try {
      answer.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException failed) {
      throw NatsObjects.unavailable(failed);
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
      throw new RefusedException(Refusal.of(ErrorCode.ERROR_CODE_UNAVAILABLE, "interrupted"), ended);
    }
  }

  @Override
  public ObjectRef written() {
    return digest.end();
  }

  @Override
  public ObjectRef finish() {
    if (filled > 0) {
      send();
    }
    sent.forEach(NatsUpload::await);
    ObjectRef ref = digest.end();
    ObjectInfo info =
        ObjectInfo.builder(objects.bucket(), ref.getSha256())
            .nuid(nuid)
            .size(ref.getSizeBytes())
            .chunks(chunks)
            .chunkSize(chunk.length)
            .digest("SHA-256=" + Base64.getUrlEncoder().encodeToString(HexFormat.of().parseHex(ref.getSha256())))
            .build();
    for (int tries = 0; tries < TRIES; tries++) {
      Optional<NatsObjects.Described> found = objects.described(ref.getSha256());
      Optional<NatsObjects.Described> there = found.filter(NatsObjects.Described::isThere);
      if (there.filter(same -> same.info().getSize() == ref.getSizeBytes()).isPresent()) {
        if (objects.renew(there.get().kept())) {
          return ref; // what was sent now is dropped by close
        }
      } else if (objects.describe(info, found.map(NatsObjects.Described::sequence).orElse(0L))) {
        kept = true;
        there.ifPresent(wrong -> objects.purge(wrong.info().getNuid()));
        return ref;
      }
    }
    throw Refusal.of(ErrorCode.ERROR_CODE_UNAVAILABLE, "others put or drop object " + ref.getSha256() + " all the time").asException();
  }

  @Override
  public void close() {
    if (!kept && chunks > 0) {
      kept = true;
      try {
        objects.purge(nuid);
      } catch (RefusedException later) {
        // The sweep of unfinished uploads finds it.
      }
    }
  }
}
