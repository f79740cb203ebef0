package io.infrafabric.scenarios;

import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.infrafabric.coordinator.v1.TaskServiceGrpc;
import io.infrafabric.coordinator.v1.WatchTasksRequest;
import io.infrafabric.coordinator.v1.WatchTasksResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A WatchTasks stream whose messages are taken one by one. */
final class TaskWatch implements AutoCloseable, ClientResponseObserver<WatchTasksRequest, WatchTasksResponse> {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final BlockingQueue<WatchTasksResponse> arrived = new LinkedBlockingQueue<>();
  private volatile ClientCallStreamObserver<WatchTasksRequest> call;
  private volatile Throwable failure;

  private TaskWatch() {}

  static TaskWatch open(FabricClient client, WatchTasksRequest request) {
    TaskWatch watch = new TaskWatch();
    TaskServiceGrpc.newStub(client.coordinator()).watchTasks(request, watch);
    return watch;
  }

  /** The next messages, in the order in which they came. */
  List<WatchTasksResponse> take(int count) throws InterruptedException {
    List<WatchTasksResponse> taken = new ArrayList<>();
    while (taken.size() < count) {
      WatchTasksResponse next = arrived.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      if (next == null) {
        throw new AssertionError("only " + taken.size() + " of " + count + " changes came", failure);
      }
      taken.add(next);
    }
    return taken;
  }

  /** What came and has not been taken. */
  List<WatchTasksResponse> waiting() {
    return List.copyOf(arrived);
  }

  /** Why the stream has ended, if it has. */
  Optional<Throwable> end() {
    return Optional.ofNullable(failure);
  }

  /** Whether everything that came has been taken. */
  boolean isEmpty() {
    return arrived.isEmpty();
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<WatchTasksRequest> stream) {
    call = stream;
  }

  @Override
  public void onNext(WatchTasksResponse message) {
    arrived.add(message);
  }

  @Override
  public void onError(Throwable reason) {
    failure = reason;
  }

  @Override
  public void onCompleted() {
    failure = new IllegalStateException("the stream has ended");
  }

  @Override
  public void close() {
    call.cancel("enough", null);
  }
}
