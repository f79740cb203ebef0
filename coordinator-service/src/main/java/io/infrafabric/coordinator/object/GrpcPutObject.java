package io.infrafabric.coordinator.object;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.ObjectRef;
import io.infrafabric.coordinator.v1.PutObjectRequest;
import io.infrafabric.coordinator.v1.PutObjectResponse;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.grpc.Replies;
import io.infrafabric.kit.nats.ObjectBucket;
import io.infrafabric.kit.nats.Objects;
import io.infrafabric.names.SwarmId;
import io.infrafabric.names.TaskId;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** One PutObject stream: the next message is asked for when the last one is on its way to the object store. */
final class GrpcPutObject implements StreamObserver<PutObjectRequest> {
  private final Holders holders;
  private final Supplier<ObjectBucket> bucket;
  private final ServerCallStreamObserver<PutObjectResponse> answer;
  private final Duration patience;

  /** At most one message, and the end. */
  private final BlockingQueue<Optional<PutObjectRequest>> arrived = new LinkedBlockingQueue<>();

  private volatile boolean cancelled;

  GrpcPutObject(Holders holders, Supplier<ObjectBucket> bucket, ServerCallStreamObserver<PutObjectResponse> answer, Duration patience) {
    this.holders = holders;
    this.bucket = bucket;
    this.answer = answer;
    this.patience = patience;
  }

  @Override
  public void onNext(PutObjectRequest message) {
    arrived.add(Optional.of(message));
  }

  @Override
  public void onCompleted() {
    arrived.add(Optional.empty());
  }

  @Override
  public void onError(Throwable gone) {
    cancelled = true;
    arrived.add(Optional.empty());
  }

  /** Takes the stream to its end. */
  void run() {
    try {
      ObjectRef kept = kept(next().orElseThrow(GrpcPutObject::empty));
      if (!cancelled) {
        answer.onNext(PutObjectResponse.newBuilder().setObject(kept).build());
        answer.onCompleted();
      }
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException refused) {
      if (!cancelled) {
        Replies.fail(answer, refused);
      }
    }
  }

  private ObjectRef kept(PutObjectRequest first) throws InterruptedException {
    refuse(ObjectRules.first(first));
    // Before the claim is looked at: it may have ended with this object, by a request whose answer was lost and that is sent again now.
    if (first.hasExpected() && Objects.keeps(bucket.get(), first.getExpected())) {
      return first.getExpected();
    }
    if (first.hasClaim()) {
      holders.held(new TaskId(first.getClaim().getTaskId()), new SwarmId(first.getClaim().getSwarmId()), first.getClaim().getFence()).join();
    }
    try (ObjectBucket.Upload upload = bucket.get().upload()) {
      write(upload, first);
      for (Optional<PutObjectRequest> more = next(); more.isPresent(); more = next()) {
        refuse(ObjectRules.further(more.get()));
        write(upload, more.get());
      }
      if (cancelled) {
        throw new IllegalStateException("nobody waits for the answer");
      }
      refuse(ObjectRules.asExpected(first, upload.written()));
      return upload.finish();
    }
  }

  private static void write(ObjectBucket.Upload upload, PutObjectRequest message) {
    upload.write(message.getData().toByteArray(), 0, message.getData().size());
  }

  private Optional<PutObjectRequest> next() throws InterruptedException {
    answer.request(1);
    Optional<PutObjectRequest> next = arrived.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
    if (next == null) {
      throw Refusal.of(ErrorCode.ERROR_CODE_DEADLINE_EXCEEDED, "nothing more of the object came for " + patience.toSeconds() + " s; nothing was kept").asException();
    }
    return next;
  }

  private static RuntimeException empty() {
    return Refusal.of(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "an upload has at least one message, which may be empty").asException();
  }

  private static void refuse(Optional<Refusal> wrong) {
    wrong.ifPresent(
        refusal -> {
          throw refusal.asException();
        });
  }
}
