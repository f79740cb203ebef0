package io.infrafabric.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.coordinator.v1.GetTaskRequest;
import io.infrafabric.coordinator.v1.KeepAliveRequest;
import io.infrafabric.coordinator.v1.MapTasksRequest;
import io.infrafabric.coordinator.v1.MapTasksResponse;
import io.infrafabric.coordinator.v1.SubmitTaskRequest;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.grpc.Errors;
import io.infrafabric.kit.grpc.OverloadGuard;
import io.infrafabric.kit.grpc.OverloadSettings;
import io.infrafabric.kit.telemetry.Telemetry;
import io.infrafabric.names.TaskId;
import io.infrafabric.testkit.Stalls;
import io.infrafabric.testkit.store.MemoryStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A store that stalls and a flood of calls: what matters least is refused, what was taken is done, and calls are answered again within 5 s of its end. */
class OverloadTest {
  private static final int LEAST = 100;
  private static final Duration PROMISED = Duration.ofSeconds(5);

  private final MemoryStore memory = new MemoryStore();
  private final StalledStore store = new StalledStore(memory);
  private final OverloadGuard guard =
      new OverloadGuard(
          new OverloadSettings(LEAST, 10 * LEAST, Duration.ofMillis(200)),
          method -> CallImportance.of(method.getFullMethodName()),
          Telemetry.none().metrics());
  private final CoordinatorFixture fabric = new CoordinatorFixture(memory, store, CoordinatorFixture.PATIENT, guard);
  private final String fox = fabric.swarm(Samples.standing("fox").setMaxConcurrent(200));
  private final ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();

  @AfterEach
  void close() {
    store.goOn();
    callers.close();
    fabric.close();
  }

  /** Calls; the refusal, if it is one. */
  private Future<Optional<Refusal>> call(Runnable call) {
    return callers.submit(
        () -> {
          try {
            call.run();
            return Optional.empty();
          } catch (StatusRuntimeException status) {
            return Errors.refusalOf(status);
          }
        });
  }

  private Future<Optional<Refusal>> submit(String task) {
    return call(() -> fabric.tasks.submitTask(SubmitTaskRequest.newBuilder().setRequestId("s-" + task).setSpec(Samples.spec(task)).build()));
  }

  private CompletableFuture<Optional<Refusal>> mapping(String plan) {
    CompletableFuture<Optional<Refusal>> end = new CompletableFuture<>();
    StreamObserver<MapTasksRequest> requests =
        fabric.planStreams.mapTasks(
            new StreamObserver<>() {
              @Override
              public void onNext(MapTasksResponse answer) {
                end.complete(Optional.empty());
              }

              @Override
              public void onError(Throwable failure) {
                end.complete(Errors.refusalOf(failure));
              }

              @Override
              public void onCompleted() {}
            });
    requests.onNext(MapTasksRequest.newBuilder().setRequestId("m-" + plan).setPlanId(plan).addPayloads(ByteString.copyFromUtf8("a child")).build());
    return end;
  }

  private Future<Optional<Refusal>> claim(String task) {
    return call(
        () -> fabric.claims.claimTask(ClaimTaskRequest.newBuilder().setRequestId("c-" + task).setTaskId(task).setSwarmId("fox").setSessionId(fox).build()));
  }

  private static boolean isAnswered(Future<Optional<Refusal>> call) {
    try {
      return call.get().isEmpty();
    } catch (InterruptedException | ExecutionException failure) {
      throw new AssertionError(failure);
    }
  }

  private static boolean isRefused(Future<Optional<Refusal>> call) throws Exception {
    return call.isDone() && call.get().isPresent();
  }

  private void awaitRefusals(List<Future<Optional<Refusal>>> calls) {
    await().atMost(Duration.ofSeconds(30)).until(() -> calls.stream().anyMatch(Future::isDone));
  }

