package io.infrafabric.coordinator;

import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.coordinator.v1.ListBlockersRequest;
import io.infrafabric.coordinator.v1.ListBlockersResponse;
import io.infrafabric.coordinator.v1.RaiseBlockerRequest;
import io.infrafabric.coordinator.v1.ResolveBlockerRequest;
import io.infrafabric.testkit.store.MemoryStore;
import org.junit.jupiter.api.AfterEach;

/** What fox, which is blocked, and an operator ask of a coordinator on gRPC, over the store in memory; the governor's ranking is the test's. */
abstract class BlockerCalls {
  final MemoryStore memory = new MemoryStore();
  final CoordinatorFixture fabric = CoordinatorFixture.inMemory(memory);
  final String fox = fabric.swarm(Samples.standing("fox"));
  final String owl = fabric.swarm(Samples.standing("owl", "help:build"));
  private int requests;

  @AfterEach
  void close() {
    fabric.close();
  }

  Claim claim(String task, String swarm, String session) {
    return fabric.claims
        .claimTask(ClaimTaskRequest.newBuilder().setRequestId("r" + ++requests).setTaskId(task).setSwarmId(swarm).setSessionId(session).build())
        .getClaim();
  }

  Claim held(String task, long cap) {
    fabric.submit(Samples.spec(task).setMaxCostMicros(cap));
    return claim(task, "fox", fox);
  }

  RaiseBlockerRequest.Builder raise(Claim claim) {
    return RaiseBlockerRequest.newBuilder()
        .setRequestId("r" + ++requests)
        .setTaskId(claim.getTaskId())
        .setSwarmId(claim.getSwarmId())
        .setFence(claim.getFence())
        .setType("weather")
        .setDescription("it rains");
  }

  Blocker raised(RaiseBlockerRequest.Builder request) {
    return fabric.claims.raiseBlocker(request.build()).getBlocker();
  }

  Blocker resolved(Blocker blocker) {
    return fabric.claims
        .resolveBlocker(
            ResolveBlockerRequest.newBuilder()
                .setRequestId("r" + ++requests)
                .setTaskId(blocker.getTaskId())
                .setBlockerId(blocker.getBlockerId())
                .setPrincipal("ada@example.org")
                .setResolution("took an umbrella")
                .build())
        .getBlocker();
  }

  Blocker blocker(Blocker of) {
    return list(ListBlockersRequest.newBuilder().setTaskId(of.getTaskId())).getBlockersList().stream()
        .filter(found -> found.getBlockerId().equals(of.getBlockerId()))
        .findFirst()
        .orElseThrow();
  }

  ListBlockersResponse list(ListBlockersRequest.Builder request) {
    fabric.settle();
    return fabric.claims.listBlockers(request.build());
  }

  void complete(Claim claim, long cost) {
    fabric.claims.completeTask(
        CompleteTaskRequest.newBuilder()
            .setRequestId("r" + ++requests)
            .setTaskId(claim.getTaskId())
            .setSwarmId(claim.getSwarmId())
            .setFence(claim.getFence())
            .setCostMicros(cost)
            .build());
  }
}
