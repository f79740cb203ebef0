package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import io.infrafabric.cli.fabric.Requests;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimNextRequest;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.coordinator.v1.GetPlanRequest;
import io.infrafabric.coordinator.v1.MapTasksRequest;
import io.infrafabric.coordinator.v1.MapTasksResponse;
import io.infrafabric.coordinator.v1.PlanProgress;
import io.infrafabric.coordinator.v1.PlanServiceGrpc;
import io.infrafabric.coordinator.v1.ReducePlanRequest;
import io.infrafabric.coordinator.v1.ReducePlanResponse;
import io.infrafabric.coordinator.v1.Reducer;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.kit.grpc.Errors;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** A plan of many tasks of one kind, and the swarms that ask for them; both apart from those of any other scenario. */
final class MappedPlan {
  static final Duration SOON = Duration.ofSeconds(20);

  private final FabricClient client;
  private final String skill = Unique.capability();
  private final String id = Unique.id("map");
  private final Map<String, String> sessions = new TreeMap<>();

  MappedPlan(FabricClient client) {
    this.client = client;
  }

  String id() {
    return id;
  }

  String skill() {
    return skill;
  }

  /** Its swarms, each with its session. */
  Map<String, String> sessions() {
    return sessions;
  }

  PlanServiceGrpc.PlanServiceBlockingStub plans() {
    return PlanServiceGrpc.newBlockingStub(client.coordinator());
  }

  PlanProgress progress() {
    return plans().getPlan(GetPlanRequest.newBuilder().setPlanId(id).build()).getProgress();
  }

  /** One more swarm that may do its tasks. */
  String swarm(int maxConcurrent) {
    String swarm = Unique.id("mapper");
    client.register(swarm, 0, maxConcurrent, skill);
    sessions.put(swarm, client.open(swarm, Duration.ofMinutes(2)));
    return swarm;
  }

  /** Sends children in messages of seven; the payload of each is its number. */
  MapTasksResponse map(FabricClient door, String requestId, int children) {
    return fill(door, id, requestId, TaskSpec.newBuilder().addRequiredCapabilities(skill).build(), children);
  }

  /** The same for any plan; the answer, or CompletionException with the refusal. */
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

  /** What is ready for the swarm now, if anything; asked again as long as the machine is too busy to answer. */
  Optional<Claim> next(FabricClient door, String swarm) {
    ClaimNextRequest request =
        ClaimNextRequest.newBuilder().setRequestId(FabricClient.request()).setSwarmId(swarm).setSessionId(sessions.get(swarm)).build();
    try {
      return Optional.of(Requests.retrying(SOON, () -> door.claims().claimNext(request)).getClaim());
    } catch (StatusRuntimeException refused) {
      assertThat(Errors.toRefusal(refused).code()).isEqualTo(ErrorCode.ERROR_CODE_NO_TASK_READY);
      return Optional.empty();
    }
  }

  /** Ends a claim with a result, likewise. */
  void complete(FabricClient door, Claim claim, String result) {
    CompleteTaskRequest request =
        CompleteTaskRequest.newBuilder()
            .setRequestId(FabricClient.request())
            .setTaskId(claim.getTaskId())
            .setSwarmId(claim.getSwarmId())
            .setFence(claim.getFence())
            .setResult(ByteString.copyFromUtf8(result))
            .build();
    Requests.retrying(SOON, () -> door.claims().completeTask(request));
  }

  Claim awaitNext(FabricClient door, String swarm) {
    return await().atMost(SOON).pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(20)).until(() -> next(door, swarm), Optional::isPresent).orElseThrow();
  }

  ReducePlanResponse reduce(Reducer reducer, int quorum, boolean partial) {
    return plans().reducePlan(ReducePlanRequest.newBuilder().setPlanId(id).setReducer(reducer).setQuorum(quorum).setPartial(partial).build());
  }

  String result(Reducer reducer, int quorum) {
    return reduce(reducer, quorum, false).getResult().toStringUtf8();
  }
}