  @Test
  void stalledStoreUnderAFlood_shedsByImportance_andGoesOn() throws Exception {
    List<Claim> held = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      fabric.submit(Samples.spec("held" + i));
      String id = "held" + i;
      held.add(
          fabric.claims.claimTask(ClaimTaskRequest.newBuilder().setRequestId(id).setTaskId(id).setSwarmId("fox").setSessionId(fox).build()).getClaim());
    }
    IntStream.range(0, 100).forEach(i -> fabric.submit(Samples.spec("ready" + i)));
    store.stall();

    List<Future<Optional<Refusal>>> submits = IntStream.range(0, 20 * LEAST).mapToObj(i -> submit("new" + i)).toList();
    awaitRefusals(submits);
    Refusal refusal = refusal(submits);
    assertThat(refusal.code()).isEqualTo(ErrorCode.ERROR_CODE_OVERLOADED);
    assertThat(refusal.retryAfter()).isPresent();
    await().atMost(Duration.ofSeconds(30)).until(() -> submits.stream().filter(call -> !call.isDone()).count() <= guard.underWay());

    int onlySubmits = guard.underWay();
    Future<Optional<Refusal>> look = call(() -> fabric.tasks.getTask(GetTaskRequest.newBuilder().setTaskId("held0").build()));
    Future<Optional<Refusal>> claimed = claim("ready0");
    await().atMost(Duration.ofSeconds(30)).until(() -> guard.underWay() == onlySubmits + 2);
    List<Future<Optional<Refusal>>> claims = IntStream.range(1, 100).mapToObj(i -> claim("ready" + i)).toList();
    awaitRefusals(claims);
    Future<Optional<Refusal>> lateLook = call(() -> fabric.tasks.getTask(GetTaskRequest.newBuilder().setTaskId("held1").build()));
    assertThat(lateLook.get().map(Refusal::code)).as("a look, when claims are refused").contains(ErrorCode.ERROR_CODE_OVERLOADED);
    List<Future<Optional<Refusal>>> vital = new ArrayList<>();
    for (Claim claim : held) {
      vital.add(
          call(
              () ->
                  fabric.claims.completeTask(
                      CompleteTaskRequest.newBuilder().setRequestId("e-" + claim.getTaskId()).setTaskId(claim.getTaskId()).setSwarmId("fox").setFence(claim.getFence()).build())));
      vital.add(call(() -> fabric.sessions.keepAlive(KeepAliveRequest.newBuilder().setSwarmId("fox").setSessionId(fox).build())));
    }
    assertThat(submit("before").get().map(Refusal::code)).contains(ErrorCode.ERROR_CODE_OVERLOADED);
    assertThat(mapping("before").get().map(Refusal::code)).as("a mapping, when submits are refused").contains(ErrorCode.ERROR_CODE_OVERLOADED);
    store.goOn();
    assertThat(Stalls.within(PROMISED, () -> isAnswered(submit("afterwards")))).as("what matters least is answered again").isTrue();
    for (Future<Optional<Refusal>> call : vital) {
      assertThat(call.get()).as("a completion or a sign of life").isEmpty();
    }
    assertThat(look.get()).as("a look, when only submits are refused").isEmpty();
    assertThat(claimed.get()).as("a claim, when only submits are refused").isEmpty();
    for (int i = 0; i < submits.size(); i++) {
      boolean stored = submits.get(i).get().isEmpty();
      String key = CoordinatorFixture.KEYS.task(new TaskId("new" + i));
      boolean written = memory.entries(key).stream().anyMatch(entry -> entry.key().equals(key)); // new1 begins like new10
      assertThat(written).as("a submit that was refused wrote nothing").isEqualTo(stored);
    }
    assertThat(guard.underWay()).isZero();
  }

  private static Refusal refusal(List<Future<Optional<Refusal>>> calls) throws Exception {
    for (Future<Optional<Refusal>> call : calls) {
      if (isRefused(call)) {
        return call.get().orElseThrow();
      }
    }
    throw new AssertionError("none was refused");
  }
}
