package io.infrafabric.coordinator.object;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.GetObjectRequest;
import io.infrafabric.coordinator.v1.GetObjectResponse;
import io.infrafabric.coordinator.v1.ObjectServiceGrpc;
import io.infrafabric.coordinator.v1.PutObjectRequest;
import io.infrafabric.coordinator.v1.PutObjectResponse;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.grpc.Replies;
import io.infrafabric.kit.nats.Bus;
import io.infrafabric.kit.nats.ObjectBucket;
import io.infrafabric.names.Subjects;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;

/** The object service on gRPC. Only so many streams are served at once, each of which has a few pieces in memory. */
public final class GrpcObjects extends ObjectServiceGrpc.ObjectServiceImplBase {
  private final Holders holders;
  private final Bus bus;
  private final ObjectSettings settings;
  private final Executor slow;
  private final Semaphore streams;

  /**
   * @param slow runs what blocks, on threads of its own
   */
  public GrpcObjects(Holders holders, Bus bus, ObjectSettings settings, Executor slow) {
    this.holders = holders;
    this.bus = bus;
    this.settings = settings;
    this.slow = slow;
    this.streams = new Semaphore(settings.streams());
  }

  @Override
  public StreamObserver<PutObjectRequest> putObject(StreamObserver<PutObjectResponse> observer) {
    ServerCallStreamObserver<PutObjectResponse> answer = (ServerCallStreamObserver<PutObjectResponse>) observer;
    GrpcPutObject put = new GrpcPutObject(holders, this::bucket, answer, settings.patience());
    answer.disableAutoRequest();
    serve(answer, put::run);
    return put;
  }

  @Override
  public void getObject(GetObjectRequest request, StreamObserver<GetObjectResponse> observer) {
    ServerCallStreamObserver<GetObjectResponse> answer = (ServerCallStreamObserver<GetObjectResponse>) observer;
    GrpcGetObject get = new GrpcGetObject(request, this::bucket, answer, settings.patience());
    serve(answer, get::run);
  }

  private ObjectBucket bucket() {
    return bus.bucket(Subjects.OBJECTS_BUCKET);
  }

  private void serve(ServerCallStreamObserver<?> answer, Runnable stream) {
    if (!streams.tryAcquire()) {
      Replies.fail(
          answer,
          Refusal.of(ErrorCode.ERROR_CODE_OVERLOADED, settings.streams() + " objects are on their way already; nothing was done")
              .retryAfter(Duration.ofSeconds(1))
              .asException());
      return;
    }
    slow.execute(
        () -> {
          try {
            stream.run();
          } finally {
            streams.release();
          }
        });
  }
}
