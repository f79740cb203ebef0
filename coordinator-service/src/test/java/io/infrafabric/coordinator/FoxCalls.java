package io.infrafabric.coordinator;

import com.google.protobuf.ByteString;
import io.infrafabric.coordinator.task.TaskStates;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.CancelTaskRequest;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.CloseSessionRequest;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.coordinator.v1.FailTaskRequest;
import io.infrafabric.coordinator.v1.RaiseBlockerRequest;
import io.infrafabric.coordinator.v1.ReleaseTaskRequest;
import io.infrafabric.coordinator.v1.ResolveBlockerRequest;
import io.infrafabric.coordinator.v1.Task;
import io.infrafabric.coordinator.v1.TaskState;
import io.infrafabric.testkit.store.MemoryStore;
import org.junit.jupiter.api.AfterEach;

/** What fox and its orchestrator ask of a coordinator on gRPC, over the store in memory, in a word each. */
abstract class FoxCalls {
  final MemoryStore memory = new MemoryStore();
  final CoordinatorFixture fabric = CoordinatorFixture.inMemory(memory);
  final String fox = fabric.swarm(Samples.standing("fox", "a:b").setMaxConcurrent(100));
  private int requests;

  @AfterEach
  void close() {
    fabric.close();
  }

  String request() {
    return "r" + ++requests;
  }

  Claim claim(String task) {
    return claim(task, "fox", fox);
  }

  Claim claim(String task, String swarm, String session) {
    return fabric.claims.claimTask(ClaimTaskRequest.newBuilder().setRequestId(request()).setTaskId(task).setSwarmId(swarm).setSessionId(session).build()).getClaim();
  }

  void complete(Claim claim, long cost) {
    fabric.claims.completeTask(
        CompleteTaskRequest.newBuilder()
            .setRequestId(request())
            .setTaskId(claim.getTaskId())
            .setSwarmId(claim.getSwarmId())
            .setFence(claim.getFence())
            .setCostMicros(cost)
            .setResult(ByteString.copyFromUtf8("42"))
            .build());
  }

  TaskState fail(Claim claim, boolean retryable) {
    return fabric.claims
        .failTask(
            FailTaskRequest.newBuilder()
                .setRequestId(request())
                .setTaskId(claim.getTaskId())
                .setSwarmId(claim.getSwarmId())
                .setFence(claim.getFence())
                .setRetryable(retryable)
                .setReason("no")
                .build())
        .getState();
  }

  TaskState release(Claim claim) {
    return fabric.claims
        .releaseTask(
            ReleaseTaskRequest.newBuilder().setRequestId(request()).setTaskId(claim.getTaskId()).setSwarmId(claim.getSwarmId()).setFence(claim.getFence()).build())
        .getState();
  }

  Task cancel(String task) {
    return fabric.tasks.cancelTask(CancelTaskRequest.newBuilder().setRequestId(request()).setTaskId(task).setReason("not needed").build()).getTask();
  }

  void closeSession() {
    fabric.sessions.closeSession(CloseSessionRequest.newBuilder().setRequestId(request()).setSwarmId("fox").setSessionId(fox).build());
    fabric.caughtUp();
  }

  TaskState state(String task) {
    return TaskStates.of(fabric.task(task));
  }

  Blocker raise(Claim claim) {
    return fabric.claims
        .raiseBlocker(
            RaiseBlockerRequest.newBuilder()
                .setRequestId(request())
                .setTaskId(claim.getTaskId())
                .setSwarmId(claim.getSwarmId())
                .setFence(claim.getFence())
                .setType("weather")
                .build())
        .getBlocker();
  }

  void resolve(Blocker blocker) {
    fabric.claims.resolveBlocker(
        ResolveBlockerRequest.newBuilder()
            .setRequestId(request())
            .setTaskId(blocker.getTaskId())
            .setBlockerId(blocker.getBlockerId())
            .setPrincipal("ada")
            .build());
  }
}
