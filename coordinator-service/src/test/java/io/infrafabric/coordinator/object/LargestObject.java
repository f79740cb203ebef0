package io.infrafabric.coordinator.object;

import com.google.protobuf.ByteString;
import io.grpc.Channel;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.infrafabric.common.v1.ObjectRef;
import io.infrafabric.coordinator.v1.GetObjectRequest;
import io.infrafabric.coordinator.v1.GetObjectResponse;
import io.infrafabric.coordinator.v1.ObjectServiceGrpc;
import io.infrafabric.coordinator.v1.PutObjectRequest;
import io.infrafabric.coordinator.v1.PutObjectResponse;
import io.infrafabric.kit.grpc.GrpcClient;
import io.infrafabric.kit.grpc.GrpcServer;
import io.infrafabric.kit.lifecycle.Threads;
import io.infrafabric.kit.nats.NatsBus;
import io.infrafabric.kit.nats.NatsSettings;
import io.infrafabric.kit.nats.ObjectDigest;
import io.infrafabric.kit.telemetry.Telemetry;
import io.infrafabric.names.Limits;
import java.time.Duration;
import java.util.Iterator;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Semaphore;

/** A process that serves objects and puts and gets the largest there can be, over gRPC on loopback; its heap is smaller than the object. */
final class LargestObject {
  private static final int PIECE_BYTES = 256 * 1024;

  private LargestObject() {}

  /**
   * Puts and gets; prints the digest when both went well.
   *
   * @param args the URL of NATS
   */
  public static void main(String[] args) throws Exception {
    try (NatsBus bus = NatsBus.start(NatsSettings.of(args[0]), "largest", Telemetry.none());
        ExecutorService slow = Threads.virtualPerTask("slow");
        GrpcServer server =
            GrpcServer.Builder.of("objects")
                .service(new GrpcObjects((task, swarm, fence) -> CompletableFuture.completedFuture(null), bus, ObjectSettings.defaults(), slow))
                .directExecutor()
                .build()
                .start();
        GrpcClient client = GrpcClient.channel(server.target())) {
      if (!bus.awaitConnected(Duration.ofSeconds(20))) {
        throw new IllegalStateException("NATS does not answer");
      }
      ObjectRef put = put(client.channel());
      ObjectRef got = get(client.channel(), put.getSha256());
      if (!put.equals(got) || put.getSizeBytes() != Limits.OBJECT_BYTES) {
        throw new IllegalStateException(put + " is not " + got);
      }
      System.out.println("whole " + put.getSha256());
    }
  }

  private static ObjectRef put(Channel channel) {
    Upload upload = new Upload();
    ObjectServiceGrpc.newStub(channel).putObject(upload);
    ObjectDigest digest = new ObjectDigest();
    Random random = new Random(7);
    byte[] piece = new byte[PIECE_BYTES];
    for (long sent = 0; sent < Limits.OBJECT_BYTES; sent += piece.length) {
      random.nextBytes(piece);
      digest.add(piece, 0, piece.length);
      upload.send(PutObjectRequest.newBuilder().setRequestId("largest").setData(ByteString.copyFrom(piece)).build());
    }
    upload.requests.onCompleted();
    ObjectRef answered = upload.answer.join();
    if (!answered.equals(digest.end())) {
      throw new IllegalStateException("the answer is " + answered);
    }
    return answered;
  }

  private static ObjectRef get(Channel channel, String sha256) {
    Iterator<GetObjectResponse> pieces = ObjectServiceGrpc.newBlockingStub(channel).getObject(GetObjectRequest.newBuilder().setSha256(sha256).build());
    ObjectDigest digest = new ObjectDigest();
    while (pieces.hasNext()) {
      byte[] piece = pieces.next().getData().toByteArray();
      digest.add(piece, 0, piece.length);
    }
    return digest.end();
  }

  /** Sends as quickly as the server takes it. */
  private static final class Upload implements ClientResponseObserver<PutObjectRequest, PutObjectResponse> {
    private final CompletableFuture<ObjectRef> answer = new CompletableFuture<>();
    private final Semaphore room = new Semaphore(0);
    private ClientCallStreamObserver<PutObjectRequest> requests;

    @Override
    public void beforeStart(ClientCallStreamObserver<PutObjectRequest> call) {
      requests = call;
      call.setOnReadyHandler(room::release);
    }

    void send(PutObjectRequest message) {
      while (!requests.isReady() && !answer.isDone()) {
        room.acquireUninterruptibly();
      }
      requests.onNext(message);
    }

    @Override
    public void onNext(PutObjectResponse response) {
      answer.complete(response.getObject());
    }

    @Override
    public void onError(Throwable failure) {
      answer.completeExceptionally(failure);
      room.release();
    }

    @Override
    public void onCompleted() {
      room.release();
    }
  }
}
