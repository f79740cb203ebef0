package io.infrafabric.coordinator.object;

import com.google.protobuf.UnsafeByteOperations;
import io.grpc.stub.ServerCallStreamObserver;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.GetObjectRequest;
import io.infrafabric.coordinator.v1.GetObjectResponse;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.grpc.Replies;
import io.infrafabric.kit.nats.ObjectBucket;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** One GetObject stream: the next piece is fetched when the client has room for it. */
final class GrpcGetObject {
  private final GetObjectRequest request;
  private final Supplier<ObjectBucket> bucket;
  private final ServerCallStreamObserver<GetObjectResponse> answer;
  private final Duration patience;
  private final Semaphore room = new Semaphore(0);

  GrpcGetObject(GetObjectRequest request, Supplier<ObjectBucket> bucket, ServerCallStreamObserver<GetObjectResponse> answer, Duration patience) {
    this.request = request;
    this.bucket = bucket;
    this.answer = answer;
    this.patience = patience;
    answer.setOnReadyHandler(room::release);
    answer.setOnCancelHandler(room::release);
  }

  /** Takes the stream to its end. */
  void run() {
    try {
      ObjectRules.digest(request.getSha256())
          .ifPresent(
              refusal -> {
                throw refusal.asException();
              });
      ObjectBucket.Download download = bucket.get().open(request.getSha256());
      answer.onNext(GetObjectResponse.newBuilder().setObject(download.ref()).build());
      for (Optional<byte[]> piece = next(download); piece.isPresent(); piece = next(download)) {
        send(piece.get());
      }
      if (!answer.isCancelled()) {
        answer.onCompleted();
      }
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException refused) {
      Replies.fail(answer, refused);
    }
  }

  private Optional<byte[]> next(ObjectBucket.Download download) throws InterruptedException {
    return awaitRoom() ? download.next() : Optional.empty();
  }

  private void send(byte[] piece) throws InterruptedException {
    for (int from = 0; from < piece.length; from += ObjectRules.PIECE_BYTES) {
      if (!awaitRoom()) {
        return;
      }
      int length = Math.min(ObjectRules.PIECE_BYTES, piece.length - from);
      answer.onNext(GetObjectResponse.newBuilder().setData(UnsafeByteOperations.unsafeWrap(piece, from, length)).build());
    }
  }

  /** False when the client has gone. */
  private boolean awaitRoom() throws InterruptedException {
    while (!answer.isReady() && !answer.isCancelled()) {
      if (!room.tryAcquire(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        throw Refusal.of(ErrorCode.ERROR_CODE_DEADLINE_EXCEEDED, "nothing of the object was read for " + patience.toSeconds() + " s").asException();
      }
    }
    room.drainPermits();
    return !answer.isCancelled();
  }
}
