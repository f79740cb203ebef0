package io.infrafabric.bench.blocker;

import io.infrafabric.bench.Patience;
import io.infrafabric.bench.claim.Hiring;
import io.infrafabric.coordinator.v1.Blocker;
import io.infrafabric.coordinator.v1.CancelTaskRequest;
import io.infrafabric.coordinator.v1.Claim;
import io.infrafabric.coordinator.v1.ClaimServiceGrpc;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.coordinator.v1.KeepAliveRequest;
import io.infrafabric.coordinator.v1.RaiseBlockerRequest;
import io.infrafabric.coordinator.v1.SessionServiceGrpc;
import io.infrafabric.coordinator.v1.SubmitTaskRequest;
import io.infrafabric.coordinator.v1.TaskServiceGrpc;
import io.infrafabric.coordinator.v1.TaskSpec;
import io.infrafabric.kit.grpc.GrpcClient;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** One swarm that is blocked again and again, and its helpers; every call over gRPC. */
final class BlockedWork implements AutoCloseable {
  static final String NEED = "bench:help";
  private static final String OWNER = "stuck";
  private static final String SKILL = "bench:stuck";
  private static final int HELD_AT_ONCE = 64;
  private static final long CAP_MICROS = 1_000;

  private final GrpcClient coordinator;
  private final GrpcClient governor;
  private final ClaimServiceGrpc.ClaimServiceBlockingStub claims;
  private final TaskServiceGrpc.TaskServiceBlockingStub tasks;
  private final SessionServiceGrpc.SessionServiceBlockingStub renewals;
  private final AtomicLong numbers = new AtomicLong();
  private final Map<String, String> sessions = new LinkedHashMap<>();

  BlockedWork(String coordinatorAddress, String governorAddress) {
    coordinator = GrpcClient.channel(coordinatorAddress);
    governor = GrpcClient.channel(governorAddress);
    claims = ClaimServiceGrpc.newBlockingStub(coordinator.channel());
    tasks = TaskServiceGrpc.newBlockingStub(coordinator.channel());
    renewals = SessionServiceGrpc.newBlockingStub(coordinator.channel());
  }

  /** Hires the swarm, which asks for its tasks itself, and so many helpers, which are rung; their ids. */
  List<String> hire(int helpers) {
    Hiring hiring = new Hiring(coordinator.channel(), governor.channel(), this::request);
    for (int i = 0; i < helpers; i++) {
      String helper = "helper-" + i;
      sessions.put(helper, hiring.hire(helper, NEED));
    }
    List<String> all = List.copyOf(sessions.keySet());
    sessions.put(OWNER, hiring.hireToPull(OWNER, SKILL, HELD_AT_ONCE));
    return all;
  }

  /** Every session lives on for five minutes. */
  void renew() {
    sessions.forEach((swarm, session) -> renewals.keepAlive(KeepAliveRequest.newBuilder().setSwarmId(swarm).setSessionId(session).build()));
  }

  /** A new task in the hands of the swarm. */
  Claim begin() {
    String task = "stuck-" + numbers.incrementAndGet();
    tasks.submitTask(
        SubmitTaskRequest.newBuilder()
            .setRequestId(request())
            .setSpec(TaskSpec.newBuilder().setTaskId(task).addRequiredCapabilities(SKILL).setMaxCostMicros(CAP_MICROS))
            .build());
    return claim(task, OWNER);
  }

  Claim claim(String task, String swarm) {
    return claims
        .claimTask(
            ClaimTaskRequest.newBuilder().setRequestId(request()).setTaskId(task).setSwarmId(swarm).setSessionId(sessions.get(swarm)).build())
        .getClaim();
  }

  /** Raises a blocker; without a need nobody is asked for help. */
  Blocker raise(Claim claim, Optional<String> need) {
    RaiseBlockerRequest.Builder request =
        RaiseBlockerRequest.newBuilder()
            .setRequestId(request())
            .setTaskId(claim.getTaskId())
            .setSwarmId(claim.getSwarmId())
            .setFence(claim.getFence())
            .setType("bench")
            .setDescription("cannot go on");
    need.ifPresent(request::addNeeds);
    RaiseBlockerRequest once = request.build();
    return new Patience().call(() -> claims.raiseBlocker(once)).getBlocker();
  }

  void complete(Claim claim) {
    claims.completeTask(
        CompleteTaskRequest.newBuilder()
            .setRequestId(request())
            .setTaskId(claim.getTaskId())
            .setSwarmId(claim.getSwarmId())
            .setFence(claim.getFence())
            .build());
  }

  void cancel(Claim claim) {
    tasks.cancelTask(CancelTaskRequest.newBuilder().setRequestId(request()).setTaskId(claim.getTaskId()).build());
  }

  private String request() {
    return "blocker-" + numbers.incrementAndGet();
  }

  @Override
  public void close() {
    coordinator.close();
    governor.close();
  }
}
