package io.infrafabric.coordinator;

import com.google.protobuf.ByteString;
import io.grpc.stub.StreamObserver;
import io.infrafabric.coordinator.v1.MapTasksRequest;
import io.infrafabric.coordinator.v1.MapTasksResponse;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.grpc.Errors;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** A MapTasks stream that is being sent. */
final class MapSending implements StreamObserver<MapTasksResponse> {
  /** Longer than the longest mapping takes on a busy machine. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  final StreamObserver<MapTasksRequest> requests;
  private final CompletableFuture<MapTasksResponse> answer = new CompletableFuture<>();

  MapSending(CoordinatorFixture fabric, String plan) {
    this(fabric, plan, 0);
  }

  /**
   * @param announced so many children; 0 leaves it open
   */
  MapSending(CoordinatorFixture fabric, String plan, int announced) {
    this(
        fabric,
        MapTasksRequest.newBuilder().setRequestId("map-" + plan).setPlanId(plan).setTemplate(TaskSpec.getDefaultInstance()).setChildren(announced).build());
  }

  MapSending(CoordinatorFixture fabric, MapTasksRequest first) {
    requests = fabric.planStreams.mapTasks(this);
    requests.onNext(first);
  }

  MapSending payloads(int from, int to) {
    List<ByteString> some = IntStream.range(from, to).mapToObj(i -> ByteString.copyFromUtf8("child " + i)).toList();
    requests.onNext(MapTasksRequest.newBuilder().addAllPayloads(some).build());
    return this;
  }

  CompletableFuture<MapTasksResponse> end() {
    requests.onCompleted();
    return answer.copy().orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  Refusal refused() {
    Throwable failure = answer.handle((done, why) -> why).orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
    return Errors.refusalOf(failure).orElseThrow(() -> new AssertionError(failure));
  }

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
}
