package io.infrafabric.testkit.chaos;

import com.google.protobuf.ByteString;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.infrafabric.coordinator.v1.MapTasksRequest;
import io.infrafabric.coordinator.v1.MapTasksResponse;
import io.infrafabric.coordinator.v1.PlanServiceGrpc;
import io.infrafabric.coordinator.v1.Sharing;
import io.infrafabric.coordinator.v1.Stragglers;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.testkit.history.CallLog;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/** Maps work over many children, of which those that take longer than the others get twins; insists until a mapping is whole. */
final class Mapper {
  private static final int MOST_ATTEMPTS = 5;
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /** Whoever takes longer than the median, as soon as there is one: a second, which is the least. */
  private static final Stragglers EAGER = Stragglers.newBuilder().setFactorPercent(101).setMinCompleted(1).build();

  private final String name;
  private final CrowdSettings settings;
  private final Caller caller;
  private final CallLog log;
  private final Random random;
  private int number;

  Mapper(String name, CrowdSettings settings, Caller caller, CallLog log, Random random) {
    this.name = name;
    this.settings = settings;
    this.caller = caller;
    this.log = log;
    this.random = random;
  }

  /** Makes one mapping. */
  void step() {
    String plan = name + "-" + ++number;
    MapTasksRequest.Builder request =
        MapTasksRequest.newBuilder()
            .setRequestId(Caller.request())
            .setPlanId(plan)
            .setSharing(Sharing.SHARING_RANKED)
            .setStragglers(EAGER)
            .setTemplate(
                TaskSpec.newBuilder()
                    .addRequiredCapabilities(settings.capability())
                    .setMaxCostMicros(random.nextLong(settings.maxCostMicros() + 1))
                    .setMaxAttempts(1 + random.nextInt(MOST_ATTEMPTS)));
    for (int i = 0; i < settings.children(); i++) {
      request.addPayloads(ByteString.copyFromUtf8("part " + i));
    }
    MapTasksRequest all = request.build();
    if (caller.insist(door -> map(door, all)).isPresent()) {
      log.mapped(plan, settings.children());
    } else if (!caller.isStopped()) {
      log.surprise("the mapping of " + plan + " was refused");
    }
  }

  private static MapTasksResponse map(Channel door, MapTasksRequest all) {
    CompletableFuture<MapTasksResponse> answer = new CompletableFuture<>();
    StreamObserver<MapTasksRequest> stream =
        PlanServiceGrpc.newStub(door)
            .withDeadlineAfter(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
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
                    answer.completeExceptionally(Status.UNAVAILABLE.withDescription("ended without an answer").asRuntimeException());
                  }
                });
    stream.onNext(all);
    stream.onCompleted();
    try {
      return answer.join();
    } catch (CompletionException failure) {
      throw Status.fromThrowable(failure.getCause()).asRuntimeException(Status.trailersFromThrowable(failure.getCause()));
    }
  }
}
