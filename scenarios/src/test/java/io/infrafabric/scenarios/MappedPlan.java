package io.infrafabric.scenarios;

import com.google.protobuf.ByteString;
import io.grpc.stub.StreamObserver;
import io.infrafabric.coordinator.v1.MapTasksRequest;
import io.infrafabric.coordinator.v1.MapTasksResponse;
import io.infrafabric.coordinator.v1.PlanServiceGrpc;
import io.infrafabric.coordinator.v1.TaskSpec;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** A plan that is filled by MapTasks, in messages of seven children, each with its place as its payload. */
final class MappedPlan {
  private static final Duration SOON = Duration.ofSeconds(60);

  private MappedPlan() {}

  /** Sends the children; the answer, or CompletionException with the refusal. */
  static MapTasksResponse fill(FabricClient door, String plan, String requestId, TaskSpec template, int children) {
    CompletableFuture<MapTasksResponse> answer = new CompletableFuture<>();
    StreamObserver<MapTasksRequest> requests =
        PlanServiceGrpc.newStub(door.coordinator())
            .mapTasks(
                new StreamObserver<>() {
                  @Override
                  public void onNext(MapTasksResponse response) {
                    answer.complete(response);
                  }

                  @Override
                  public void onError(Throwable failure) {
                    answer.completeExceptionally(failure);
                  }

                  @Override
                  public void onCompleted() {
                    // The answer came with onNext.
                  }
                });
    requests.onNext(MapTasksRequest.newBuilder().setRequestId(requestId).setPlanId(plan).setTemplate(template).build());
    for (int from = 0; from < children; from += 7) {
      requests.onNext(
          MapTasksRequest.newBuilder()
              .addAllPayloads(IntStream.range(from, Math.min(children, from + 7)).mapToObj(i -> ByteString.copyFromUtf8(Integer.toString(i))).toList())
              .build());
    }
    requests.onCompleted();
    return answer.orTimeout(SOON.toSeconds(), TimeUnit.SECONDS).join();
  }
}
